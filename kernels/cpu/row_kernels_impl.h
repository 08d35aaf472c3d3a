// The bodies of RowKernels, compiled once per instruction set (rules: simd.h). Formulas: kernels/backend.h.
#pragma once

#include "kernels/cpu/gate_impl.h"
#include "kernels/cpu/philox_impl.h"
#include "kernels/cpu/row_kernels.h"

namespace ahascope::kernels {
namespace {

// Calls body(i, load, store) for vectors of [begin, end): whole ones, then a partial one.
template <class Body>
inline void forVectors(int64_t begin, int64_t end, const Body& body)
{
    int64_t i = begin;
    for (; i + lanes <= end; i += lanes)
        body(
            i, [](const float* p) { return load(p); }, [](float* p, Vec v) { store(p, v); });
    if (const int64_t rest = end - i; rest > 0)
        body(
            i, [rest](const float* p) { return load(p, rest); }, [rest](float* p, Vec v) { store(p, v, rest); });
}

inline float* row(Rows rows, int64_t i)
{
    return rows.data + i * rows.stride;
}

inline float* vectorOf(Rows rows, NormShape shape, int64_t i)
{
    return shape.heads == 1 ? row(rows, i) : row(rows, i / shape.heads) + i % shape.heads * shape.columns;
}

void add(float* out, const float* x, int64_t count)
{
    forVectors(0, count, [&](int64_t i, auto get, auto put) { put(out + i, get(out + i) + get(x + i)); });
}

void rmsNorm(
    Rows out, float* rstd, Rows x, const float* weight, float epsilon, NormShape shape, int64_t begin, int64_t end)
{
    const int64_t columns = shape.columns;
    for (int64_t t = begin; t < end; ++t) {
        const float* xRow = vectorOf(x, shape, t);
        float* outRow = vectorOf(out, shape, t);
        Vec squares = zero();
        forVectors(0, columns, [&](int64_t i, auto get, auto) {
            const Vec v = get(xRow + i);
            squares = multiplyAdd(v, v, squares);
        });
        const float scale = 1.0f / __builtin_sqrtf(sum(squares) / static_cast<float>(columns) + epsilon);
        if (rstd != nullptr)
            rstd[t] = scale;
        const Vec scales = broadcast(scale);
        forVectors(0, columns,
            [&](int64_t i, auto get, auto put) { put(outRow + i, get(xRow + i) * scales * get(weight + i)); });
    }
}

// With n = x rstd and g = dout * weight:  dx += rstd (g - n mean(g n))
void rmsNormBackward(
    Rows dx, Rows dout, Rows x, const float* weight, const float* rstd, NormShape shape, int64_t begin, int64_t end)
{
    const int64_t columns = shape.columns;
    for (int64_t t = begin; t < end; ++t) {
        const float* xRow = vectorOf(x, shape, t);
        const float* doutRow = vectorOf(dout, shape, t);
        float* dxRow = vectorOf(dx, shape, t);
        Vec products = zero();
        forVectors(0, columns, [&](int64_t i, auto get, auto) {
            products = multiplyAdd(get(doutRow + i) * get(weight + i), get(xRow + i), products);
        });
        const float scale = rstd[t];
        const Vec scales = broadcast(scale);
        const Vec back = broadcast(-sum(products) / static_cast<float>(columns) * scale * scale * scale);
        forVectors(0, columns, [&](int64_t i, auto get, auto put) {
            const Vec g = get(doutRow + i) * get(weight + i);
            const Vec change = multiplyAdd(get(xRow + i), back, g * scales);
            put(dxRow + i, get(dxRow + i) + change);
        });
    }
}

void rmsNormBackwardWeight(
    float* dweight, Rows dout, Rows x, const float* rstd, NormShape shape, int64_t vectors, int64_t begin, int64_t end)
{
    forVectors(begin, end, [&](int64_t i, auto get, auto put) {
        Vec total = zero();
        for (int64_t t = 0; t < vectors; ++t)
            total = multiplyAdd(
                get(vectorOf(dout, shape, t) + i) * get(vectorOf(x, shape, t) + i), broadcast(rstd[t]), total);
        put(dweight + i, get(dweight + i) + total);
    });
}

void addColumnSums(float* out, Rows x, int64_t rows, int64_t begin, int64_t end)
{
    forVectors(begin, end, [&](int64_t i, auto get, auto put) {
        Vec total = zero();
        for (int64_t t = 0; t < rows; ++t)
            total += get(row(x, t) + i);
        put(out + i, get(out + i) + total);
    });
}

void rope(float* x, const float* cosSin, int64_t heads, int64_t headDim, float sign)
{
    const int64_t half = headDim / 2;
    const Vec signs = broadcast(sign);
    for (int64_t h = 0; h < heads; ++h) {
        float* low = x + h * headDim;
        float* high = low + half;
        forVectors(0, half, [&](int64_t i, auto get, auto put) {
            const Vec a = get(low + i);
            const Vec b = get(high + i);
            const Vec c = get(cosSin + i);
            const Vec s = get(cosSin + half + i) * signs;
            put(low + i, multiplyAdd(a, c, zero() - b * s));
            put(high + i, multiplyAdd(b, c, a * s));
        });
    }
}

void swiglu(Rows out, Rows gateUp, int64_t columns, int64_t begin, int64_t end)
{
    for (int64_t t = begin; t < end; ++t) {
        const float* gate = row(gateUp, t);
        float* outRow = row(out, t);
        forVectors(0, columns, [&](int64_t i, auto get, auto put) {
            put(outRow + i, gatedValue(get(gate + i), get(gate + columns + i)));
        });
    }
}

void swigluBackward(Rows dgateUp, Rows dout, Rows gateUp, int64_t columns, int64_t begin, int64_t end)
{
    for (int64_t t = begin; t < end; ++t) {
        const float* gate = row(gateUp, t);
        const float* doutRow = row(dout, t);
        float* dgate = row(dgateUp, t);
        forVectors(0, columns, [&](int64_t i, auto get, auto put) {
            const GateGradient d = gatedGradient(get(doutRow + i), get(gate + i), get(gate + columns + i));
            put(dgate + i, d.gate);
            put(dgate + columns + i, d.up);
        });
    }
}

double sumOfSquares(const float* x, int64_t count)
{
    double sums[lanes] = {};
    int64_t i = 0;
    for (; i + lanes <= count; i += lanes) {
        for (int j = 0; j < lanes; ++j)
            sums[j] += static_cast<double>(x[i + j]) * static_cast<double>(x[i + j]);
    }
    for (int j = 0; i + j < count; ++j)
        sums[j] += static_cast<double>(x[i + j]) * static_cast<double>(x[i + j]);
    double total = 0;
    for (double part : sums)
        total += part;
    return total;
}

// m = b1 m + (1 - b1) g, v = b2 v + (1 - b2) g^2,
// value = keep value - stepSize m / (sqrt(v) inverseRoot + epsilon)
void adamW(
    float* value, const float* gradient, float* mean, float* variance, int64_t count, const AdamWFactors& factors)
{
    const Vec scale = broadcast(factors.gradientScale);
    const Vec beta1 = broadcast(factors.beta1);
    const Vec beta2 = broadcast(factors.beta2);
    const Vec rest1 = broadcast(1.0f - factors.beta1);
    const Vec rest2 = broadcast(1.0f - factors.beta2);
    forVectors(0, count, [&](int64_t i, auto get, auto put) {
        const Vec g = get(gradient + i) * scale;
        const Vec m = multiplyAdd(rest1, g, beta1 * get(mean + i));
        const Vec v = multiplyAdd(rest2 * g, g, beta2 * get(variance + i));
        const Vec root = multiplyAdd(squareRoot(v), broadcast(factors.inverseRoot), broadcast(factors.epsilon));
        const Vec kept = get(value + i) * broadcast(factors.keep);
        put(mean + i, m);
        put(variance + i, v);
        put(value + i, kept - broadcast(factors.stepSize) * m / root);
    });
}

void widenRange(float* out, const uint16_t* x, int64_t count)
{
    int64_t i = 0;
    for (; i + lanes <= count; i += lanes)
        store(out + i, widen(x + i));
    for (; i < count; ++i) {
        const uint32_t bits = static_cast<uint32_t>(x[i]) << 16;
        __builtin_memcpy(out + i, &bits, sizeof bits);
    }
}

// Adding noise below the last place that is kept carries into it as often as the part cut off is large. What is not
// finite is cut only.
inline void addNoise(uint16_t* out, const float* x, const uint32_t* words, int shift, int64_t count)
{
    for (int64_t i = 0; i < count; ++i) {
        uint32_t bits;
        __builtin_memcpy(&bits, x + i, sizeof bits);
        const uint32_t noise = (words[i] >> shift) & 0xffffu;
        const bool finite = (bits & 0x7f800000u) != 0x7f800000u;
        const bool nan = (bits & 0x7fffffffu) > 0x7f800000u; // may be one by its lower half alone
        out[i] = static_cast<uint16_t>((bits + (finite ? noise : 0u)) >> 16 | (nan ? 0x40u : 0u));
    }
}

void roundStochastically(uint16_t* out, const float* x, int64_t count, int64_t first, const RoundingNoise& noise)
{
    constexpr int64_t half = RoundingNoise::block / 2;
    for (int64_t i = 0; i < count; i += 2 * half) {
        uint32_t words[half];
        for (int64_t w = 0; w < half; w += 4 * lanes) {
            const RandomWords random
                = randomWords(static_cast<uint32_t>((first + i) / 8 + w / 4), noise.step, 1, noise.key);
            for (int64_t part = 0; part < 4; ++part)
                storeWords(words + w + part * lanes, random.part[part]);
        }
        const int64_t rest = count - i;
        addNoise(out + i, x + i, words, 0, rest < half ? rest : half);
        if (rest > half)
            addNoise(out + i + half, x + i + half, words, 16, rest < 2 * half ? rest - half : half);
    }
}

void exponentialOf(float* out, const float* x, int64_t count)
{
    forVectors(0, count, [&](int64_t i, auto get, auto put) { put(out + i, exponential(get(x + i))); });
}

void naturalLogOf(float* out, const float* x, int64_t count)
{
    forVectors(0, count, [&](int64_t i, auto get, auto put) { put(out + i, naturalLog(get(x + i))); });
}

constexpr RowKernels rowKernels = {add, rmsNorm, rmsNormBackward, rmsNormBackwardWeight, addColumnSums, rope, swiglu,
    swigluBackward, sumOfSquares, adamW, widenRange, roundStochastically, exponentialOf, naturalLogOf};

} // namespace
} // namespace ahascope::kernels
