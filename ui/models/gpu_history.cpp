#include "ui/models/gpu_history.h"

#include <limits>

namespace ahascope::ui {

struct GpuHistory::Answer {
    kernels::GpuReadings readings;
    std::optional<std::string> cudaNote; // with the first reading
};

GpuHistory::GpuHistory(std::string library, QObject* parent)
    : QObject(parent)
    , m_monitor(std::make_shared<std::unique_ptr<kernels::GpuMonitor>>())
    , m_library(std::move(library))
{
    m_timer.setInterval(interval);
    connect(&m_timer, &QTimer::timeout, this, guarded(this, tr("Asking the GPUs"), [this] { ask(); }));
}

void GpuHistory::start()
{
    if (m_timer.isActive())
        return;
    m_restarted = true;
    m_timer.start();
    ask();
}

void GpuHistory::stop()
{
    m_timer.stop();
}

void GpuHistory::ask()
{
    if (std::exchange(m_asking, true)) // a driver may take longer than the interval
        return;
    m_jobs.run(
        this, {}, tr("Asking the GPUs"),
        [monitor = m_monitor, library = m_library] {
            Answer answer;
            if (!*monitor) {
                *monitor = std::make_unique<kernels::GpuMonitor>(library);
                answer.cudaNote = kernels::listDevices().cudaNote;
            }
            answer.readings = (*monitor)->read();
            return answer;
        },
        [this](const Answer& answer) { take(answer); });
}

void GpuHistory::take(const Answer& answer)
{
    m_asking = false;
    if (answer.cudaNote)
        m_cudaNote = *answer.cudaNote;
    if (std::exchange(m_restarted, false))
        m_readings.clear();
    m_readings.push_back(answer.readings);
    if (m_readings.size() > length)
        m_readings.pop_front();
    Q_EMIT changed();
}

QList<double> GpuHistory::values(std::size_t gpu, Value* value) const
{
    QList<double> values;
    for (const kernels::GpuReadings& readings : m_readings)
        values.append((gpu < readings.gpus.size() ? value(readings.gpus[gpu]) : std::nullopt)
                          .value_or(std::numeric_limits<double>::quiet_NaN()));
    return values;
}

} // namespace ahascope::ui
