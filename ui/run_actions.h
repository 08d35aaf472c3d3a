// Starting and steering runs, as actions that menus, the bar and the panes share. What is steered is the run that is
// looked at while another program runs it, else the window's own.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include <QAction>
#include <QObject>
#include <QStringList>

#include "core/pipeline/control_socket.h"
#include "core/pipeline/run_worker.h"
#include "ui/detached_start.h"
#include "ui/run_place.h"

namespace ahascope::ui {

struct Workbench;

struct RunSettings {
    std::string device = "auto";
    int threads = 0;
};

class RunActions : public QObject {
    Q_OBJECT
public:
    RunActions(Workbench& workbench, RunSettings settings, QWidget* window);

    QAction* start() const { return m_start; }
    QAction* pause() const { return m_pause; }
    QAction* resume() const { return m_resume; } // a paused run, or the looked-at run from its last checkpoint
    QAction* stop() const { return m_stop; }     // after a checkpoint
    QAction* stopNow() const { return m_stopNow; }
    QAction* checkpoint() const { return m_checkpoint; }

    // The document as it is. Throws what keeps it from starting.
    void startDocument();
    // A stored run, from its last checkpoint.
    void resumeRun(std::int64_t number, const QString& name);
    // Why Start is disabled; empty: it is not.
    QString obstacle() const;

    // Where a run of the document would compute; none: the machine is being asked.
    std::optional<RunPlace> place();
    void choosePlace(RunPlace place);
    // A process of its own is on its way to its number.
    bool isStarting() const { return m_detached->busy(); }
    // Why the last such process did not start, until the next attempt or change of the document; else empty.
    const QString& startProblem() const { return m_startProblem; }

Q_SIGNALS:
    void started(); // in this window
    void startedDetached(qint64 run);
    void startFailed();
    void placeChanged();

private:
    QAction* add(const QString& text, const char* iconName, const QString& tip, const QKeySequence& key,
        std::function<void()> act);
    void connectStart();
    void launch(const pipeline::RunStart& start, const std::string& device, const QString& name);
    void launchDetached(const pipeline::RunStart& start, const pipeline::RunOptions& options);
    std::string documentDevice() const;
    void update();
    void steer(pipeline::ControlRequest request);
    void steerOwn(pipeline::ControlRequest request);
    bool looksAtOthers() const; // at a run of another program that is under way

    Workbench& m_workbench;
    RunSettings m_settings;
    QWidget* m_window;
    RunPlaceChoice* m_place;
    DetachedStart* m_detached;
    std::function<void()> m_waiting; // for the place to be known
    QString m_startProblem;
    std::int64_t m_ended = 0; // the window's run that has ended, until the store has been seen to say so
    QAction* m_start;
    QAction* m_pause;
    QAction* m_resume;
    QAction* m_stop;
    QAction* m_stopNow;
    QAction* m_checkpoint;
};

} // namespace ahascope::ui
