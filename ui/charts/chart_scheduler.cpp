#include "ui/charts/chart_scheduler.h"

#include "ui/charts/plot_widget.h"
#include "ui/widgets/cpu_clock.h"

namespace ahascope::ui {

namespace {
constexpr double share = 0.04; // of a core, for drawing new data
}

ChartScheduler::ChartScheduler(QObject* parent) : QObject(parent)
{
    m_timer.setSingleShot(true);
    connect(&m_timer, &QTimer::timeout, this, &ChartScheduler::drawNext);
    m_sinceRound.start();
}

void ChartScheduler::request(PlotWidget* plot, Reason reason)
{
    if (m_urgent.contains(plot) || (reason == Reason::Data && m_waiting.contains(plot)))
        return;
    m_waiting.removeAll(plot);
    (reason == Reason::User ? m_urgent : m_waiting).append(plot);
    arm();
}

void ChartScheduler::arm()
{
    if (!m_urgent.isEmpty()) {
        m_timer.start(0);
        return;
    }
    if (m_waiting.isEmpty() || m_timer.isActive())
        return;
    // A round of charts goes out together; then the next waits until the rounds so far are paid off.
    const double rest = m_roundCost / share - static_cast<double>(m_sinceRound.elapsed());
    m_timer.start(rest > 0 ? static_cast<int>(rest) : 0);
}

void ChartScheduler::drawNext()
{
    const bool urgent = !m_urgent.isEmpty();
    QList<QPointer<PlotWidget>>& queue = urgent ? m_urgent : m_waiting;
    const bool paidOff = m_roundCost / share <= static_cast<double>(m_sinceRound.elapsed());
    if (!urgent && paidOff) {
        m_roundCost = 0;
        m_sinceRound.restart();
    }
    while (!queue.isEmpty()) {
        const QPointer<PlotWidget> plot = queue.takeFirst();
        if (plot.isNull() || plot->visibleRegion().isEmpty())
            continue; // it asks again when it is shown
        const CpuClock clock;
        plot->drawPixmap();
        m_lastCost = clock.milliseconds();
        ++m_drawings;
        if (!urgent)
            m_roundCost += m_lastCost;
        break;
    }
    if (!m_urgent.isEmpty())
        m_timer.start(0);
    else if (!m_waiting.isEmpty())
        m_timer.start(urgent ? 0 : 1); // the rest of this round, one per turn
}

} // namespace ahascope::ui
