// Curves made readable: smoothing, and fewer points without losing a peak.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace ahascope::analysis {

struct Point {
    double x = 0.0;
    double y = 0.0;

    bool operator==(const Point&) const = default;
};

// Exponential moving average, debiased: the mean of the values so far with weights that fall by `weight` per step back,
// so that the first value is itself and not pulled towards 0 (as TensorBoard and W&B do). 0 <= weight < 1; 0 = as it
// is. A value that is not finite stays where it is and is not averaged.
std::vector<double> smoothed(std::span<const double> values, double weight);

// At most 4 * buckets points, in order of x: of each of `buckets` equal parts of the range of x the first, the last,
// the lowest and the highest point, so that the line drawn through them covers the same pixels. Points must be sorted
// by x; those whose y is not finite are left out. Fewer than 4 * buckets points come back as they are.
std::vector<Point> decimated(std::span<const Point> points, std::size_t buckets);

} // namespace ahascope::analysis
