// The experiment that the Design workspace edits.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include <QObject>
#include <QTimer>
#include <QUndoStack>

#include "core/config/experiment.h"
#include "core/pipeline/preflight.h"

namespace ahascope::ui {

class ReadJobs;

// Every pane edits through edit() and shows what changed() says. Each change starts a check (preflight) off the GUI
// thread; the newest one is checked().
class ExperimentDocument : public QObject {
    Q_OBJECT
public:
    explicit ExperimentDocument(ReadJobs& jobs, QObject* parent = nullptr);

    const config::Experiment& experiment() const { return m_experiment; }
    bool isOpen() const { return m_open; }
    QString file() const { return m_file; } // empty: never saved
    QString title() const;                  // name of the experiment, or of the file
    bool isModified() const { return !m_undo.isClean(); }
    QUndoStack& undoStack() { return m_undo; }

    // Throw InputError for a file that cannot be read or written; the document then stays as it was.
    void load(const QString& file);
    void save(const QString& file);
    // An experiment that has no file: of a stored run, or built in.
    void take(config::Experiment experiment);

    // Applies a change. Changes with equal keys that follow each other are undone together (typing in one field).
    void edit(const QString& what, const QString& key, const std::function<void(config::Experiment&)>& change);

    // The newest check, or null while there is none. isChecked(): it is of the experiment as it stands.
    const pipeline::Preflight* preflight() const { return m_preflight ? &*m_preflight : nullptr; }
    bool isChecked() const { return m_checked; }

Q_SIGNALS:
    void changed();
    void checked();
    void titleChanged();

private:
    class Change;
    void put(const config::Experiment& experiment);
    void replace(config::Experiment experiment, const QString& file);
    void check();

    ReadJobs& m_jobs;
    config::Experiment m_experiment;
    QString m_file;
    bool m_open = false;
    QUndoStack m_undo;
    std::optional<pipeline::Preflight> m_preflight;
    bool m_checked = false;
    QTimer m_pause; // after the last change, before it is checked
};

} // namespace ahascope::ui
