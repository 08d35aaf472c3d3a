#include "kernels/parity/clear_draw.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <numeric>

namespace ahascope::kernels::parity {

namespace {

constexpr double nearLogits = 0.03; // some times what rounding the factors of a logit to BF16 makes
constexpr double nearShares = 0.004;

// The tokens that may be drawn, likeliest first; none when it is not clear which they are.
std::vector<std::size_t> allowed(const std::vector<double>& logits, const SamplingOptions& options)
{
    std::vector<std::size_t> order(logits.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::sort(order, [&](std::size_t a, std::size_t b) { return logits[a] > logits[b]; });
    const auto edgeIsClear = [&](std::size_t count) {
        return count == order.size() || logits[order[count - 1]] - logits[order[count]] > nearLogits;
    };
    std::size_t count = order.size();
    if (options.topK > 0 && static_cast<std::size_t>(options.topK) < count)
        count = static_cast<std::size_t>(options.topK);
    if (!edgeIsClear(count))
        return {};
    order.resize(count);
    if (options.topP >= 1.0f)
        return order;
    std::vector<double> sums;
    double sum = 0;
    for (const std::size_t token : order)
        sums.push_back(sum += std::exp((logits[token] - logits[order[0]]) / double{options.temperature}));
    for (std::size_t i = 0; i < sums.size(); ++i) {
        if (std::abs(sums[i] / sum - double{options.topP}) <= nearShares)
            return {};
        if (sums[i] / sum > double{options.topP}) {
            const bool clear = i + 1 == order.size() || logits[order[i]] - logits[order[i + 1]] > nearLogits;
            order.resize(clear ? i + 1 : 0);
            return order;
        }
    }
    return order;
}

double score(double logit, std::size_t token, float temperature, PhiloxKey key, std::uint32_t position)
{
    const PhiloxCounter words = philox4x32({static_cast<std::uint32_t>(token / 4), position, 0, 0}, key);
    return logit / double{temperature} - std::log(exponentialFromBits(words[token % 4]));
}

} // namespace

bool isClear(const std::vector<double>& logits, const SamplingOptions& options, PhiloxKey key, std::uint32_t position)
{
    const bool greedy = options.temperature == 0.0f;
    const std::vector<std::size_t> tokens = allowed(logits, greedy ? SamplingOptions{} : options);
    if (tokens.empty())
        return false;
    std::vector<double> scores;
    for (const std::size_t token : tokens)
        scores.push_back(greedy ? logits[token] : score(logits[token], token, options.temperature, key, position));
    std::ranges::sort(scores, std::greater());
    const double near = greedy ? nearLogits : nearLogits / double{options.temperature};
    return scores.size() < 2 || scores[0] - scores[1] > near;
}

} // namespace ahascope::kernels::parity
