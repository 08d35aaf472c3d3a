// What the form shows of an experiment: values, matches, problems.
#include <algorithm>

#include <QFrame>

#include "ui/editors/field_row.h"
#include "ui/editors/form_node.h"
#include "ui/editors/schema_form.h"
#include "ui/widgets/labels.h"
#include "ui/widgets/section.h"

namespace ahascope::ui {

namespace {
QString pathOf(const QString& owner, const config::Field& field)
{
    const QString key = QString::fromStdString(field.key);
    return owner.isEmpty() ? key : owner + QLatin1Char('.') + key;
}
}

void FormNode::show(config::Experiment& experiment)
{
    const void* object = m_resolve(experiment);
    if (object != nullptr)
        for (FieldRow* row : m_rows)
            row->show(row->field().get(object));
    for (const auto& child : m_children)
        child->show(experiment);
}

int FormNode::changedCount(config::Experiment& experiment) const
{
    const void* object = m_resolve(experiment);
    int changed = 0;
    if (object != nullptr)
        for (const config::Field& field : m_schema.fields)
            if (!m_form.m_leftOut.contains(pathOf(m_path, field))
                && FieldRow::differsFromDefault(field, field.get(object)))
                ++changed;
    for (const auto& child : m_children)
        changed += child->changedCount(experiment);
    return changed;
}

bool FormNode::applyFilter(const Filter& filter, config::Experiment& experiment)
{
    const void* object = m_resolve(experiment);
    const auto shown = [&](const config::Field& field) {
        const bool changed = object != nullptr && FieldRow::differsFromDefault(field, field.get(object));
        if (filter.onlyChanged && !changed)
            return false;
        if (!filter.search.isEmpty())
            return FieldRow::matches(field, pathOf(m_path, field), filter.search);
        return !field.advanced || filter.advanced || changed;
    };
    const bool looking = !filter.search.isEmpty() || filter.onlyChanged;
    bool any = false;
    for (const config::Field& field : m_schema.fields)
        any = any || (!m_form.m_leftOut.contains(pathOf(m_path, field)) && shown(field));
    if (any && looking) {
        populate();
        if (m_section != nullptr)
            m_section->setOpen(true);
    }
    for (FieldRow* row : m_rows)
        row->setVisible(shown(row->field()) || !row->problem().isEmpty());
    if (m_depth == 0)
        m_card->setVisible(any);
    for (const auto& child : m_children)
        any = child->applyFilter(filter, experiment) || any;
    if (m_section != nullptr) {
        (m_card != nullptr ? static_cast<QWidget*>(m_card) : m_section)->setVisible(any || !looking);
        if (any && looking)
            m_section->setOpen(true);
    }
    return any;
}

FieldRow* FormNode::rowAt(const QString& path)
{
    for (const config::Field& field : m_schema.fields)
        if (pathOf(m_path, field) == path && !m_form.m_leftOut.contains(path)) {
            populate();
            if (m_section != nullptr)
                m_section->setOpen(true);
            const auto row = std::find_if(m_rows.begin(), m_rows.end(), [&](FieldRow* r) { return r->path() == path; });
            return row == m_rows.end() ? nullptr : *row;
        }
    for (const auto& child : m_children)
        if (FieldRow* row = child->rowAt(path)) {
            if (m_section != nullptr)
                m_section->setOpen(true);
            return row;
        }
    return nullptr;
}

void FormNode::clearProblems()
{
    for (FieldRow* row : m_rows)
        row->setProblem({});
    for (const auto& child : m_children)
        child->clearProblems();
}

int FormNode::problemCount() const
{
    int count = 0;
    for (const FieldRow* row : m_rows)
        count += row->problem().isEmpty() ? 0 : 1;
    for (const auto& child : m_children)
        count += child->problemCount();
    return count;
}

void FormNode::updateRemarks(config::Experiment& experiment)
{
    for (const auto& child : m_children)
        child->updateRemarks(experiment);
    if (m_section == nullptr)
        return;
    const int changed = changedCount(experiment);
    const int problems = problemCount();
    QStringList parts;
    if (problems > 0)
        parts << counted(problems, SchemaForm::tr("problem"), SchemaForm::tr("problems"));
    if (changed > 0)
        parts << SchemaForm::tr("%1 changed").arg(changed);
    m_section->setRemark(parts.join(QStringLiteral(", ")), problems > 0 ? "bad" : "muted");
}

} // namespace ahascope::ui
