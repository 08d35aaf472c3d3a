#include "ui/panes/gpu_view.h"

#include <array>
#include <cmath>

#include <QLabel>
#include <QVBoxLayout>

#include "ui/models/gpu_history.h"
#include "ui/widgets/gauge.h"
#include "ui/widgets/gauge_row.h"
#include "ui/widgets/labels.h"
#include "ui/widgets/stacked_bar.h"

namespace ahascope::ui {

namespace {

using kernels::GpuReading;

constexpr double hottest = 100; // degrees Celsius at the end of the bar; cards slow down at 85 to 95

std::optional<double> ratio(std::optional<double> part, std::optional<double> whole)
{
    return part && whole && *whole > 0 ? std::optional(*part / *whole) : std::nullopt;
}

QString rounded(std::optional<double> value)
{
    return value ? QString::number(std::lround(*value)) : QStringLiteral("—");
}

QString bytes(std::optional<std::uint64_t> value)
{
    return value ? formatBytes(static_cast<double>(*value)) : QStringLiteral("—");
}

// One figure of a card.
struct Measure {
    const char* name;
    const char* help;
    QString (*text)(const GpuReading&); // empty: the card cannot tell
    GpuHistory::Value* share;
};

const std::array<Measure, 4> measures{{
    {QT_TRANSLATE_NOOP("GpuView", "Utilisation"),
        QT_TRANSLATE_NOOP("GpuView", "Share of the last moments in which the GPU computed, in percent"),
        [](const GpuReading& gpu) {
            return gpu.utilisation ? GpuView::tr("%1 %").arg(rounded(*gpu.utilisation * 100)) : QString();
        },
        [](const GpuReading& gpu) { return gpu.utilisation; }},
    {QT_TRANSLATE_NOOP("GpuView", "Memory"),
        QT_TRANSLATE_NOOP("GpuView", "Device memory that all programs use, of what the card has"),
        [](const GpuReading& gpu) {
            return gpu.memoryUsed ? GpuView::tr("%1 of %2").arg(bytes(gpu.memoryUsed), bytes(gpu.memoryTotal))
                                  : QString();
        },
        [](const GpuReading& gpu) { return ratio(gpu.memoryUsed, gpu.memoryTotal); }},
    {QT_TRANSLATE_NOOP("GpuView", "Temperature"),
        QT_TRANSLATE_NOOP("GpuView", "Temperature of the GPU in degrees Celsius; the bar ends at 100 °C"),
        [](const GpuReading& gpu) {
            return gpu.temperature ? GpuView::tr("%1 °C").arg(rounded(gpu.temperature)) : QString();
        },
        [](const GpuReading& gpu) { return ratio(gpu.temperature, hottest); }},
    {QT_TRANSLATE_NOOP("GpuView", "Power"),
        QT_TRANSLATE_NOOP("GpuView", "Power that the card draws in watts, of what it is allowed to"),
        [](const GpuReading& gpu) {
            return gpu.power ? GpuView::tr("%1 of %2 W").arg(rounded(gpu.power), rounded(gpu.powerLimit)) : QString();
        },
        [](const GpuReading& gpu) { return ratio(gpu.power, gpu.powerLimit); }},
}};

} // namespace

GpuView::GpuView(QWidget* parent) : QWidget(parent), m_name(label({}, Type::Strong))
{
    for (const Measure& measure : measures)
        m_gauges.append(new Gauge(tr(measure.name),
            tr(measure.help)
                + tr("; the curve shows the last %1 minutes")
                      .arg(GpuHistory::interval * static_cast<int>(GpuHistory::length) / 60'000),
            Gauge::Bar::Share));
    m_row = new GaugeRow(m_gauges);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(space::xs);
    column->addWidget(m_name);
    column->addWidget(m_row);
}

void GpuView::show(const GpuHistory& history, std::size_t gpu)
{
    const GpuReading& reading = history.newest().gpus[gpu];
    m_name->setText(QString::fromStdString(reading.name));
    setAccessibleName(m_name->text());
    for (std::size_t k = 0; k < measures.size(); ++k)
        m_gauges[static_cast<qsizetype>(k)]->show(
            {measures[k].text(reading), measures[k].share(reading), history.values(gpu, measures[k].share)});
}

QString GpuView::text() const
{
    return m_name->text() + QLatin1Char('\n') + m_row->text();
}

} // namespace ahascope::ui
