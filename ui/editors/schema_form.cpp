#include "ui/editors/schema_form.h"

#include <QVBoxLayout>

#include "ui/editors/field_row.h"
#include "ui/editors/form_node.h"
#include "ui/models/experiment_document.h"
#include "ui/widgets/guarded.h"
#include "ui/widgets/labels.h"
#include "ui/widgets/section.h"

namespace ahascope::ui {

SchemaForm::SchemaForm(ExperimentDocument& document, QStringList leftOut, QWidget* parent)
    : QWidget(parent)
    , m_document(document)
    , m_leftOut(std::move(leftOut))
    , m_column(new QVBoxLayout(this))
{
    m_column->setContentsMargins(space::l, space::s, space::l, space::l);
    m_column->setSpacing(space::xs);
    connect(&document, &ExperimentDocument::changed, this,
        guarded(this, tr("Showing the experiment"), [this] { refresh(); }));
    if (document.isOpen())
        rebuild();
}

SchemaForm::~SchemaForm() = default;

void SchemaForm::edit(const QString& path, const QString& label, const std::function<void(config::Experiment&)>& change)
{
    m_document.edit(label, path, change);
}

namespace {
// The form is made for the fields that there are; when others come or go it is made anew.
std::string shapeOf(const config::Experiment& experiment)
{
    std::string shape;
    config::forEachField(
        experiment, [&](const std::string& path, const config::Field&, const void*) { shape += path + '\n'; });
    return shape;
}
}

void SchemaForm::refresh()
{
    config::Experiment experiment = m_document.experiment();
    if (!m_root || shapeOf(experiment) != m_shape) {
        rebuild();
        return;
    }
    m_root->show(experiment);
    m_root->updateRemarks(experiment);
    count(m_root->changedCount(experiment));
    if (m_onlyChanged)
        applyFilter();
}

void SchemaForm::count(int changed)
{
    if (changed == m_changed)
        return;
    m_changed = changed;
    Q_EMIT changedCountChanged();
}

void SchemaForm::rebuild()
{
    config::Experiment experiment = m_document.experiment();
    m_shape = shapeOf(experiment);
    setUpdatesEnabled(false);
    m_root.reset();
    while (QLayoutItem* item = m_column->takeAt(0)) {
        if (item->layout() != nullptr)
            while (QLayoutItem* inner = item->layout()->takeAt(0)) {
                delete inner->widget();
                delete inner;
            }
        delete item->widget();
        delete item;
    }
    m_root = std::make_unique<FormNode>(
        *this, QString(), QString(), [](config::Experiment& e) -> void* { return &e; }, config::experimentSchema(), 0);
    m_root->build(m_column);
    m_column->addStretch();
    m_root->show(experiment);
    m_root->updateRemarks(experiment);
    applyFilter();
    setUpdatesEnabled(true);
    count(m_root->changedCount(experiment));
}

void SchemaForm::setSearch(const QString& text)
{
    m_search = text.trimmed();
    applyFilter();
}

void SchemaForm::setAdvancedShown(bool shown)
{
    m_advanced = shown;
    applyFilter();
}

void SchemaForm::setOnlyChanged(bool only)
{
    m_onlyChanged = only;
    applyFilter();
}

void SchemaForm::applyFilter()
{
    if (!m_root)
        return;
    config::Experiment experiment = m_document.experiment();
    m_root->applyFilter({m_search, m_advanced, m_onlyChanged}, experiment);
}

std::vector<Problem> SchemaForm::showProblems(const std::vector<Problem>& problems)
{
    std::vector<Problem> others;
    if (!m_root)
        return problems;
    m_root->clearProblems();
    for (const Problem& problem : problems) {
        // "experiment.toml: stage.0.steps" and "stage.0.steps" are the same place.
        const std::size_t colon = problem.where.rfind(": ");
        const std::string path = colon == std::string::npos ? problem.where : problem.where.substr(colon + 2);
        FieldRow* row = m_root->rowAt(QString::fromStdString(path));
        if (row == nullptr) {
            others.push_back(problem);
            continue;
        }
        const std::string text = problem.remedy.empty() ? problem.message : problem.message + " — " + problem.remedy;
        row->setProblem(QString::fromStdString(text));
        row->setVisible(true);
    }
    config::Experiment experiment = m_document.experiment();
    m_root->updateRemarks(experiment);
    return others;
}

} // namespace ahascope::ui
