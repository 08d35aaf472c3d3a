#include "ui/models/rules_model.h"

#include <algorithm>

#include "core/config/schema.h"
#include "core/reward/rule.h"
#include "ui/models/column_header.h"
#include "ui/models/experiment_document.h"
#include "ui/models/number_text.h"
#include "ui/widgets/guarded.h"

namespace ahascope::ui {

namespace {

bool isNumeric(int column)
{
    return column == RulesModel::Weight;
}

} // namespace

namespace {

// "accuracy", "accuracy-2" ...
std::string freeName(const std::vector<config::Rule>& rules, const std::string& wanted)
{
    const auto taken = [&](const std::string& name) {
        return std::any_of(rules.begin(), rules.end(),
            [&](const config::Rule& r) { return (r.name.empty() ? r.type : r.name) == name; });
    };
    std::string name = wanted;
    for (int k = 2; taken(name); ++k)
        name = wanted + "-" + std::to_string(k);
    return name;
}

QString helpOf(const std::string& type)
{
    for (const reward::RuleType& known : reward::ruleTypes())
        if (known.type == type)
            return QString::fromStdString(known.help);
    return {};
}

} // namespace

RulesModel::RulesModel(ExperimentDocument& document, QObject* parent)
    : QAbstractTableModel(parent)
    , m_document(document)
{
    m_rows = static_cast<int>(document.experiment().rules.size());
    connect(&document, &ExperimentDocument::changed, this,
        guarded(this, tr("Showing the rules"), [this] { takeDocument(); }));
}

void RulesModel::takeDocument()
{
    const int now = static_cast<int>(m_document.experiment().rules.size());
    if (now != m_rows) {
        beginResetModel();
        m_rows = now;
        endResetModel();
    } else if (m_rows > 0) {
        Q_EMIT dataChanged(index(0, 0), index(m_rows - 1, ColumnCount - 1));
    }
}

int RulesModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : m_rows;
}

int RulesModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant RulesModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid))
        return {};
    const auto& rules = m_document.experiment().rules;
    if (static_cast<std::size_t>(index.row()) >= rules.size())
        return {};
    const config::Rule& rule = rules[static_cast<std::size_t>(index.row())];
    if (role == Qt::ToolTipRole)
        return helpOf(rule.type);
    if (role == Qt::TextAlignmentRole && isNumeric(index.column()))
        return numberAlignment();
    if (role != Qt::DisplayRole && role != Qt::EditRole)
        return {};
    switch (index.column()) {
    case Name:
        return QString::fromStdString(rule.name.empty() ? rule.type : rule.name);
    case Type:
        return QString::fromStdString(rule.type);
    case Weight:
        return QString::fromStdString(config::toString(config::Value(rule.weight)));
    default:
        return {};
    }
}

QVariant RulesModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || section < 0 || section >= ColumnCount)
        return {};
    static const char* const names[] = {QT_TR_NOOP("Rule"), QT_TR_NOOP("Type"), QT_TR_NOOP("Weight")};
    static const char* const tips[]
        = {QT_TR_NOOP("Unique name; its curve is rewards/<name>/mean"), QT_TR_NOOP("What the rule looks at"),
            QT_TR_NOOP("The reward is the sum of weight times score. 0: measured, not rewarded")};
    if (role == Qt::ToolTipRole)
        return tr(tips[section]);
    return columnHeader(tr(names[section]), isNumeric(section), role);
}

Qt::ItemFlags RulesModel::flags(const QModelIndex& index) const
{
    Qt::ItemFlags flags = QAbstractTableModel::flags(index);
    if (index.isValid() && index.column() != Type)
        flags |= Qt::ItemIsEditable;
    return flags;
}

bool RulesModel::setData(const QModelIndex& index, const QVariant& value, int role)
{
    if (role != Qt::EditRole || !index.isValid() || index.column() == Type)
        return false;
    const auto row = static_cast<std::size_t>(index.row());
    if (index.column() == Weight) {
        const auto weight = parseNumber(value.toString());
        if (!weight)
            return false;
        m_document.edit(tr("Change weight"), {}, [&](config::Experiment& e) { e.rules[row].weight = *weight; });
        return true;
    }
    const std::string name = value.toString().trimmed().toStdString();
    m_document.edit(tr("Rename rule"), {}, [&](config::Experiment& e) { e.rules[row].name = name; });
    return true;
}

void RulesModel::add(const std::string& type)
{
    m_document.edit(tr("Add rule"), {}, [&](config::Experiment& e) {
        config::Rule rule;
        rule.type = type;
        rule.name = freeName(e.rules, type);
        e.rules.push_back(std::move(rule));
    });
}

void RulesModel::remove(int row)
{
    if (row < 0 || row >= m_rows)
        return;
    m_document.edit(tr("Remove rule"), {}, [&](config::Experiment& e) { e.rules.erase(e.rules.begin() + row); });
}

void RulesModel::move(int from, int to)
{
    if (from < 0 || to < 0 || from >= m_rows || to >= m_rows || from == to)
        return;
    m_document.edit(tr("Move rule"), {}, [&](config::Experiment& e) {
        config::Rule rule = std::move(e.rules[static_cast<std::size_t>(from)]);
        e.rules.erase(e.rules.begin() + from);
        e.rules.insert(e.rules.begin() + to, std::move(rule));
    });
}

} // namespace ahascope::ui
