#include "ui/models/experiment_document.h"

#include <filesystem>

#include <QFileInfo>
#include <QUndoCommand>

#include "core/config/toml.h"
#include "ui/widgets/guarded.h"
#include "ui/widgets/read_jobs.h"

namespace ahascope::ui {

// An experiment is a value of a few kilobytes: before and after are simply kept.
class ExperimentDocument::Change : public QUndoCommand {
public:
    Change(ExperimentDocument& document, const QString& what, QString key, config::Experiment after)
        : QUndoCommand(what)
        , m_document(document)
        , m_key(std::move(key))
        , m_before(document.m_experiment)
        , m_after(std::move(after))
    {
    }
    void undo() override { m_document.put(m_before); }
    void redo() override { m_document.put(m_after); }
    int id() const override { return m_key.isEmpty() ? -1 : 1; }
    bool mergeWith(const QUndoCommand* other) override
    {
        const auto* later = static_cast<const Change*>(other);
        if (later->m_key != m_key)
            return false;
        m_after = later->m_after;
        return true;
    }

private:
    ExperimentDocument& m_document;
    QString m_key;
    config::Experiment m_before;
    config::Experiment m_after;
};

ExperimentDocument::ExperimentDocument(ReadJobs& jobs, QObject* parent) : QObject(parent), m_jobs(jobs)
{
    m_undo.setUndoLimit(300);
    m_pause.setSingleShot(true);
    m_pause.setInterval(250);
    connect(&m_pause, &QTimer::timeout, this, guarded(this, tr("Checking the experiment"), [this] { check(); }));
    connect(&m_undo, &QUndoStack::cleanChanged, this, &ExperimentDocument::titleChanged);
}

QString ExperimentDocument::title() const
{
    if (!m_experiment.name.empty())
        return QString::fromStdString(m_experiment.name);
    return m_file.isEmpty() ? tr("untitled") : QFileInfo(m_file).completeBaseName();
}

void ExperimentDocument::load(const QString& file)
{
    const std::filesystem::path path(file.toStdString());
    replace(config::loadExperiment(path), file);
}

void ExperimentDocument::take(config::Experiment experiment)
{
    replace(std::move(experiment), {});
}

void ExperimentDocument::replace(config::Experiment experiment, const QString& file)
{
    m_file = file;
    m_open = true;
    m_undo.clear();
    put(experiment);
    Q_EMIT titleChanged();
}

void ExperimentDocument::save(const QString& file)
{
    config::saveExperiment(m_experiment, std::filesystem::path(file.toStdString()));
    m_file = file;
    m_undo.setClean();
    Q_EMIT titleChanged();
}

void ExperimentDocument::edit(
    const QString& what, const QString& key, const std::function<void(config::Experiment&)>& change)
{
    config::Experiment after = m_experiment;
    change(after);
    if (after == m_experiment)
        return;
    m_open = true; // what has been edited is there, saved or not
    m_undo.push(new Change(*this, what, key, std::move(after)));
}

void ExperimentDocument::put(const config::Experiment& experiment)
{
    const bool renamed = experiment.name != m_experiment.name;
    m_experiment = experiment;
    m_checked = false;
    m_pause.start();
    Q_EMIT changed();
    if (renamed)
        Q_EMIT titleChanged();
}

void ExperimentDocument::check()
{
    m_jobs.run(
        this, QStringLiteral("preflight"), tr("Checking the experiment"),
        [experiment = m_experiment] { return pipeline::preflight(experiment); },
        [this, experiment = m_experiment](pipeline::Preflight result) {
            m_preflight = std::move(result);
            m_checked = experiment == m_experiment;
            Q_EMIT checked();
        });
}

} // namespace ahascope::ui
