#include "ui/models/step_phases.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include <QCoreApplication>

#include "ui/charts/plot_data.h"

namespace ahascope::ui {

namespace {
QString tr(const char* text)
{
    return QCoreApplication::translate("StepPhases", text);
}
}

const std::array<PhaseSpec, phaseCount>& phases()
{
    static const std::array<PhaseSpec, phaseCount> specs{{{"time/generate", tr("generate"), 0},
        {"time/score", tr("score"), 1}, {"time/train", tr("train"), 2}, {"time/other", tr("other"), 7}}};
    return specs;
}

double StepPhases::total() const
{
    return std::accumulate(seconds.begin(), seconds.end(), 0.0);
}

QList<StepPhases> latestPhases(const SeriesMap& series, int most)
{
    std::map<double, StepPhases> steps;
    for (std::size_t phase = 0; phase < phaseCount; ++phase) {
        const auto found = series.find(phases()[phase].metric);
        if (found == series.end())
            continue;
        const QList<QPointF>& points = found->second;
        for (qsizetype k = std::max<qsizetype>(0, points.size() - most); k < points.size(); ++k)
            steps[points[k].x()].seconds[phase] = points[k].y();
    }
    // A metric that some steps do not have reaches further back than the others.
    while (steps.size() > static_cast<std::size_t>(most))
        steps.erase(steps.begin());
    QList<StepPhases> latest;
    for (auto& [step, phasesOfStep] : steps) {
        phasesOfStep.step = static_cast<std::int64_t>(step);
        latest.append(phasesOfStep);
    }
    return latest;
}

QString stepText(const StepPhases& step)
{
    return tr("Step %1: %2").arg(step.step).arg(formatNumber(step.total(), NumberFormat::Seconds));
}

QString phaseText(const StepPhases& step, std::size_t phase)
{
    const double share = step.total() > 0 ? step.seconds[phase] / step.total() : 0;
    return tr("%1, %2 %").arg(formatNumber(step.seconds[phase], NumberFormat::Seconds)).arg(std::lround(100 * share));
}

} // namespace ahascope::ui
