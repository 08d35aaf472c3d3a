// Where the time of a run's latest steps went.
#pragma once

#include <array>
#include <cstdint>

#include <QList>
#include <QString>

#include "ui/models/current_run.h"

namespace ahascope::ui {

inline constexpr std::size_t phaseCount = 4;

// In the order in which a step goes through them. The last is everything else, waiting included.
struct PhaseSpec {
    const char* metric;
    QString name;
    int colour; // index into Theme::series
};
const std::array<PhaseSpec, phaseCount>& phases();

struct StepPhases {
    std::int64_t step = 0;                    // of the whole run
    std::array<double, phaseCount> seconds{}; // 0 for a phase that the step did not have
    double total() const;
};

// At most `most`, the newest last.
QList<StepPhases> latestPhases(const SeriesMap& series, int most);

QString stepText(const StepPhases& step);                     // "Step 12: 2.1 s"
QString phaseText(const StepPhases& step, std::size_t phase); // "1.2 s, 57 %"

} // namespace ahascope::ui
