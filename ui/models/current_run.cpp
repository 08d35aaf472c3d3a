#include "ui/models/current_run.h"

#include <algorithm>

#include "ui/models/store_access.h"

namespace ahascope::ui {

namespace {
constexpr int restBetweenReads = 200; // milliseconds
constexpr int pollEvery = 1500;
}

// What one look at the store found.
struct CurrentRun::News {
    store::DataVersion version;
    bool nothing = false; // the version is the one that was known
    store::RunInfo info;
    std::vector<store::StageInfo> stages;
    std::vector<std::string> names;
    store::MetricSeries series;
    bool fromStart = false; // `series` is whole
    std::exception_ptr problem;
};

CurrentRun::CurrentRun(StoreAccess& store, QObject* parent) : QObject(parent), m_store(store)
{
    m_timer.setSingleShot(true);
    connect(&m_timer, &QTimer::timeout, this, guarded(this, tr("Reading the run"), [this] { read(); }));
    m_poll.setInterval(pollEvery);
    connect(&m_poll, &QTimer::timeout, this, guarded(this, tr("Reading the run"), [this] { touch(); }));
    m_sinceRead.start();
}

void CurrentRun::open(std::int64_t run)
{
    if (run == m_run)
        return;
    m_run = run;
    m_known = false;
    m_info = {};
    m_stages.clear();
    m_series.clear();
    m_cursor = {};
    m_names.clear();
    m_version.reset();
    m_reading = false; // an answer about the other run is stale
    m_again = false;
    Q_EMIT opened();
    Q_EMIT seriesChanged();
    if (run == 0) {
        m_poll.stop();
        return;
    }
    m_poll.start();
    read();
}

void CurrentRun::touch()
{
    if (m_run == 0 || m_timer.isActive())
        return;
    m_timer.start(std::max(0, restBetweenReads - static_cast<int>(m_sinceRead.elapsed())));
}

void CurrentRun::read()
{
    if (m_run == 0)
        return;
    if (m_reading) {
        m_again = true;
        return;
    }
    m_reading = true;
    m_store.askRun(
        m_run, this, QStringLiteral("run"), tr("Reading the run"),
        [known = m_version, cursor = m_cursor, names = m_names](store::RunReader& reader) {
            News news;
            try {
                news.version = reader.version();
                if (known && *known == news.version) {
                    news.nothing = true;
                    return news;
                }
                news.info = reader.info();
                news.stages = reader.stages();
                news.names = reader.metricNames();
                // A metric that is new has no past of its own in what was read before: then everything is read.
                news.fromStart = news.names != names;
                news.series = reader.metrics(news.names, news.fromStart ? store::MetricCursor{} : cursor);
                news.fromStart = news.fromStart || news.series.restarted;
            } catch (...) {
                news.problem = std::current_exception();
            }
            return news;
        },
        [this](News news) { take(std::move(news)); });
}

void CurrentRun::take(News news)
{
    m_reading = false;
    m_sinceRead.restart();
    if (news.problem) {
        m_poll.stop(); // not every second again
        std::rethrow_exception(news.problem);
    }
    if (std::exchange(m_again, false))
        touch();
    if (news.nothing)
        return;
    const store::DataVersion before = m_version.value_or(store::DataVersion{.record = -1, .logEntry = -1});
    const bool otherInfo = !m_known || m_info.state != news.info.state || m_info.attempts != news.info.attempts
        || m_info.name != news.info.name || m_stages.size() != news.stages.size();
    m_version = news.version;
    m_info = std::move(news.info);
    m_stages = std::move(news.stages);
    m_known = true;
    if (news.fromStart)
        m_series.clear();
    m_names = std::move(news.names);
    bool grew = news.fromStart;
    for (std::size_t k = 0; k < m_names.size() && k < news.series.points.size(); ++k) {
        QList<QPointF>& points = m_series[m_names[k]];
        for (const store::MetricPoint& p : news.series.points[k])
            points.append({static_cast<double>(p.globalStep), p.value});
        grew = grew || !news.series.points[k].empty();
    }
    m_cursor = news.series.next;
    if (otherInfo)
        Q_EMIT infoChanged();
    if (before.state != m_version->state)
        Q_EMIT stateChanged();
    if (grew)
        Q_EMIT seriesChanged();
    if (before.record != m_version->record || before.attempt != m_version->attempt)
        Q_EMIT samplesGrew();
    if (before.logEntry != m_version->logEntry)
        Q_EMIT logGrew();
}

QList<QPointF> CurrentRun::series(const std::string& metric) const
{
    const auto found = m_series.find(metric);
    return found == m_series.end() ? QList<QPointF>() : found->second;
}

std::optional<double> CurrentRun::atStart(const std::string& metric) const
{
    const auto found = m_series.find(metric);
    if (found == m_series.end() || found->second.isEmpty() || found->second.front().x() != 0)
        return std::nullopt;
    return found->second.front().y();
}

} // namespace ahascope::ui
