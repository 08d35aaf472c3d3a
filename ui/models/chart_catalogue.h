// Which charts there are, and which metrics they show.
#pragma once

#include <string>
#include <vector>

#include <QString>
#include <Qt>

#include "ui/charts/plot_data.h"

namespace ahascope::ui {

struct CurveSpec {
    std::string metric;
    QString name;
    int colour = 0;
    Qt::PenStyle dash = Qt::SolidLine;
    std::string low{}; // metrics of a confidence band; empty: none
    std::string high{};
};

struct ChartSpec {
    QString id;
    QString title;
    QString help; // what it is, how it is computed, what is good
    NumberFormat format = NumberFormat::Plain;
    std::vector<CurveSpec> curves{};
    bool large = false;
    bool heldOut = false; // of evaluations: sparse, drawn with dots, never smoothed
    bool stacked = false;
    bool fromZero = true;
    std::string baseline{}; // evaluation metric whose value at step 0 is drawn across
    QString empty{};        // why there may be nothing
};

// The curated charts, in order, for a run that has these metrics: rules and held-out sets get curves of their own.
std::vector<ChartSpec> chartCatalogue(const std::vector<std::string>& metrics);

} // namespace ahascope::ui
