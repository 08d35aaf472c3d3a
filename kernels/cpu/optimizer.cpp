#include <algorithm>
#include <array>
#include <cmath>

#include "kernels/cpu/cpu_backend.h"
#include "kernels/cpu/quantiles.h"

namespace ahascope::kernels {

namespace {

constexpr std::int64_t pieceFloats = 16384; // fixes the order of sumOfSquares
static_assert(pieceFloats % QuantisedVector::blockValues == 0);

AdamWFactors adamWFactors(Tensor normSquared, const AdamWOptions& options)
{
    const double rest1 = 1.0 - std::pow(double(options.beta1), double(options.step));
    const double rest2 = 1.0 - std::pow(double(options.beta2), double(options.step));
    AdamWFactors factors{};
    factors.gradientScale = 1.0f;
    if (options.maxGradNorm > 0.0f) {
        const double norm = std::sqrt(double(normSquared.f32()[0]));
        factors.gradientScale = static_cast<float>(std::fmin(1.0, double(options.maxGradNorm) / (norm + 1e-6)));
    }
    factors.beta1 = options.beta1;
    factors.beta2 = options.beta2;
    factors.stepSize = static_cast<float>(double(options.learningRate) / rest1);
    factors.inverseRoot = static_cast<float>(1.0 / std::sqrt(rest2));
    factors.epsilon = options.epsilon;
    factors.keep = static_cast<float>(1.0 - double(options.learningRate) * double(options.weightDecay));
    return factors;
}

} // namespace

void CpuBackend::doSumOfSquares(Tensor out, Tensor x, LinearOptions options)
{
    expect(x.contiguous(), "sumOfSquares: only contiguous tensors");
    m_partialSums.assign(static_cast<std::size_t>((x.count() + pieceFloats - 1) / pieceFloats), 0.0);
    m_pool.forRanges(x.count(), pieceFloats, [&](std::int64_t begin, std::int64_t end, int) {
        m_partialSums[static_cast<std::size_t>(begin / pieceFloats)]
            = m_rows.sumOfSquares(x.f32() + begin, end - begin);
    });
    double total = 0;
    for (double part : m_partialSums)
        total += part;
    out.f32()[0] = static_cast<float>(options.accumulate ? double(out.f32()[0]) + total : total);
}

void CpuBackend::doAdamW(
    Tensor value, Tensor gradient, Tensor mean, Tensor variance, Tensor normSquared, AdamWOptions options)
{
    const AdamWFactors factors = adamWFactors(normSquared, options);
    m_pool.forRanges(value.count(), pieceFloats, [&](std::int64_t begin, std::int64_t end, int) {
        m_rows.adamW(value.f32() + begin, gradient.f32() + begin, mean.f32() + begin, variance.f32() + begin,
            end - begin, factors);
    });
}

// A block's moments are in F32 only while it is updated.
void CpuBackend::doAdamW8bit(Tensor value, Tensor gradient, QuantisedVector mean, QuantisedVector variance,
    Tensor normSquared, AdamWOptions options)
{
    constexpr std::int64_t block = QuantisedVector::blockValues;
    const AdamWFactors factors = adamWFactors(normSquared, options);
    m_pool.forRanges(value.count(), pieceFloats, [&](std::int64_t begin, std::int64_t end, int) {
        std::array<float, block> first{}, second{};
        for (std::int64_t i = begin; i < end; i += block) {
            const std::int64_t count = std::min(block, end - i);
            const std::int64_t at = i / block;
            dequantise(signedQuantiles(), first.data(), mean.codes.u8() + i, mean.scales.f32()[at], count);
            dequantise(unsignedQuantiles(), second.data(), variance.codes.u8() + i, variance.scales.f32()[at], count);
            m_rows.adamW(value.f32() + i, gradient.f32() + i, first.data(), second.data(), count, factors);
            mean.scales.f32()[at] = quantise(signedQuantiles(), mean.codes.u8() + i, first.data(), count);
            variance.scales.f32()[at] = quantise(unsignedQuantiles(), variance.codes.u8() + i, second.data(), count);
        }
    });
}

} // namespace ahascope::kernels
