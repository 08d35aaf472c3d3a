// What the GPUs of this machine did in the last minutes.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include <QList>
#include <QObject>
#include <QTimer>

#include "core/pipeline/device.h"
#include "ui/widgets/read_jobs.h"

namespace ahascope::ui {

// They are asked on a thread of its own, and only between start() and stop().
class GpuHistory : public QObject {
    Q_OBJECT
public:
    // `library`: NVML, or what stands in for it.
    explicit GpuHistory(std::string library, QObject* parent = nullptr);

    void start(); // the history begins anew: of the time between nothing is known
    void stop();

    bool isKnown() const { return !m_readings.empty(); }
    const kernels::GpuReadings& newest() const { return m_readings.back(); } // once isKnown()
    // Why runs of this program cannot use the GPUs; empty: they can.
    const std::string& cudaNote() const { return m_cudaNote; }
    // One value of one GPU, the newest last; NaN where it could not tell.
    using Value = std::optional<double>(const kernels::GpuReading&);
    QList<double> values(std::size_t gpu, Value* value) const;

    static constexpr int interval = 2000;      // milliseconds between readings
    static constexpr std::size_t length = 150; // readings: five minutes

Q_SIGNALS:
    void changed();

private:
    struct Answer;
    void ask();
    void take(const Answer& answer);

    std::shared_ptr<std::unique_ptr<kernels::GpuMonitor>> m_monitor; // made and used on the reading thread
    std::string m_library;
    std::string m_cudaNote;
    std::deque<kernels::GpuReadings> m_readings;
    QTimer m_timer;
    bool m_asking = false;
    bool m_restarted = false;
    ReadJobs m_jobs;
};

} // namespace ahascope::ui
