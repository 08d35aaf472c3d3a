#include "kernels/parity/comparison.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

namespace ahascope::kernels::parity {

namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();
constexpr double smallestMagnitude = 1e-3; // results of zeros and nearly so are compared as if they were this large
constexpr double differentCodes = 0.01;    // the share that may round the other way

// The largest error and where it is.
struct Worst {
    double error = 0;
    std::size_t place = 0;

    void add(double candidate, std::size_t at)
    {
        if (candidate > error) {
            error = candidate;
            place = at;
        }
    }
};

// A NaN is infinitely wrong, an expected one as well: a case whose reference has one shows nothing.
double distance(double actual, double expected)
{
    const double difference = std::abs(actual - expected);
    return std::isnan(difference) ? infinite : difference;
}

double magnitude(const std::vector<double>& values)
{
    double largest = smallestMagnitude;
    for (const double value : values)
        largest = std::max(largest, std::abs(value));
    return largest;
}

std::string toString(double value)
{
    char text[32];
    std::snprintf(text, sizeof text, "%.7g", value);
    return text;
}

Worst worstOf(const Kept& actual, const Kept& expected)
{
    Worst worst;
    const double unit = expected.likeness == Likeness::Close ? magnitude(expected.values) : 1.0;
    std::size_t different = 0;
    for (std::size_t i = 0; i < expected.values.size(); ++i) {
        const double difference = distance(actual.values[i], expected.values[i]) / unit;
        different += difference > 0 ? 1 : 0;
        const bool tolerable = expected.likeness == Likeness::Codes && difference <= 1.0;
        worst.add(tolerable ? 0 : difference, i);
    }
    if (expected.likeness == Likeness::Codes
        && static_cast<double>(different) > differentCodes * static_cast<double>(expected.values.size()))
        worst.add(1.0, 0);
    return worst;
}

} // namespace

Difference compare(const std::vector<Kept>& actual, const std::vector<Kept>& expected, double tolerance)
{
    Difference result;
    for (std::size_t i = 0; i < expected.size(); ++i) {
        const Worst worst = worstOf(actual[i], expected[i]);
        result.error = std::max(result.error, worst.error);
        if (worst.error <= tolerance || !result.message.empty())
            continue;
        result.message = expected[i].name + ", value " + std::to_string(worst.place) + ": "
            + toString(actual[i].values[worst.place]) + " instead of " + toString(expected[i].values[worst.place]);
    }
    return result;
}

} // namespace ahascope::kernels::parity
