// Softmax, sampling and their gradient on one row of logits. The same rules as for simd.h.
#pragma once

#include "kernels/cpu/lm_head_kernels.h"
#include "kernels/cpu/philox_impl.h"

namespace ahascope::kernels {
namespace {

// Calls work(offset, n) for vectors of a row; n < lanes only for the last one.
template <class Work>
inline void forVectors(int64_t count, const Work& work)
{
    int64_t i = 0;
    for (; i + lanes <= count; i += lanes)
        work(i, static_cast<int64_t>(lanes));
    if (i < count)
        work(i, count - i);
}

inline Vec loadOr(const float* p, int64_t n, Vec otherwise)
{
    static const float places[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    if (n == lanes)
        return load(p);
    return select(less(load(places), broadcast(static_cast<float>(n))), load(p, n), otherwise);
}

inline void storeFirst(float* p, Vec x, int64_t n)
{
    if (n == lanes)
        store(p, x);
    else
        store(p, x, n);
}

float largestLogit(const float* logits, int64_t count)
{
    const Vec none = broadcast(-__builtin_inff());
    Vec most = none;
    forVectors(count, [&](int64_t i, int64_t n) { most = maximum(most, loadOr(logits + i, n, none)); });
    return largest(most);
}

SoftmaxSums softmax(float* weights, const float* logits, int64_t count, float inverseTemperature)
{
    // Rounding keeps order: the largest logit makes the largest x.
    const float most = largestLogit(logits, count) * inverseTemperature;
    const Vec none = broadcast(-__builtin_inff());
    Vec total = zero();
    Vec moment = zero();
    forVectors(count, [&](int64_t i, int64_t n) {
        const Vec x = loadOr(logits + i, n, none) * broadcast(inverseTemperature) - broadcast(most);
        const Vec e = exponential(x);
        if (weights != nullptr)
            storeFirst(weights + i, e, n);
        total += e;
        moment = multiplyAdd(e, maximum(broadcast(-200.0f), x), moment); // exp(-200) is 0, and 0 * infinity is not
    });
    return {most, sum(total), sum(moment)};
}

void weigh(float* weights, const float* logits, int64_t count, float inverseTemperature, float most)
{
    forVectors(count, [&](int64_t i, int64_t n) {
        const Vec x = loadOr(logits + i, n, zero()) * broadcast(inverseTemperature) - broadcast(most);
        storeFirst(weights + i, exponential(x), n);
    });
}

int64_t firstLargest(const float* logits, int64_t count)
{
    const float most = largestLogit(logits, count);
    for (int64_t i = 0; i < count; ++i) {
        if (logits[i] == most)
            return i;
    }
    return 0;
}

// Keeps, per lane, the largest ratio and the first place where it was seen.
struct Race {
    Vec ratio;
    Vec place; // whole numbers below 2^24
};

inline Draw finish(const Race& race)
{
    float ratios[lanes];
    float places[lanes];
    store(ratios, race.ratio);
    store(places, race.place);
    Draw best;
    for (int i = 0; i < lanes; ++i) {
        const auto place = static_cast<int64_t>(places[i]);
        if (ratios[i] > best.ratio || (ratios[i] == best.ratio && ratios[i] > 0.0f && place < best.token))
            best = {place, ratios[i]};
    }
    return best;
}

Draw draw(const float* weights, int64_t count, int64_t firstToken, uint32_t position, const uint32_t* key)
{
    static const float places[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    Race race = {zero(), zero()};
    for (int64_t i = 0; i < count; i += 4 * lanes) {
        const ExponentialNumbers e = exponentialNumbers(static_cast<uint32_t>((firstToken + i) / 4), position, key);
        for (int64_t part = 0; part < 4; ++part) {
            const int64_t place = i + part * lanes;
            if (place >= count)
                break;
            const int64_t n = count - place < lanes ? count - place : lanes;
            const Vec ratio = loadOr(weights + place, n, zero()) / e.part[part];
            const Mask wins = less(race.ratio, ratio);
            race.ratio = select(wins, ratio, race.ratio);
            race.place = select(wins, broadcast(static_cast<float>(place)) + load(places), race.place);
        }
    }
    return finish(race);
}

int64_t countAtLeast(const float* x, int64_t count, float threshold)
{
    Vec found = zero();
    forVectors(count, [&](int64_t i, int64_t n) {
        const Vec below = broadcast(-__builtin_inff());
        found += select(less(loadOr(x + i, n, below), broadcast(threshold)), zero(), broadcast(1.0f));
    });
    // Lanes behind the end count only for a threshold of -infinity.
    const auto total = static_cast<int64_t>(sum(found));
    return total < count ? total : count;
}

float sumAtLeast(const float* weights, const float* x, int64_t count, float threshold)
{
    Vec total = zero();
    forVectors(count, [&](int64_t i, int64_t n) {
        const Vec weight = loadOr(weights + i, n, zero());
        total += select(less(loadOr(x + i, n, zero()), broadcast(threshold)), zero(), weight);
    });
    return sum(total);
}

void logitGradient(float* logits, int64_t count, const LogitGradient& row)
{
    const Vec inverse = broadcast(row.inverseTemperature);
    forVectors(count, [&](int64_t i, int64_t n) {
        const Vec logProb = loadOr(logits + i, n, zero()) * inverse - broadcast(row.lse);
        const Vec p = exponential(logProb);
        const Vec toEntropy = maximum(broadcast(-200.0f), logProb) + broadcast(row.entropy);
        const Vec factor = multiplyAdd(broadcast(row.dentropy), toEntropy, broadcast(row.dlogProb));
        storeFirst(logits + i, zero() - p * factor * inverse, n);
    });
}

void writeExponentials(float* out, int64_t count, int64_t firstToken, uint32_t position, const uint32_t* key)
{
    for (int64_t i = 0; i < count; i += 4 * lanes) {
        const ExponentialNumbers e = exponentialNumbers(static_cast<uint32_t>((firstToken + i) / 4), position, key);
        for (int64_t part = 0; part < 4; ++part) {
            const int64_t place = i + part * lanes;
            if (place < count)
                storeFirst(out + place, e.part[part], count - place < lanes ? count - place : lanes);
        }
    }
}

constexpr LmHeadKernels lmHeadKernels = {
    .softmax = softmax,
    .weigh = weigh,
    .largest = firstLargest,
    .draw = draw,
    .countAtLeast = countAtLeast,
    .sumAtLeast = sumAtLeast,
    .gradient = logitGradient,
    .exponentials = writeExponentials,
};

} // namespace
} // namespace ahascope::kernels
