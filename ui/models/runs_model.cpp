#include "ui/models/runs_model.h"

#include <algorithm>
#include <cmath>
#include <map>

#include <QDateTime>
#include <QLocale>

#include "ui/charts/plot_data.h"
#include "ui/models/column_header.h"
#include "ui/models/store_access.h"

namespace ahascope::ui {

namespace {

bool isNumeric(int column)
{
    return column == RunsModel::Number || column == RunsModel::Step || column == RunsModel::Duration
        || column == RunsModel::Accuracy || column == RunsModel::Length;
}

} // namespace

// One curve per run, read again only when the run has moved. The reading thread's.
struct RunsModel::CurveCache {
    struct Held {
        std::int64_t step = -1;
        store::RunState state = store::RunState::Queued;
        QList<double> curve;
    };
    std::map<std::int64_t, Held> curves;

    void update(StoreAccess::State& state, const store::RunEntry& entry);
};

namespace {
QList<double> readCurve(store::RunReader& reader)
{
    store::MetricSeries series = reader.metrics({"eval/pass@1", "eval/accuracy"});
    QList<double> curve;
    for (const auto& points : series.points) {
        for (const store::MetricPoint& point : points)
            curve.append(point.value);
        if (!curve.isEmpty())
            break;
    }
    return curve;
}

bool sameShape(const std::vector<RunRow>& a, const std::vector<RunRow>& b)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
        [](const RunRow& x, const RunRow& y) { return x.entry.number == y.entry.number; });
}

QString tagsText(const std::vector<std::string>& tags)
{
    QStringList texts;
    for (const std::string& tag : tags)
        texts << QString::fromStdString(tag);
    return texts.join(QStringLiteral(", "));
}
}

void RunsModel::CurveCache::update(StoreAccess::State& state, const store::RunEntry& entry)
{
    Held& held = curves[entry.number];
    if (!entry.damage.empty() || (held.step == entry.figures.globalStep && held.state == entry.state))
        return;
    held = {entry.figures.globalStep, entry.state, {}};
    try {
        held.curve = readCurve(StoreAccess::readerOf(state, entry.number));
    } catch (const std::exception&) {
        held.curve.clear(); // a run without a curve is still a run; opening it says what is wrong
    }
}

QString stateText(store::RunState state)
{
    return QString::fromLatin1(store::toString(state));
}

RunsModel::RunsModel(StoreAccess& store, QObject* parent)
    : QAbstractTableModel(parent)
    , m_store(store)
    , m_curves(std::make_shared<CurveCache>())
{
    connect(&store, &StoreAccess::catalogueChanged, this, guarded(this, tr("Reading the runs"), [this] { refresh(); }));
}

void RunsModel::refresh()
{
    if (m_asked) {
        m_again = true;
        return;
    }
    m_asked = true;
    struct Answer {
        std::vector<RunRow> rows;
        std::exception_ptr problem;
    };
    m_store.jobs().run(
        this, QStringLiteral("runs"), tr("Reading the list of runs"),
        [state = m_store.state(), cache = m_curves] {
            Answer answer;
            try {
                for (store::RunEntry& entry : StoreAccess::catalogueOf(*state).list()) {
                    cache->update(*state, entry);
                    QList<double> curve = cache->curves[entry.number].curve;
                    answer.rows.push_back({std::move(entry), std::move(curve)});
                }
            } catch (...) {
                answer.problem = std::current_exception();
            }
            return answer;
        },
        [this](Answer answer) {
            m_asked = false;
            if (answer.problem)
                std::rethrow_exception(answer.problem);
            setRows(std::move(answer.rows));
            if (std::exchange(m_again, false))
                refresh();
        });
}

void RunsModel::setRows(std::vector<RunRow> rows)
{
    std::reverse(rows.begin(), rows.end()); // the newest first
    if (sameShape(rows, m_rows)) {
        m_rows = std::move(rows);
        if (!m_rows.empty())
            Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1));
    } else {
        beginResetModel();
        m_rows = std::move(rows);
        endResetModel();
    }
    Q_EMIT refreshed();
}

const RunRow* RunsModel::find(std::int64_t number) const
{
    const auto row
        = std::find_if(m_rows.begin(), m_rows.end(), [&](const RunRow& r) { return r.entry.number == number; });
    return row == m_rows.end() ? nullptr : &*row;
}

int RunsModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

int RunsModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant RunsModel::text(const RunRow& row, int column) const
{
    const store::RunEntry& e = row.entry;
    const store::RunFigures& f = e.figures;
    switch (column) {
    case Number:
        return QString::number(e.number);
    case Name:
        return QString::fromStdString(e.name);
    case State:
        return e.damage.empty() ? stateText(e.state) : tr("damaged");
    case Accuracy:
        if (!f.evalLast)
            return noValue();
        return QStringLiteral("%1 → %2").arg(
            formatNumber(f.evalFirst, NumberFormat::Percent), formatNumber(f.evalLast, NumberFormat::Percent));
    case Length:
        if (!f.evalLengthLast)
            return noValue();
        return QStringLiteral("%1 → %2").arg(
            formatNumber(f.evalLengthFirst, NumberFormat::Plain), formatNumber(f.evalLengthLast, NumberFormat::Plain));
    case Step:
        return f.totalSteps > 0 ? QStringLiteral("%1 / %2").arg(f.globalStep).arg(f.totalSteps)
                                : QString::number(f.globalStep);
    case Duration:
        return f.seconds > 0 ? formatNumber(f.seconds, NumberFormat::Seconds) : noValue();
    case Created:
        return QLocale().toString(QDateTime::fromMSecsSinceEpoch(e.created), QStringLiteral("d MMM, HH:mm"));
    case Tags:
        return tagsText(e.tags);
    case Notes:
        return QString::fromStdString(e.notes).simplified();
    default:
        return {};
    }
}

namespace {
QVariant sortKey(const RunRow& row, int column)
{
    const store::RunEntry& e = row.entry;
    switch (column) {
    case RunsModel::Number:
        return static_cast<qlonglong>(e.number);
    case RunsModel::Accuracy:
    case RunsModel::Curve:
        return e.figures.evalLast.value_or(-1);
    case RunsModel::Length:
        return e.figures.evalLengthLast.value_or(-1);
    case RunsModel::Step:
        return static_cast<qlonglong>(e.figures.globalStep);
    case RunsModel::Duration:
        return e.figures.seconds;
    case RunsModel::Created:
        return static_cast<qlonglong>(e.created);
    default:
        return {};
    }
}
}

QVariant RunsModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid))
        return {};
    const RunRow& row = m_rows[static_cast<std::size_t>(index.row())];
    switch (role) {
    case Qt::DisplayRole:
        return text(row, index.column());
    case Qt::EditRole:
        return index.column() == Notes ? QVariant(QString::fromStdString(row.entry.notes)) : text(row, index.column());
    case Qt::ToolTipRole:
        if (!row.entry.damage.empty())
            return QString::fromStdString(row.entry.damage);
        if (index.column() == State && !row.entry.failure.empty())
            return QString::fromStdString(row.entry.failure);
        return index.column() == Notes ? QVariant(QString::fromStdString(row.entry.notes)) : QVariant();
    case CurveRole:
        return QVariant::fromValue(row.curve);
    case NumberRole:
        return static_cast<qlonglong>(row.entry.number);
    case StateRole:
        return static_cast<int>(row.entry.state);
    case SortRole: {
        const QVariant key = sortKey(row, index.column());
        return key.isValid() ? key : text(row, index.column());
    }
    case Qt::TextAlignmentRole:
        if (isNumeric(index.column()))
            return numberAlignment();
        return {};
    default:
        return {};
    }
}

QVariant RunsModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    static const char* const names[] = {QT_TR_NOOP("#"), QT_TR_NOOP("Run"), QT_TR_NOOP("State"),
        QT_TR_NOOP("Held-out pass@1"), QT_TR_NOOP("Curve"), QT_TR_NOOP("Length"), QT_TR_NOOP("Step"),
        QT_TR_NOOP("Time"), QT_TR_NOOP("Started"), QT_TR_NOOP("Tags"), QT_TR_NOOP("Notes")};
    if (orientation != Qt::Horizontal || section < 0 || section >= ColumnCount)
        return {};
    return columnHeader(tr(names[section]), isNumeric(section), role);
}

Qt::ItemFlags RunsModel::flags(const QModelIndex& index) const
{
    Qt::ItemFlags flags = QAbstractTableModel::flags(index);
    if (index.isValid() && (index.column() == Notes || index.column() == Tags || index.column() == Name))
        flags |= Qt::ItemIsEditable;
    return flags;
}

bool RunsModel::setData(const QModelIndex& index, const QVariant& value, int role)
{
    if (role != Qt::EditRole || !index.isValid() || !(flags(index) & Qt::ItemIsEditable))
        return false;
    const std::int64_t number = m_rows[static_cast<std::size_t>(index.row())].entry.number;
    const QString text = value.toString();
    m_store.askCatalogue(
        this, {}, tr("Changing the run"),
        [number, column = index.column(), text](store::Catalogue& catalogue) {
            if (column == Name) {
                catalogue.rename(number, text.trimmed().toStdString());
            } else if (column == Notes) {
                catalogue.setNotes(number, text.toStdString());
            } else {
                std::vector<std::string> tags;
                for (const QString& tag : text.split(QLatin1Char(','), Qt::SkipEmptyParts))
                    if (!tag.trimmed().isEmpty())
                        tags.push_back(tag.trimmed().toStdString());
                catalogue.setTags(number, tags);
            }
            return true;
        },
        [this](bool) { Q_EMIT m_store.catalogueChanged(); });
    return true;
}

} // namespace ahascope::ui
