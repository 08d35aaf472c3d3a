#include "ui/models/log_model.h"

#include <QDateTime>

#include "ui/charts/plot_data.h"
#include "ui/models/column_header.h"

namespace ahascope::ui {

namespace {

bool isNumeric(int column)
{
    return column == LogModel::Step;
}

} // namespace

int LogModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_lines.size());
}

int LogModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant LogModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid))
        return {};
    const LogLine& line = m_lines[static_cast<std::size_t>(index.row())];
    if (role == WarningRole)
        return line.warning;
    if (role == Qt::ToolTipRole && index.column() == Text)
        return line.text;
    if (role == Qt::TextAlignmentRole && isNumeric(index.column()))
        return numberAlignment();
    if (role != Qt::DisplayRole)
        return {};
    switch (index.column()) {
    case Time:
        return QDateTime::fromMSecsSinceEpoch(line.time).toString(QStringLiteral("HH:mm:ss"));
    case Step:
        return line.step < 0 ? noValue() : QString::number(line.step);
    case Level:
        return line.warning ? tr("warning") : tr("info");
    case Text:
        return line.text;
    default:
        return {};
    }
}

QVariant LogModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    static const char* const names[]
        = {QT_TR_NOOP("Time"), QT_TR_NOOP("Step"), QT_TR_NOOP("Level"), QT_TR_NOOP("Message")};
    if (orientation != Qt::Horizontal || section < 0 || section >= ColumnCount)
        return {};
    return columnHeader(tr(names[section]), isNumeric(section), role);
}

void LogModel::add(const LogLine& line)
{
    add(QList<LogLine>{line});
}

void LogModel::add(const QList<LogLine>& lines)
{
    if (lines.isEmpty())
        return;
    const int first = rowCount();
    beginInsertRows({}, first, first + static_cast<int>(lines.size()) - 1);
    m_lines.insert(m_lines.end(), lines.begin(), lines.end());
    endInsertRows();
    if (m_lines.size() <= most)
        return;
    const auto surplus = static_cast<std::ptrdiff_t>(m_lines.size() - most * 9 / 10);
    beginRemoveRows({}, 0, static_cast<int>(surplus) - 1);
    m_lines.erase(m_lines.begin(), m_lines.begin() + surplus);
    endRemoveRows();
}

void LogModel::clear()
{
    beginResetModel();
    m_lines.clear();
    endResetModel();
}

QString LogModel::allText() const
{
    QString text;
    for (int row = 0; row < rowCount(); ++row) {
        for (int column = 0; column < ColumnCount; ++column)
            text += (column > 0 ? QStringLiteral("\t") : QString())
                + data(index(row, column), Qt::DisplayRole).toString();
        text += QLatin1Char('\n');
    }
    return text;
}

} // namespace ahascope::ui
