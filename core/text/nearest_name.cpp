#include "core/text/nearest_name.h"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace ahascope::text {

namespace {

constexpr std::size_t longestName = 128;

// Optimal string alignment distance.
std::size_t editDistance(std::string_view a, std::string_view b)
{
    std::vector<std::size_t> beforeLast(b.size() + 1);
    std::vector<std::size_t> last(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) {
        last[j] = j;
    }
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                row[j] = std::min(row[j], beforeLast[j - 2] + 1);
            }
        }
        std::swap(beforeLast, last);
        std::swap(last, row);
    }
    return last[b.size()];
}

} // namespace

std::string nearestName(std::string_view name, std::span<const std::string> known)
{
    if (name.size() > longestName) {
        return {};
    }
    std::string nearest;
    std::size_t smallest = longestName + 1;
    for (const std::string& candidate : known) {
        if (candidate.size() > longestName) {
            continue;
        }
        const std::size_t distance = editDistance(name, candidate);
        if (distance < smallest && distance <= std::max<std::size_t>(2, candidate.size() / 3)) {
            smallest = distance;
            nearest = candidate;
        }
    }
    return nearest;
}

std::string nameRemedy(std::string_view name, std::span<const std::string> known)
{
    const std::string nearest = nearestName(name, known);
    if (!nearest.empty()) {
        return "did you mean \"" + nearest + "\"?";
    }
    std::string all = "known: ";
    for (std::size_t i = 0; i < known.size(); ++i) {
        all += (i > 0 ? ", " : "") + known[i];
    }
    return all;
}

} // namespace ahascope::text
