#include <algorithm>
#include <array>
#include <cmath>

#include "kernels/cpu/cpu_backend.h"
#include "kernels/cpu/quantiles.h"

namespace ahascope::kernels {

namespace {

constexpr std::int64_t pieceFloats = 16384; // fixes the order of sumOfSquares
constexpr std::int64_t block = QuantisedVector::blockValues;
static_assert(pieceFloats % block == 0 && block % RoundingNoise::block == 0);

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

// Gives update() the values in F32, where they are or, of BF16 ones (at most a block), a copy that is rounded back.
// `first` is the place of the first.
template <class Update>
void updateValues(
    const RowKernels& rows, const Tensor& values, std::int64_t first, const AdamWOptions& options, const Update& update)
{
    if (values.dtype == DType::F32)
        return update(values.f32());
    const RoundingNoise noise{
        {static_cast<std::uint32_t>(options.roundingSeed), static_cast<std::uint32_t>(options.roundingSeed >> 32)},
        static_cast<std::uint32_t>(options.step)};
    std::array<float, block> wide;
    rows.widen(wide.data(), values.bf16(), values.count());
    update(wide.data());
    rows.roundStochastically(values.bf16(), wide.data(), values.count(), first, noise);
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
    const std::int64_t step = value.dtype == DType::F32 ? pieceFloats : block;
    m_pool.forRanges(value.count(), pieceFloats, [&](std::int64_t begin, std::int64_t end, int) {
        for (std::int64_t i = begin; i < end; i += step) {
            const std::int64_t count = std::min(step, end - i);
            updateValues(m_rows, value.columnRange(i, count), i, options, [&](float* values) {
                m_rows.adamW(values, gradient.f32() + i, mean.f32() + i, variance.f32() + i, count, factors);
            });
        }
    });
}

// A block's moments are in F32 only while it is updated.
void CpuBackend::doAdamW8bit(Tensor value, Tensor gradient, QuantisedVector mean, QuantisedVector variance,
    Tensor normSquared, AdamWOptions options)
{
    const AdamWFactors factors = adamWFactors(normSquared, options);
    m_pool.forRanges(value.count(), pieceFloats, [&](std::int64_t begin, std::int64_t end, int) {
        std::array<float, block> first{}, second{};
        for (std::int64_t i = begin; i < end; i += block) {
            const std::int64_t count = std::min(block, end - i);
            const std::int64_t at = i / block;
            dequantise(signedQuantiles(), first.data(), mean.codes.u8() + i, mean.scales.f32()[at], count);
            dequantise(unsignedQuantiles(), second.data(), variance.codes.u8() + i, variance.scales.f32()[at], count);
            updateValues(m_rows, value.columnRange(i, count), i, options, [&](float* values) {
                m_rows.adamW(values, gradient.f32() + i, first.data(), second.data(), count, factors);
            });
            mean.scales.f32()[at] = quantise(signedQuantiles(), mean.codes.u8() + i, first.data(), count);
            variance.scales.f32()[at] = quantise(unsignedQuantiles(), variance.codes.u8() + i, second.data(), count);
        }
    });
}

} // namespace ahascope::kernels
