#include "ui/models/samples_model.h"

#include <algorithm>

#include "ui/charts/plot_data.h"
#include "ui/models/column_header.h"
#include "ui/models/store_access.h"
#include "ui/theme/icons.h"

namespace ahascope::ui {

namespace {

bool isNumeric(int column)
{
    return column == SamplesModel::Step || column == SamplesModel::Group || column == SamplesModel::Member
        || column == SamplesModel::Reward || column == SamplesModel::Advantage || column == SamplesModel::Length
        || column == SamplesModel::Reflections || column == SamplesModel::Mixing || column == SamplesModel::Repetition;
}

} // namespace

namespace {
constexpr std::size_t mostBlocks = 64;

QString firstLine(const std::string& text)
{
    return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size())).simplified();
}
}

SamplesModel::SamplesModel(StoreAccess& store, QObject* parent) : QAbstractTableModel(parent), m_store(store) { }

std::optional<store::SampleSort> SamplesModel::sortOf(int column)
{
    switch (column) {
    case Step:
        return store::SampleSort::Step;
    case Reward:
        return store::SampleSort::Reward;
    case Advantage:
        return store::SampleSort::Advantage;
    case Length:
        return store::SampleSort::Length;
    case Reflections:
        return store::SampleSort::Reflections;
    case Mixing:
        return store::SampleSort::Mixing;
    default:
        return std::nullopt;
    }
}

void SamplesModel::sort(int column, Qt::SortOrder order)
{
    const auto wanted = sortOf(column);
    if (!wanted)
        return;
    m_query.sort = *wanted;
    m_query.ascending = order == Qt::AscendingOrder;
    ask(false);
}

void SamplesModel::show(std::int64_t run, const store::SampleQuery& query)
{
    const store::SampleSort sort = m_query.sort;
    const bool ascending = m_query.ascending;
    m_run = run;
    m_query = query;
    m_query.sort = sort;
    m_query.ascending = ascending;
    if (m_loading)
        m_store.interrupt();
    ask(false);
}

void SamplesModel::refresh()
{
    if (!m_loading)
        ask(true);
}

void SamplesModel::ask(bool keep)
{
    if (m_run == 0) {
        take({}, false);
        return;
    }
    m_loading = true;
    Q_EMIT loadingChanged();
    struct Answer {
        std::vector<std::int64_t> ids;
        std::exception_ptr problem;
    };
    m_store.askRun(
        m_run, this, QStringLiteral("ids"), tr("Reading samples"),
        [query = m_query](store::RunReader& reader) {
            Answer answer;
            try {
                answer.ids = reader.sampleIds(query);
            } catch (...) {
                answer.problem = std::current_exception();
            }
            return answer;
        },
        [this, keep](Answer answer) {
            m_loading = false;
            Q_EMIT loadingChanged();
            take(std::move(answer.ids), keep);
            if (answer.problem)
                std::rethrow_exception(answer.problem);
        });
}

void SamplesModel::take(std::vector<std::int64_t> ids, bool keep)
{
    if (keep && ids == m_ids)
        return;
    const bool grown = keep && ids.size() > m_ids.size() && std::equal(m_ids.begin(), m_ids.end(), ids.begin());
    if (grown) {
        beginInsertRows({}, static_cast<int>(m_ids.size()), static_cast<int>(ids.size()) - 1);
        m_blocks.erase(static_cast<int>(m_ids.size()) / block); // the last one was not full
        m_ids = std::move(ids);
        ++m_version;
        m_wanted.clear();
        endInsertRows();
    } else {
        beginResetModel();
        m_ids = std::move(ids);
        m_blocks.clear();
        m_wanted.clear();
        ++m_version;
        endResetModel();
    }
    Q_EMIT loaded();
}

void SamplesModel::fetch(int row) const
{
    const int wanted = row / block;
    if (m_blocks.contains(wanted) || std::find(m_wanted.begin(), m_wanted.end(), wanted) != m_wanted.end())
        return;
    m_wanted.push_back(wanted);
    const auto first = m_ids.begin() + wanted * block;
    const auto last
        = m_ids.begin() + std::min<std::ptrdiff_t>((wanted + 1) * block, static_cast<std::ptrdiff_t>(m_ids.size()));
    auto* self = const_cast<SamplesModel*>(this); // data() asks for what it does not have yet
    m_store.askRun(
        m_run, self, {}, tr("Reading samples"),
        [ids = std::vector<std::int64_t>(first, last)](store::RunReader& reader) { return reader.rows(ids); },
        [self, wanted, version = m_version](std::vector<store::SampleRow> rows) {
            if (version != self->m_version)
                return;
            std::erase(self->m_wanted, wanted);
            if (self->m_blocks.size() >= mostBlocks)
                self->m_blocks.clear();
            const int from = wanted * block;
            const int to = from + static_cast<int>(rows.size()) - 1;
            self->m_blocks[wanted] = std::move(rows);
            if (to >= from)
                Q_EMIT self->dataChanged(self->index(from, 0), self->index(to, ColumnCount - 1));
        });
}

int SamplesModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_ids.size());
}

int SamplesModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

std::optional<std::int64_t> SamplesModel::idAt(int row) const
{
    if (row < 0 || row >= rowCount())
        return std::nullopt;
    return m_ids[static_cast<std::size_t>(row)];
}

int SamplesModel::rowOf(std::int64_t id) const
{
    const auto found = std::find(m_ids.begin(), m_ids.end(), id);
    return found == m_ids.end() ? -1 : static_cast<int>(found - m_ids.begin());
}

const store::SampleRow* SamplesModel::rowAt(int row) const
{
    const auto held = m_blocks.find(row / block);
    if (row < 0 || held == m_blocks.end())
        return nullptr;
    const std::int64_t id = m_ids[static_cast<std::size_t>(row)];
    const auto place = static_cast<std::size_t>(row % block);
    if (place < held->second.size() && held->second[place].id == id)
        return &held->second[place];
    for (const store::SampleRow& candidate : held->second) // a damaged row was left out before it
        if (candidate.id == id)
            return &candidate;
    return nullptr;
}

QVariant SamplesModel::text(const store::SampleRow& row, int column) const
{
    switch (column) {
    case Step:
        return QString::number(row.globalStep);
    case Kind:
        return row.kind == store::SampleKind::Rollout ? tr("rollout") : QString::fromStdString(row.set);
    case Question:
        return firstLine(row.question);
    case Group:
        return QString::number(row.group);
    case Member:
        return QString::number(row.index + 1);
    case Verdict:
        return row.ungraded ? tr("? ungraded") : row.correct ? tr("✓ right") : tr("✗ wrong");
    case Reward:
        return formatNumber(row.reward, NumberFormat::Plain);
    case Advantage:
        if (row.kind == store::SampleKind::Evaluation)
            return noValue();
        return (row.advantage > 0 ? QStringLiteral("+") : QString()) + QString::number(row.advantage, 'f', 2);
    case Format:
        return row.wellFormed ? tr("kept") : tr("broken");
    case Length:
        return QString::number(row.length);
    case Ended:
        return row.cutOff ? tr("cut off") : tr("itself");
    case Reflections:
        return QString::number(row.reflections);
    case Mixing:
        return formatNumber(row.mixing, NumberFormat::Percent);
    case Repetition:
        return formatNumber(row.repetition, NumberFormat::Percent);
    case Completion:
        return firstLine(row.completion);
    default:
        return {};
    }
}

QVariant SamplesModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid))
        return {};
    if (role == Qt::TextAlignmentRole)
        return isNumeric(index.column()) ? numberAlignment() : QVariant();
    if (role != Qt::DisplayRole && role != Qt::ToolTipRole && role != RowRole)
        return {};
    const store::SampleRow* row = rowAt(index.row());
    if (row == nullptr) {
        fetch(index.row());
        return {};
    }
    if (role == RowRole)
        return QVariant::fromValue(*row);
    if (role == Qt::ToolTipRole && index.column() != Question && index.column() != Completion)
        return {};
    return text(*row, index.column());
}

QVariant SamplesModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    struct Head {
        const char* name;
        const char* tip;
    };
    static const Head heads[] = {
        {QT_TR_NOOP("Step"), QT_TR_NOOP("Global step at which it was drawn")},
        {QT_TR_NOOP("From"), QT_TR_NOOP("Training rollout, or the held-out set of an evaluation")},
        {QT_TR_NOOP("Question"), QT_TR_NOOP("First words of the question")},
        {QT_TR_NOOP("Group"), QT_TR_NOOP("Completions of one prompt in one rollout")},
        {QT_TR_NOOP("k"), QT_TR_NOOP("Place in its group")},
        {QT_TR_NOOP("Verdict"), QT_TR_NOOP("By the accuracy rules, strictly")},
        {QT_TR_NOOP("Reward"), QT_TR_NOOP("Weighted sum of the rules; — = could not be graded")},
        {QT_TR_NOOP("Advantage"), QT_TR_NOOP("What this completion was pushed by: above 0 up, below 0 down")},
        {QT_TR_NOOP("Format"), QT_TR_NOOP("One think block, then one answer block")},
        {QT_TR_NOOP("Tokens"), QT_TR_NOOP("Length of the completion")},
        {QT_TR_NOOP("Ended"), QT_TR_NOOP("By itself, or cut off at the length limit")},
        {QT_TR_NOOP("Reflections"), QT_TR_NOOP("Words like wait, check, again in the chain of thought")},
        {QT_TR_NOOP("Mixing"), QT_TR_NOOP("Share of words in a second language")},
        {QT_TR_NOOP("Repetition"), QT_TR_NOOP("Share of repeated phrases")},
        {QT_TR_NOOP("Completion"), QT_TR_NOOP("Its first words")},
    };
    if (orientation != Qt::Horizontal || section < 0 || section >= ColumnCount)
        return {};
    if (role == Qt::ToolTipRole)
        return tr(heads[section].tip);
    return columnHeader(tr(heads[section].name), isNumeric(section), role);
}

} // namespace ahascope::ui
