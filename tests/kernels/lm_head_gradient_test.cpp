#include "tests/kernels/naive_lm_head.h"

namespace ahascope::kernels {
namespace {

struct Upstream {
    Values dlogProbs;
    Values dentropy; // may be empty
};

struct Gradients {
    std::vector<float> dhidden, dhead;
};

Upstream randomUpstream(const HeadInputs& in, bool entropy)
{
    RandomValues random(3);
    const Values dlogProbs = random.floats(in.rows);
    return {dlogProbs, entropy ? random.floats(in.rows) : Values()};
}

// `before` is in the head's gradient already; empty = the head is not trained.
Gradients gradientsOf(const HeadInputs& in, const Upstream& upstream, CpuOptions options, const Values& before)
{
    Desk desk(options);
    Weight head = desk.weight(in.vocabulary, in.channels, in.head, before);
    const Tensor hidden = desk.tensor(in.rows, in.channels, in.hidden, 2);
    const Tensor targets = desk.ids(in.targets);
    const Tensor logProbs = desk.poisoned(1, in.rows);
    const Tensor entropy = desk.poisoned(1, in.rows);
    const Tensor lse = desk.poisoned(1, in.rows);
    desk.backend().lmHeadLogProbs(logProbs, entropy, lse, hidden, head, targets, in.temperature);
    const Tensor dhidden = desk.poisoned(in.rows, in.channels, 1);
    const bool withEntropy = !upstream.dentropy.empty();
    desk.backend().lmHeadLogProbsBackward(dhidden, head, desk.tensor(1, in.rows, upstream.dlogProbs),
        withEntropy ? desk.tensor(1, in.rows, upstream.dentropy) : Tensor(), hidden, lse,
        withEntropy ? entropy : Tensor(), targets, in.temperature);
    return {desk.read(dhidden), head.gradient.empty() ? std::vector<float>() : desk.read(head.gradient)};
}

Gradients gradientsOf(const HeadInputs& in, const Upstream& upstream, CpuOptions options)
{
    return gradientsOf(in, upstream, options, Values(in.head.size()));
}

struct NaiveGradients {
    Values dhidden, dhead;
};

NaiveGradients naiveGradients(const HeadInputs& in, const Upstream& upstream)
{
    const NaiveHead forward = naiveHead(in);
    NaiveGradients result{Values(in.hidden.size()), Values(in.head.size())};
    const auto channels = static_cast<std::size_t>(in.channels);
    const auto vocabulary = static_cast<std::size_t>(in.vocabulary);
    for (std::size_t row = 0; row < static_cast<std::size_t>(in.rows); ++row) {
        for (std::size_t v = 0; v < vocabulary; ++v) {
            const double logProb = forward.all[row * vocabulary + v];
            const double p = std::exp(logProb);
            const double hit = v == static_cast<std::size_t>(in.targets[row]) ? 1.0 : 0.0;
            double dz = upstream.dlogProbs[row] * (hit - p);
            if (!upstream.dentropy.empty())
                dz -= upstream.dentropy[row] * p * (logProb + forward.entropy[row]);
            dz /= double(in.temperature);
            for (std::size_t c = 0; c < channels; ++c) {
                result.dhidden[row * channels + c] += dz * in.head[v * channels + c];
                result.dhead[v * channels + c] += dz * in.hidden[row * channels + c];
            }
        }
    }
    return result;
}

class LmHeadLogProbsBackward : public OperationTest { };

TEST_P(LmHeadLogProbsBackward, IsTheSlopeOfLogProbabilityAndEntropy)
{
    const HeadInputs in(5, 4, 11, 0.7f);
    const Upstream upstream = randomUpstream(in, true);
    Values weights = upstream.dlogProbs;
    weights.insert(weights.end(), upstream.dentropy.begin(), upstream.dentropy.end());
    const auto slope = [&](Values HeadInputs::*moved) {
        return numericGradient(
            [&](const Values& x) {
                HeadInputs at = in;
                at.*moved = x;
                const NaiveHead naive = naiveHead(at);
                Values both = naive.logProbs;
                both.insert(both.end(), naive.entropy.begin(), naive.entropy.end());
                return both;
            },
            in.*moved, weights);
    };
    const Gradients result = gradientsOf(in, upstream, {1, GetParam()});
    expectClose(result.dhidden, slope(&HeadInputs::hidden), 3e-6, "dhidden");
    expectClose(result.dhead, slope(&HeadInputs::head), 3e-6, "dhead");
}

TEST_P(LmHeadLogProbsBackward, FollowsTheFormulaAtOddShapes)
{
    const std::vector<HeadInputs> cases
        = {{1, 3, 2}, {70, 17, 31, 0.7f}, {130, 33, 256}, {6, 300, 1025}, {1030, 5, 1500, 1.3f}};
    for (const HeadInputs& in : cases) {
        for (const bool entropy : {false, true}) {
            const Upstream upstream = randomUpstream(in, entropy);
            const NaiveGradients naive = naiveGradients(in, upstream);
            const Gradients result = gradientsOf(in, upstream, {2, GetParam()});
            const std::string what = std::to_string(in.rows) + " rows, vocabulary " + std::to_string(in.vocabulary);
            expectClose(result.dhidden, naive.dhidden, 4e-6, what + " dhidden");
            expectClose(result.dhead, naive.dhead, 4e-6, what + " dhead");
        }
    }
}

TEST_P(LmHeadLogProbsBackward, TakesALargeVocabularyInTiles)
{
    const HeadInputs in(3, 4, 50257);
    const Upstream upstream = randomUpstream(in, true);
    const NaiveGradients naive = naiveGradients(in, upstream);
    const Gradients result = gradientsOf(in, upstream, {2, GetParam()});
    expectClose(result.dhidden, naive.dhidden, 4e-6, "dhidden");
    expectClose(result.dhead, naive.dhead, 4e-6, "dhead");
}

TEST_P(LmHeadLogProbsBackward, AddsToTheHeadsGradient)
{
    const HeadInputs in(4, 3, 9);
    const Upstream upstream = randomUpstream(in, false);
    Values expected = naiveGradients(in, upstream).dhead;
    for (double& value : expected)
        value += 2.0;
    expectClose(gradientsOf(in, upstream, {1, GetParam()}, Values(in.head.size(), 2.0)).dhead, expected, 1e-6, "dhead");
}

TEST_P(LmHeadLogProbsBackward, NeedsNoGradientOfTheHead)
{
    const HeadInputs in(4, 3, 9);
    const Upstream upstream = randomUpstream(in, false);
    expectSame(gradientsOf(in, upstream, {1, GetParam()}, {}).dhidden,
        gradientsOf(in, upstream, {1, GetParam()}).dhidden, "dhidden");
}

TEST_P(LmHeadLogProbsBackward, GivesEqualBitsForAnyNumberOfThreads)
{
    for (const HeadInputs& in : {HeadInputs(150, 20, 256), HeadInputs(21, 20, 2500)}) {
        const Upstream upstream = randomUpstream(in, true);
        const Gradients one = gradientsOf(in, upstream, {1, GetParam()});
        for (const int threads : {2, 3}) {
            const Gradients other = gradientsOf(in, upstream, {threads, GetParam()});
            expectSame(other.dhidden, one.dhidden, "dhidden");
            expectSame(other.dhead, one.dhead, "dhead");
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Sets, LmHeadLogProbsBackward, ::testing::ValuesIn(instructionSets()), nameOfSet);

} // namespace
} // namespace ahascope::kernels
