// Starts runs in a process of their own, which go on when the window and its display are gone.
#pragma once

#include <cstdint>
#include <memory>

#include <QObject>
#include <QProcess>
#include <QStringList>

#include "core/pipeline/run_worker.h"

class QTemporaryDir;

namespace ahascope::ui {

// Asks the ahascope-cli beside this program to detach the run, and hears from it the run's number or what kept it from
// starting. From then on the run is one of another program.
class DetachedStart : public QObject {
    Q_OBJECT
public:
    static QString siblingProgram();
    explicit DetachedStart(QObject* parent = nullptr, QString program = siblingProgram());
    // Waits for a start that is under way: killed halfway, nobody would know whether there is a run.
    ~DetachedStart() override;

    // Throw std::logic_error while busy(). A program that is missing is a start that failed().
    void start(const config::Experiment& experiment, const pipeline::RunOptions& options);
    void resume(std::int64_t run, const pipeline::RunOptions& options);
    bool busy() const { return m_process.state() != QProcess::NotRunning; }

Q_SIGNALS:
    void started(qint64 run);
    void failed(const QString& reason);

private:
    void launch(const QStringList& command, const pipeline::RunOptions& options);
    void ended();

    QString m_program;
    QProcess m_process;
    std::unique_ptr<QTemporaryDir> m_experiment; // until it has been read
};

} // namespace ahascope::ui
