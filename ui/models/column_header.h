// The header of a table's column.
#pragma once

#include <QString>
#include <QVariant>

namespace ahascope::ui {

// Numbers stand to the right, in the header as in the cells.
inline QVariant numberAlignment()
{
    return QVariant(Qt::AlignRight | Qt::AlignVCenter);
}

// What headerData() answers for a column, by role.
inline QVariant columnHeader(const QString& name, bool numeric, int role)
{
    if (role == Qt::TextAlignmentRole && numeric)
        return numberAlignment();
    return role == Qt::DisplayRole ? QVariant(name) : QVariant();
}

} // namespace ahascope::ui
