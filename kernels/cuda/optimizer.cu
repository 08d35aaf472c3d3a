#include <algorithm>
#include <cmath>
#include <vector>

#include "kernels/cpu/quantiles.h"
#include "kernels/cuda/cuda_backend.h"
#include "kernels/cuda/launch.h"
#include "kernels/cuda/philox.cuh"

namespace ahascope::kernels {

namespace cuda {

constexpr int squareThreads = 256;
constexpr std::int64_t squareBlocks = 512; // fixes the order of sumOfSquares
constexpr int quantiles = 256;
constexpr int momentBlock = static_cast<int>(QuantisedVector::blockValues);

__device__ inline double sumOfBlock(double x, double* room)
{
#pragma unroll
    for (int mask = warp / 2; mask > 0; mask /= 2)
        x += __shfl_xor_sync(allLanes, x, mask);
    if (threadIdx.x % warp == 0)
        room[threadIdx.x / warp] = x;
    __syncthreads();
    double sum = 0.0;
    for (int i = 0; i < squareThreads / warp; ++i)
        sum += room[i];
    __syncthreads();
    return sum;
}

__global__ void squaresKernel(double* partial, const float* x, std::int64_t count)
{
    __shared__ double room[squareThreads / warp];
    double sum = 0.0;
    for (std::int64_t i = std::int64_t(blockIdx.x) * squareThreads + threadIdx.x; i < count;
         i += squareBlocks * squareThreads)
        sum += double(x[i]) * double(x[i]);
    sum = sumOfBlock(sum, room);
    if (threadIdx.x == 0)
        partial[blockIdx.x] = sum;
}

__global__ void addSquaresKernel(float* out, const double* partial, bool accumulate)
{
    __shared__ double room[squareThreads / warp];
    double sum = 0.0;
    for (std::int64_t i = threadIdx.x; i < squareBlocks; i += squareThreads)
        sum += partial[i];
    sum = sumOfBlock(sum, room);
    if (threadIdx.x == 0)
        out[0] = static_cast<float>(accumulate ? double(out[0]) + sum : sum);
}

struct AdamWFactors {
    const float* normSquared;
    float maxGradNorm; // 0 = never clip
    float beta1;
    float beta2;
    float stepSize;    // learning rate / (1 - beta1^t)
    float inverseRoot; // 1 / sqrt(1 - beta2^t)
    float epsilon;
    float keep; // 1 - learning rate * weight decay

    __device__ float gradientScale() const
    {
        return maxGradNorm > 0.0f ? fminf(1.0f, maxGradNorm / (sqrtf(normSquared[0]) + 1e-6f)) : 1.0f;
    }
    // One value with its moments.
    __device__ float step(float value, float gradient, float& mean, float& variance) const
    {
        mean = beta1 * mean + (1.0f - beta1) * gradient;
        variance = beta2 * variance + (1.0f - beta2) * gradient * gradient;
        return value * keep - stepSize * mean / (sqrtf(variance) * inverseRoot + epsilon);
    }
};

// The noise of RoundingNoise (kernels/cpu/row_kernels.h): value i uses half i / 64 % 2 of word i % 64 of the words of
// counters (i / 128 * 16 + word / 4, step, 0, 1).
struct Rounding {
    std::uint32_t key0;
    std::uint32_t key1;
    std::uint32_t step;

    __device__ std::uint32_t noise(std::int64_t i) const
    {
        const auto group = static_cast<std::uint32_t>(i / 128 * 16 + i % 64 / 4);
        const std::uint32_t word = wordOf(philox(make_uint4(group, step, 0, 1), key0, key1), static_cast<int>(i % 4));
        return (word >> (i / 64 % 2 * 16)) & 0xffffu;
    }
};

__device__ inline void round(float& to, float x, const Rounding&, std::int64_t)
{
    to = x;
}
// Adding noise below the last place that is kept carries into it as often as the part cut off is large. What is not
// finite is cut only.
__device__ inline void round(Half& to, float x, const Rounding& rounding, std::int64_t i)
{
    std::uint32_t bits = __float_as_uint(x);
    if ((bits & 0x7f800000u) != 0x7f800000u)
        bits += rounding.noise(i);
    narrow(to, __uint_as_float(bits & 0xffff0000u)); // exact
}

template <class T>
struct AdamW {
    T* value;
    const float* gradient;
    float* mean;
    float* variance;
    AdamWFactors factors;
    Rounding rounding;

