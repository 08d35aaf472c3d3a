// Curves made calm for the eye.
#pragma once

#include <QList>
#include <QPointF>

namespace ahascope::ui {

// Debiased exponential moving average of y (analysis::smoothed); weight 0 gives the points back.
QList<QPointF> smoothedCurve(const QList<QPointF>& points, double weight);

// Position of the smoothing slider, 0 to 100, and the weight that it means: most of the travel is where it matters,
// close to 1.
double weightOfSlider(int position);
int sliderOfWeight(double weight);
int storedSmoothing(); // the slider's position in the settings

} // namespace ahascope::ui
