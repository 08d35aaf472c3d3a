// The runs of the store, as a table.
#pragma once

#include <memory>
#include <vector>

#include <QAbstractTableModel>

#include "core/store/catalogue.h"

namespace ahascope::ui {

class StoreAccess;

// A run and its held-out accuracy over the evaluations so far.
struct RunRow {
    store::RunEntry entry;
    QList<double> curve; // shares; NaN where there is none
};

QString stateText(store::RunState state);

class RunsModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column { Number, Name, State, Accuracy, Curve, Length, Step, Duration, Created, Tags, Notes, ColumnCount };
    enum Role { CurveRole = Qt::UserRole + 1, NumberRole, SortRole, StateRole };

    explicit RunsModel(StoreAccess& store, QObject* parent = nullptr);

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
    Qt::ItemFlags flags(const QModelIndex& index) const override;
    bool setData(const QModelIndex& index, const QVariant& value, int role) override;

    const std::vector<RunRow>& rows() const { return m_rows; }
    const RunRow* find(std::int64_t number) const;

    void refresh(); // asks the store; does nothing while an answer is awaited
    // Takes a list as it is.
    void setRows(std::vector<RunRow> rows);

Q_SIGNALS:
    void refreshed();

private:
    struct CurveCache;
    QVariant text(const RunRow& row, int column) const;

    StoreAccess& m_store;
    std::shared_ptr<CurveCache> m_curves;
    std::vector<RunRow> m_rows;
    bool m_asked = false;
    bool m_again = false;
};

} // namespace ahascope::ui
