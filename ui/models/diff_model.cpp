#include "ui/models/diff_model.h"

#include "ui/models/column_header.h"

namespace ahascope::ui {

int DiffModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_differences.size());
}

int DiffModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant DiffModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid)
        || (role != Qt::DisplayRole && role != Qt::ToolTipRole))
        return {};
    const config::Difference& difference = m_differences[static_cast<std::size_t>(index.row())];
    const auto value = [&](const std::string& text) {
        QString shown = QString::fromStdString(text);
        if (!difference.unit.empty() && shown != QStringLiteral("—"))
            shown += QLatin1Char(' ') + QString::fromStdString(difference.unit);
        return role == Qt::DisplayRole ? shown.simplified() : shown;
    };
    switch (index.column()) {
    case Path:
        return QString::fromStdString(difference.path);
    case A:
        return value(difference.a);
    case B:
        return value(difference.b);
    default:
        return {};
    }
}

QVariant DiffModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    static const char* const names[] = {QT_TR_NOOP("Setting"), QT_TR_NOOP("A"), QT_TR_NOOP("B")};
    if (orientation != Qt::Horizontal || section < 0 || section >= ColumnCount)
        return {};
    return columnHeader(tr(names[section]), false, role);
}

void DiffModel::show(std::vector<config::Difference> differences)
{
    beginResetModel();
    m_differences = std::move(differences);
    endResetModel();
}

} // namespace ahascope::ui
