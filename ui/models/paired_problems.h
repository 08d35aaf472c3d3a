// Two runs on the same held-out problems.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <QAbstractTableModel>

#include "core/analysis/paired.h"
#include "core/store/run_reader.h"

namespace ahascope::ui {

struct PairedProblem {
    std::uint64_t problem = 0;
    std::string question;
    store::ProblemOutcome a;
    store::ProblemOutcome b;
};

enum class PairedCell { Both, OnlyA, OnlyB, Neither };
PairedCell cellOf(const PairedProblem& problem);

struct PairedResult {
    std::vector<PairedProblem> problems; // that both have seen
    std::int64_t onlyInA = 0;            // problems that the other run never saw
    std::int64_t onlyInB = 0;
    std::int64_t stepA = -1; // of the evaluations; -1: none
    std::int64_t stepB = -1;
    std::string set;
    analysis::PairedTable table;
    double pValue = 1.0;           // McNemar, exact
    analysis::Interval difference; // pass@1 of B minus A, with its 95 % interval
};

// The last evaluation of each, of the first held-out set that both have.
PairedResult pairRuns(store::RunReader& a, store::RunReader& b);
// Of lists of outcomes; for tests and for pairRuns().
PairedResult pairOutcomes(const std::vector<store::ProblemOutcome>& a, const std::vector<store::ProblemOutcome>& b);

class PairedModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column { Question, SolvedA, SolvedB, LengthA, LengthB, ColumnCount };
    explicit PairedModel(QObject* parent = nullptr) : QAbstractTableModel(parent) { }

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

    void show(const std::vector<PairedProblem>& problems, PairedCell cell);
    const PairedProblem& at(int row) const { return m_problems[static_cast<std::size_t>(row)]; }

private:
    std::vector<PairedProblem> m_problems;
};

} // namespace ahascope::ui
