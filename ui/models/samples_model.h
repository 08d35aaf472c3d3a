// The completions of a run that match a query, as a table that can be scrolled to any place at once.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include <QAbstractTableModel>

#include "core/store/run_reader.h"

namespace ahascope::ui {

class StoreAccess;

// All ids are held (8 bytes each); rows are read in blocks off the GUI thread when a view asks for them. Until a row is
// there its cells are empty.
class SamplesModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column {
        Step,
        Kind,
        Question,
        Group,
        Member,
        Verdict,
        Reward,
        Advantage,
        Format,
        Length,
        Ended,
        Reflections,
        Mixing,
        Repetition,
        Completion,
        ColumnCount
    };
    enum Role { RowRole = Qt::UserRole + 1 };

    explicit SamplesModel(StoreAccess& store, QObject* parent = nullptr);

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
    void sort(int column, Qt::SortOrder order) override;

    // Only these have an order in the store.
    static std::optional<store::SampleSort> sortOf(int column);

    // Run 0: none. Asks at once.
    void show(std::int64_t run, const store::SampleQuery& query);
    // The same question again: a run that goes on has more.
    void refresh();
    const store::SampleQuery& query() const { return m_query; }
    std::int64_t run() const { return m_run; }
    bool isLoading() const { return m_loading; }

    std::optional<std::int64_t> idAt(int row) const;
    int rowOf(std::int64_t id) const;             // -1: not in the list
    const store::SampleRow* rowAt(int row) const; // null while it is not read yet

Q_SIGNALS:
    void loaded(); // the list is new
    void loadingChanged();

private:
    static constexpr int block = 128;
    QVariant text(const store::SampleRow& row, int column) const;
    void ask(bool keep);
    void take(std::vector<std::int64_t> ids, bool keep);
    void fetch(int row) const;

    StoreAccess& m_store;
    std::int64_t m_run = 0;
    store::SampleQuery m_query;
    std::vector<std::int64_t> m_ids;
    mutable std::map<int, std::vector<store::SampleRow>> m_blocks; // by row / block
    mutable std::vector<int> m_wanted;                             // blocks asked for
    bool m_loading = false;
    unsigned m_version = 0; // of m_ids, so that late rows find out that they are late
};

} // namespace ahascope::ui
