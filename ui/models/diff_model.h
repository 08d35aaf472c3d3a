// The settings that differ between two runs.
#pragma once

#include <vector>

#include <QAbstractTableModel>

#include "core/config/diff.h"

namespace ahascope::ui {

class DiffModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column { Path, A, B, ColumnCount };
    explicit DiffModel(QObject* parent = nullptr) : QAbstractTableModel(parent) { }

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

    void show(std::vector<config::Difference> differences);

private:
    std::vector<config::Difference> m_differences;
};

} // namespace ahascope::ui
