#include "ui/panes/step_costs_view.h"

#include <algorithm>
#include <array>

#include <QVBoxLayout>

#include "ui/charts/plot_data.h"
#include "ui/models/current_run.h"
#include "ui/models/step_phases.h"
#include "ui/widgets/gauge.h"
#include "ui/widgets/gauge_row.h"
#include "ui/widgets/labels.h"
#include "ui/widgets/share_columns.h"
#include "ui/widgets/stacked_bar.h"

namespace ahascope::ui {

namespace {

constexpr int latestSteps = 200;

QString perSecond(double value)
{
    return StepCostsView::tr("%1 tokens/s").arg(formatNumber(value, NumberFormat::Plain));
}

// One figure of a step.
struct Measure {
    const char* name;
    const char* help;
    const char* metric;
    QString (*text)(double);
};

const std::array<Measure, 4> measures{{
    {QT_TRANSLATE_NOOP("StepCostsView", "Generating"),
        QT_TRANSLATE_NOOP("StepCostsView", "Tokens drawn per second of the generate phase"),
        "tokens_per_second/generate", perSecond},
    {QT_TRANSLATE_NOOP("StepCostsView", "Training"),
        QT_TRANSLATE_NOOP("StepCostsView", "Tokens trained on per second of the train phase"),
        "tokens_per_second/train", perSecond},
    {QT_TRANSLATE_NOOP("StepCostsView", "Host peak"),
        QT_TRANSLATE_NOOP("StepCostsView", "The most memory that the run's program has had so far"), "memory/host_peak",
        formatBytes},
    {QT_TRANSLATE_NOOP("StepCostsView", "Device peak"),
        QT_TRANSLATE_NOOP("StepCostsView", "The most memory that the run has had on its device so far"),
        "memory/device_peak", formatBytes},
}};

Gauge::Figure figureOf(const QList<QPointF>& points, const Measure& measure)
{
    if (points.isEmpty())
        return {};
    Gauge::Figure figure;
    double most = 0;
    for (qsizetype k = std::max<qsizetype>(0, points.size() - latestSteps); k < points.size(); ++k) {
        figure.history.append(points[k].y());
        most = std::max(most, points[k].y());
    }
    for (double& value : figure.history)
        value = most > 0 ? value / most : 0;
    figure.value = measure.text(points.back().y());
    return figure;
}

StepPhases phasesOf(const ShareColumns::Column& column)
{
    StepPhases step{column.at, {}};
    std::copy(column.amounts.begin(), column.amounts.end(), step.seconds.begin());
    return step;
}

QString wordsOf(const ShareColumns::Column& column)
{
    const StepPhases step = phasesOf(column);
    QStringList lines{stepText(step)};
    for (std::size_t k = 0; k < phaseCount; ++k)
        lines << phases()[k].name + QLatin1Char(' ') + phaseText(step, k);
    return lines.join(QLatin1Char('\n'));
}

QList<int> phaseColours()
{
    QList<int> colours;
    for (const PhaseSpec& phase : phases())
        colours.append(phase.colour);
    return colours;
}

} // namespace

StepCostsView::StepCostsView(const CurrentRun& run, QWidget* parent)
    : QWidget(parent)
    , m_run(run)
    , m_phases(new StackedBar(
          tr("Phases of a step"), tr("Where the step's time goes; other is everything else, waiting included")))
    , m_steps(new ShareColumns(tr("Phases of the latest steps"), phaseColours(), wordsOf))
{
    for (const Measure& measure : measures)
        m_gauges.append(new Gauge(tr(measure.name),
            tr(measure.help) + tr("; the curve shows the latest %1 steps").arg(latestSteps), Gauge::Bar::None));
    m_row = new GaugeRow(m_gauges);
    setFocusProxy(m_steps);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(space::s);
    column->addWidget(m_row);
    column->addWidget(m_phases);
    column->addWidget(m_steps, 1);
    connect(m_steps, &ShareColumns::currentChanged, this, &StepCostsView::showCurrentStep);
}

void StepCostsView::refresh()
{
    for (std::size_t k = 0; k < measures.size(); ++k)
        m_gauges[static_cast<qsizetype>(k)]->show(figureOf(m_run.series(measures[k].metric), measures[k]));
    QList<ShareColumns::Column> columns;
    for (const StepPhases& step : latestPhases(m_run.series(), latestSteps))
        columns.append({step.step, QList<double>(step.seconds.begin(), step.seconds.end())});
    m_steps->show(columns);
}

void StepCostsView::showCurrentStep()
{
    const ShareColumns::Column* column = m_steps->current();
    if (column == nullptr) {
        m_phases->show({}, 0, tr("No step yet: the phases of each step are shown here"));
        return;
    }
    const StepPhases step = phasesOf(*column);
    QList<StackedBar::Part> parts;
    for (std::size_t k = 0; k < phaseCount; ++k)
        parts.append({phases()[k].name, step.seconds[k], phaseText(step, k), phases()[k].colour});
    m_phases->show(parts, 0, stepText(step));
}

QString StepCostsView::text() const
{
    const ShareColumns::Column* column = m_steps->current();
    return m_row->text() + QLatin1Char('\n') + (column != nullptr ? wordsOf(*column) : m_phases->caption());
}

} // namespace ahascope::ui