    template <int width>
    __device__ void apply(std::int64_t, std::int64_t column) const
    {
        float v[width], g[width], first[width], second[width];
        load(v, value + column);
        load(g, gradient + column);
        load(first, mean + column);
        load(second, variance + column);
        const float scale = factors.gradientScale();
#pragma unroll
        for (int i = 0; i < width; ++i)
            round(value[column + i], factors.step(v[i], g[i] * scale, first[i], second[i]), rounding, column + i);
        store(mean + column, first);
        store(variance + column, second);
    }
};

struct MomentView {
    std::uint8_t* codes;
    float* scales;
    const float* values;  // [256] quantiles
    const float* middles; // [255] between them
};

// The nearest quantile of the thread's value under the block's largest magnitude; returns through `moment`.
__device__ inline void quantise(const MomentView& moment, std::int64_t i, bool there, float x, float* room)
{
    float largest = largestOfWarp(there ? fabsf(x) : 0.0f);
    if (threadIdx.x % warp == 0)
        room[threadIdx.x / warp] = largest;
    __syncthreads();
    for (int w = 0; w < momentBlock / warp; ++w)
        largest = fmaxf(largest, room[w]);
    __syncthreads();
    if (threadIdx.x == 0)
        moment.scales[blockIdx.x] = largest;
    const float value = x * (largest > 0.0f ? 1.0f / largest : 0.0f);
    int code = 0;
#pragma unroll
    for (int half = quantiles / 2; half > 0; half /= 2)
        code += moment.middles[code + half - 1] < value ? half : 0;
    if (there)
        moment.codes[i] = static_cast<std::uint8_t>(code);
}

// One block for each block of moments, one thread for each value.
template <class T>
__global__ void adamW8bitKernel(T* value, const float* gradient, MomentView mean, MomentView variance,
    std::int64_t count, AdamWFactors factors, Rounding rounding)
{
    __shared__ float room[momentBlock / warp];
    const std::int64_t i = std::int64_t(blockIdx.x) * momentBlock + threadIdx.x;
    const bool there = i < count;
    float first = 0.0f;
    float second = 0.0f;
    if (there) {
        first = mean.values[mean.codes[i]] * mean.scales[blockIdx.x];
        second = variance.values[variance.codes[i]] * variance.scales[blockIdx.x];
        const float stepped = factors.step(widen(value[i]), gradient[i] * factors.gradientScale(), first, second);
        round(value[i], stepped, rounding, i);
    }
    __syncthreads(); // all have read the scales
    quantise(mean, i, there, first, room);
    quantise(variance, i, there, second, room);
}

AdamWFactors adamWFactors(Tensor normSquared, const AdamWOptions& options)
{
    const double rest1 = 1.0 - std::pow(double(options.beta1), double(options.step));
    const double rest2 = 1.0 - std::pow(double(options.beta2), double(options.step));
    return {normSquared.f32(), options.maxGradNorm, options.beta1, options.beta2,
        static_cast<float>(double(options.learningRate) / rest1), static_cast<float>(1.0 / std::sqrt(rest2)),
        options.epsilon, static_cast<float>(1.0 - double(options.learningRate) * double(options.weightDecay))};
}

Rounding roundingOf(const AdamWOptions& options)
{
    return {static_cast<std::uint32_t>(options.roundingSeed), static_cast<std::uint32_t>(options.roundingSeed >> 32),
        static_cast<std::uint32_t>(options.step)};
}

} // namespace cuda

using namespace cuda;

void CudaBackend::doSumOfSquares(Tensor out, Tensor x, LinearOptions options)
{
    expect(x.contiguous(), "sumOfSquares: only contiguous tensors");
    auto* const partial = reinterpret_cast<double*>(scratch(Scratch::Sums, squareBlocks * sizeof(double)));
    launch(m_stream, "sumOfSquares", Grid{squareBlocks, squareThreads}, squaresKernel, partial, x.f32(), x.count());
    launch(m_stream, "sumOfSquares", Grid{1, squareThreads}, addSquaresKernel, out.f32(), partial, options.accumulate);
}

void CudaBackend::doAdamW(
    Tensor value, Tensor gradient, Tensor mean, Tensor variance, Tensor normSquared, AdamWOptions options)
{
    withType(value.dtype, [&](auto t) {
        using T = decltype(t);
        forElements(m_stream, "adamW", 1, value.columns, widthOf(value, gradient, mean, variance),
            AdamW<T>{reinterpret_cast<T*>(value.data), gradient.f32(), mean.f32(), variance.f32(),
                adamWFactors(normSquared, options), roundingOf(options)});
    });
}

void CudaBackend::doAdamW8bit(Tensor value, Tensor gradient, QuantisedVector mean, QuantisedVector variance,
    Tensor normSquared, AdamWOptions options)
{
    const auto view = [&](const QuantisedVector& moment, bool isSigned) {
        const float* const table = quantileTables() + (isSigned ? 0 : 2 * quantiles);
        return MomentView{moment.codes.u8(), moment.scales.f32(), table, table + quantiles};
    };
    withType(value.dtype, [&](auto t) {
        using T = decltype(t);
        launch(m_stream, "adamW8bit", Grid{ceilDivide(value.columns, momentBlock), momentBlock}, adamW8bitKernel<T>,
            reinterpret_cast<T*>(value.data), gradient.f32(), view(mean, true), view(variance, false), value.columns,
            adamWFactors(normSquared, options), roundingOf(options));
    });
}

const float* CudaBackend::quantileTables()
{
    if (!m_quantiles) {
        std::vector<float> tables;
        for (const Quantiles* table : {&signedQuantiles(), &unsignedQuantiles()}) {
            tables.insert(tables.end(), table->values.begin(), table->values.end());
            tables.insert(tables.end(), table->middles.begin(), table->middles.end());
            tables.push_back(0.0f);
        }
        const auto count = static_cast<std::int64_t>(tables.size());
        m_quantiles = allocate(tables.size() * sizeof(float));
        upload({m_quantiles.get(), DType::F32, 1, count, count}, tables.data());
        synchronize();
    }
    return reinterpret_cast<const float*>(m_quantiles.get());
}

} // namespace ahascope::kernels
