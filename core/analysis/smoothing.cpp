#include "core/analysis/smoothing.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace ahascope::analysis {

std::vector<double> smoothed(std::span<const double> values, double weight)
{
    std::vector<double> out(values.begin(), values.end());
    if (!(weight > 0.0)) {
        return out;
    }
    double average = 0.0;
    double total = 0.0; // of the weights, 1 - weight^n
    for (double& value : out) {
        if (!std::isfinite(value)) {
            continue;
        }
        average = weight * average + (1.0 - weight) * value;
        total = weight * total + (1.0 - weight);
        value = average / total;
    }
    return out;
}

namespace {

// Indices of the points of one bucket that must be drawn.
struct Bucket {
    std::size_t first = 0;
    std::size_t low = 0;
    std::size_t high = 0;
    std::size_t last = 0;

    void append(std::vector<Point>& out, std::span<const Point> points) const
    {
        std::array<std::size_t, 4> kept{first, low, high, last};
        std::sort(kept.begin(), kept.end());
        const auto end = std::unique(kept.begin(), kept.end());
        for (auto index = kept.begin(); index != end; ++index) {
            out.push_back(points[*index]);
        }
    }
};

} // namespace

std::vector<Point> decimated(std::span<const Point> points, std::size_t buckets)
{
    std::vector<Point> finite;
    finite.reserve(points.size());
    std::copy_if(points.begin(), points.end(), std::back_inserter(finite),
        [](const Point& point) { return std::isfinite(point.x) && std::isfinite(point.y); });
    if (buckets == 0 || finite.size() <= 4 * buckets) {
        return finite;
    }
    const double begin = finite.front().x;
    const double width = (finite.back().x - begin) / static_cast<double>(buckets);
    std::vector<Point> out;
    out.reserve(4 * buckets);
    Bucket bucket;
    std::size_t number = 0;
    for (std::size_t i = 0; i < finite.size(); ++i) {
        const double part = width > 0.0 ? (finite[i].x - begin) / width : 0.0;
        const std::size_t belongs = std::min(static_cast<std::size_t>(part), buckets - 1);
        if (i == 0 || belongs != number) {
            if (i > 0) {
                bucket.append(out, finite);
            }
            bucket = {i, i, i, i};
            number = belongs;
        }
        bucket.last = i;
        if (finite[i].y < finite[bucket.low].y) {
            bucket.low = i;
        }
        if (finite[i].y > finite[bucket.high].y) {
            bucket.high = i;
        }
    }
    bucket.append(out, finite);
    return out;
}

} // namespace ahascope::analysis
