#include "ui/models/paired_problems.h"

#include <algorithm>
#include <map>

#include "ui/charts/plot_data.h"
#include "ui/models/column_header.h"

namespace ahascope::ui {

namespace {

bool isNumeric(int column)
{
    return column == PairedModel::SolvedA || column == PairedModel::SolvedB || column == PairedModel::LengthA
        || column == PairedModel::LengthB;
}

} // namespace

namespace {

double share(const store::ProblemOutcome& outcome)
{
    return outcome.samples > 0 ? static_cast<double>(outcome.correct) / outcome.samples : 0.0;
}

std::map<std::string, store::SampleSet> lastEvaluations(store::RunReader& reader)
{
    std::map<std::string, store::SampleSet> last;
    for (const store::Evaluation& evaluation : reader.evaluations())
        if (evaluation.set.samples > 0)
            last[evaluation.set.set] = evaluation.set;
    return last;
}

} // namespace

PairedCell cellOf(const PairedProblem& problem)
{
    const bool a = analysis::isSolved(share(problem.a));
    const bool b = analysis::isSolved(share(problem.b));
    return a ? (b ? PairedCell::Both : PairedCell::OnlyA) : (b ? PairedCell::OnlyB : PairedCell::Neither);
}

PairedResult pairOutcomes(const std::vector<store::ProblemOutcome>& a, const std::vector<store::ProblemOutcome>& b)
{
    PairedResult result;
    std::map<std::uint64_t, const store::ProblemOutcome*> ofB;
    for (const store::ProblemOutcome& outcome : b)
        ofB[outcome.problem] = &outcome;
    std::vector<analysis::PairedOutcome> pairs;
    for (const store::ProblemOutcome& outcome : a) {
        const auto other = ofB.find(outcome.problem);
        if (other == ofB.end()) {
            ++result.onlyInA;
            continue;
        }
        result.problems.push_back({outcome.problem, outcome.question, outcome, *other->second});
        pairs.push_back({share(outcome), share(*other->second)});
    }
    result.onlyInB = static_cast<std::int64_t>(b.size() - result.problems.size());
    result.table = analysis::pairedTable(pairs);
    result.pValue = analysis::mcNemarExact(result.table.onlyFirst, result.table.onlySecond);
    result.difference = analysis::pairedDifference(pairs, 1);
    return result;
}

PairedResult pairRuns(store::RunReader& a, store::RunReader& b)
{
    const auto ofA = lastEvaluations(a);
    const auto ofB = lastEvaluations(b);
    for (const auto& [set, last] : ofA) {
        const auto other = ofB.find(set);
        if (other == ofB.end())
            continue;
        PairedResult result = pairOutcomes(a.outcomes(last.record), b.outcomes(other->second.record));
        result.set = set;
        result.stepA = last.globalStep;
        result.stepB = other->second.globalStep;
        return result;
    }
    return {};
}

int PairedModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_problems.size());
}

int PairedModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant PairedModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid))
        return {};
    if (role == Qt::TextAlignmentRole && isNumeric(index.column()))
        return numberAlignment();
    if (role != Qt::DisplayRole && !(role == Qt::ToolTipRole && index.column() == Question))
        return {};
    const PairedProblem& problem = at(index.row());
    const auto solved
        = [](const store::ProblemOutcome& o) { return QStringLiteral("%1 of %2").arg(o.correct).arg(o.samples); };
    switch (index.column()) {
    case Question:
        return QString::fromStdString(problem.question).simplified();
    case SolvedA:
        return solved(problem.a);
    case SolvedB:
        return solved(problem.b);
    case LengthA:
        return formatNumber(problem.a.meanLength, NumberFormat::Plain);
    case LengthB:
        return formatNumber(problem.b.meanLength, NumberFormat::Plain);
    default:
        return {};
    }
}

QVariant PairedModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    static const char* const names[] = {QT_TR_NOOP("Problem"), QT_TR_NOOP("A right"), QT_TR_NOOP("B right"),
        QT_TR_NOOP("A tokens"), QT_TR_NOOP("B tokens")};
    if (orientation != Qt::Horizontal || section < 0 || section >= ColumnCount)
        return {};
    return columnHeader(tr(names[section]), isNumeric(section), role);
}

void PairedModel::show(const std::vector<PairedProblem>& problems, PairedCell cell)
{
    beginResetModel();
    m_problems.clear();
    std::copy_if(problems.begin(), problems.end(), std::back_inserter(m_problems),
        [&](const PairedProblem& p) { return cellOf(p) == cell; });
    endResetModel();
}

} // namespace ahascope::ui
