#include "kernels/cpu/sampling.h"

#include <bit>
#include <cmath>
#include <limits>

namespace ahascope::kernels {

namespace {

// Numbers in the order of the floats they stand for.
std::uint32_t orderOf(float x)
{
    const auto bits = std::bit_cast<std::uint32_t>(x);
    return (bits & 0x80000000U) != 0 ? ~bits : bits | 0x80000000U;
}

float floatOf(std::uint32_t order)
{
    return std::bit_cast<float>((order & 0x80000000U) != 0 ? order & 0x7fffffffU : ~order);
}

// A threshold for which enough(threshold) holds, with at most one logit, or several equal ones, that fails to be
// needed: leaving out the smallest logits that reach it would no longer be enough. Found by halving the floats between;
// enough() must hold for -infinity and, where it holds, for every lower threshold.
template <class Enough>
float lowestNeeded(
    const LmHeadKernels& kernels, const float* logits, std::int64_t count, float most, const Enough& enough)
{
    std::uint32_t holds = orderOf(-std::numeric_limits<float>::infinity());
    std::uint32_t fails = orderOf(most) + 1;
    std::int64_t above = 0;        // logits that reach `fails`
    std::int64_t reaching = count; // logits that reach `holds`
    while (fails - holds > 1 && reaching - above > 1) {
        const std::uint32_t middle = holds + (fails - holds) / 2;
        const std::int64_t found = kernels.countAtLeast(logits, count, floatOf(middle));
        if (enough(floatOf(middle), found)) {
            holds = middle;
            reaching = found;
        } else {
            fails = middle;
            above = found;
        }
    }
    return floatOf(holds);
}

// Weights below the threshold become 0. Of the tokens at the threshold those that come first are kept, as long as
// wanted(weight) says so.
template <class Wanted>
void cut(float* weights, const float* logits, std::int64_t count, float threshold, const Wanted& wanted)
{
    for (std::int64_t v = 0; v < count; ++v) {
        if (logits[v] < threshold || (logits[v] == threshold && !wanted(weights[v])))
            weights[v] = 0.0f;
    }
}

} // namespace

bool isRestricted(const SamplingOptions& options, std::int64_t vocabulary)
{
    return (options.topK > 0 && options.topK < vocabulary) || options.topP < 1.0f;
}

void restrictWeights(const LmHeadKernels& kernels, float* weights, const float* logits, std::int64_t vocabulary,
    const SamplingOptions& options)
{
    const float inverse = 1.0f / options.temperature;
    const float most = logits[kernels.largest(logits, vocabulary)];
    kernels.weigh(weights, logits, vocabulary, inverse, most * inverse);
    const float next = std::nextafter(most, std::numeric_limits<float>::infinity());
    if (options.topK > 0 && options.topK < vocabulary) {
        const float threshold = lowestNeeded(
            kernels, logits, vocabulary, most, [&](float, std::int64_t found) { return found >= options.topK; });
        std::int64_t left = options.topK;
        if (threshold < most)
            left -= kernels.countAtLeast(logits, vocabulary, std::nextafter(threshold, next));
        cut(weights, logits, vocabulary, threshold, [&](float) { return left-- > 0; });
    }
    if (options.topP < 1.0f) {
        const float reach
            = options.topP * kernels.sumAtLeast(weights, logits, vocabulary, -std::numeric_limits<float>::infinity());
        const float threshold = lowestNeeded(kernels, logits, vocabulary, most,
            [&](float x, std::int64_t) { return kernels.sumAtLeast(weights, logits, vocabulary, x) >= reach; });
        float sum = 0.0f;
        if (threshold < most)
            sum = kernels.sumAtLeast(weights, logits, vocabulary, std::nextafter(threshold, next));
        cut(weights, logits, vocabulary, threshold, [&](float weight) {
            const bool wanted = sum < reach;
            sum += weight;
            return wanted;
        });
    }
}

} // namespace ahascope::kernels
