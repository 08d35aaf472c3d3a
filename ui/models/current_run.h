// The run that the Train and Inspect workspaces show: what is known of it and its curves, kept up to date.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include <QElapsedTimer>
#include <QObject>
#include <QPointF>
#include <QTimer>

#include "core/store/run_reader.h"

namespace ahascope::ui {

class StoreAccess;

using SeriesMap = std::map<std::string, QList<QPointF>>; // metric -> (global step, value)

class CurrentRun : public QObject {
    Q_OBJECT
public:
    explicit CurrentRun(StoreAccess& store, QObject* parent = nullptr);

    // 0: none. Reads at once; the signals follow.
    void open(std::int64_t run);
    std::int64_t number() const { return m_run; }
    bool isKnown() const { return m_known; } // info() has been read
    const store::RunInfo& info() const { return m_info; }
    const std::vector<store::StageInfo>& stages() const { return m_stages; }
    const SeriesMap& series() const { return m_series; }
    // The values of one metric; empty when the run has none.
    QList<QPointF> series(const std::string& metric) const;
    // The value before the first step of training.
    std::optional<double> atStart(const std::string& metric) const;

    // There is, or may soon be, more to read. Many calls become one reading.
    void touch();

Q_SIGNALS:
    void opened(); // another run, or none; nothing is known of it yet
    void infoChanged();
    void seriesChanged();
    void samplesGrew();
    void logGrew();
    void stateChanged();

private:
    struct News;
    void read();
    void take(News news);

    StoreAccess& m_store;
    std::int64_t m_run = 0;
    bool m_known = false;
    store::RunInfo m_info;
    std::vector<store::StageInfo> m_stages;
    SeriesMap m_series;
    store::MetricCursor m_cursor;
    std::vector<std::string> m_names;
    std::optional<store::DataVersion> m_version;
    QTimer m_timer;
    QTimer m_poll; // for runs of other processes
    QElapsedTimer m_sinceRead;
    bool m_reading = false;
    bool m_again = false;
};

} // namespace ahascope::ui
