// Starting and steering runs, as actions that menus, the bar and the panes share. What is steered is the run that is
// looked at while another program runs it, else the window's own.
#pragma once

#include <cstdint>
#include <functional>

#include <QAction>
#include <QObject>
#include <QStringList>

#include "core/pipeline/control_socket.h"

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

Q_SIGNALS:
    void started();

private:
    QAction* add(const QString& text, const char* iconName, const QString& tip, const QKeySequence& key,
        std::function<void()> act);
    void update();
    void steer(pipeline::ControlRequest request);
    void steerOwn(pipeline::ControlRequest request);
    bool looksAtOthers() const; // at a run of another program that is under way

    Workbench& m_workbench;
    RunSettings m_settings;
    QWidget* m_window;
    QAction* m_start;
    QAction* m_pause;
    QAction* m_resume;
    QAction* m_stop;
    QAction* m_stopNow;
    QAction* m_checkpoint;
};

} // namespace ahascope::ui
