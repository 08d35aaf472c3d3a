#include "tests/kernels/segment_layouts.h"

namespace ahascope::kernels {
namespace {

struct Gradients {
    std::vector<float> dq, dk, dv;
};

Gradients gradientsOf(const AttentionInputs& in, const Values& dout, CpuOptions options, std::int64_t gap = 0)
{
    Desk desk(options);
    const Segments segments = segmentsOn(desk, in.segments);
    const Tensor q = desk.tensor(in.rows, in.width(), in.q, gap);
    const Tensor k = desk.tensor(in.rows, in.kvWidth(), in.k, gap);
    const Tensor v = desk.tensor(in.rows, in.kvWidth(), in.v, gap);
    const Tensor out = desk.poisoned(in.rows, in.width(), gap);
    const Tensor lse = desk.poisoned(in.rows, in.shape.heads);
    desk.backend().attention(out, lse, q, k, v, segments, in.shape);
    const Tensor dq = desk.poisoned(in.rows, in.width(), gap);
    const Tensor dk = desk.poisoned(in.rows, in.kvWidth(), gap);
    const Tensor dv = desk.poisoned(in.rows, in.kvWidth(), gap);
    desk.backend().attentionBackward(
        dq, dk, dv, desk.tensor(in.rows, in.width(), dout, gap), out, lse, q, k, v, segments, in.shape);
    return {desk.read(dq), desk.read(dk), desk.read(dv)};
}

Values randomGradient(const AttentionInputs& in)
{
    return RandomValues(11).floats(static_cast<std::int64_t>(in.q.size()));
}

// From the formulas at the top of kernels/cpu/attention_gradient_impl.h, in double, pair by pair.
struct NaiveGradients {
    Values dq, dk, dv;
};

NaiveGradients naiveGradients(const AttentionInputs& in, const Values& dout)
{
    const NaiveAttention forward = naiveAttention(in);
    const auto [heads, kvHeads, headDim, scale, window] = in.shape;
    NaiveGradients result{Values(in.q.size()), Values(in.k.size()), Values(in.k.size())};
    const auto pair = [&, heads = heads, kvHeads = kvHeads, d = static_cast<std::size_t>(headDim), scale = scale](
                          std::int64_t row, std::int64_t other, std::int64_t h) {
        const std::size_t i = static_cast<std::size_t>(row * heads + h) * d;
        const std::size_t j = static_cast<std::size_t>(other * kvHeads + h / (heads / kvHeads)) * d;
        double score = 0, dp = 0, delta = 0;
        for (std::size_t c = 0; c < d; ++c) {
            score += in.q[i + c] * in.k[j + c];
            dp += dout[i + c] * in.v[j + c];
            delta += dout[i + c] * forward.out[i + c];
        }
        const double p = std::exp(score * scale - forward.lse[static_cast<std::size_t>(row * heads + h)]);
        const double ds = p * (dp - delta) * scale;
        for (std::size_t c = 0; c < d; ++c) {
            result.dq[i + c] += ds * in.k[j + c];
            result.dk[j + c] += ds * in.q[i + c];
            result.dv[j + c] += p * dout[i + c];
        }
    };
    for (const Segment& segment : in.segments) {
        for (int i = 0; i < segment.length; ++i) {
            for (std::int64_t h = 0; h < heads; ++h) {
                const std::int64_t position = segment.prefixLength + i;
                for (std::int64_t t = window > 0 ? std::max<std::int64_t>(0, position - window + 1) : 0; t <= position;
                     ++t)
                    pair(segment.begin + i,
                        t < segment.prefixLength ? segment.prefixBegin + t : segment.begin + t - segment.prefixLength,
                        h);
            }
        }
    }
    return result;
}

class AttentionBackward : public OperationTest { };

TEST_P(AttentionBackward, IsTheSlopeOfTheFormula)
{
    for (const std::int64_t window : {0, 1, 2, 4}) {
        AttentionInputs in(1, 2, 8, segmentsOf({{3, {2, 4}}, {2, {}}}));
        in.shape.window = window;
        const Values dout = randomGradient(in);
        const Gradients result = gradientsOf(in, dout, {1, GetParam()});
        const auto slope = [&](Values AttentionInputs::*moved) {
            return numericGradient(
                [&](const Values& x) {
                    AttentionInputs at = in;
                    at.*moved = x;
                    return naiveAttention(at).out;
                },
                in.*moved, dout);
        };
        // A row that sees only itself has no gradient of queries and keys: what is left is rounding.
        const double tolerance = window == 1 ? 5e-3 : 1e-5;
        expectClose(result.dq, slope(&AttentionInputs::q), tolerance, "dq");
        expectClose(result.dk, slope(&AttentionInputs::k), tolerance, "dk");
        expectClose(result.dv, slope(&AttentionInputs::v), 1e-5, "dv");
    }
}

TEST_P(AttentionBackward, FollowsTheFormulaInsideAWindow)
{
    for (const std::int64_t window : oddWindows) {
        for (const Layout& layout : oddLayouts()) {
            AttentionInputs in(2, 3, 24, segmentsOf(layout));
            in.shape.window = window;
            const Values dout = randomGradient(in);
            const NaiveGradients naive = naiveGradients(in, dout);
            const Gradients result = gradientsOf(in, dout, {2, GetParam()});
            const std::string what = "window " + std::to_string(window);
            const double tolerance = in.rows == 1 || window == 1 ? 5e-3 : 1e-5;
            expectClose(result.dq, naive.dq, tolerance, what + " dq");
            expectClose(result.dk, naive.dk, tolerance, what + " dk");
            expectClose(result.dv, naive.dv, 1e-5, what + " dv");
        }
    }
}

TEST_P(AttentionBackward, FollowsTheFormulaAtOddShapes)
{
    for (const int group : {1, 2, 7}) {
        for (const int headDim : {8, 24, 32, 64, 128}) {
            for (const Layout& layout : oddLayouts()) {
                const AttentionInputs in(2, group, headDim, segmentsOf(layout));
                const Values dout = randomGradient(in);
                const NaiveGradients naive = naiveGradients(in, dout);
                const Gradients result = gradientsOf(in, dout, {2, GetParam()});
                const std::string what = std::to_string(group) + " x " + std::to_string(headDim);
                // A row that sees only itself has no gradient there: what is left is rounding of numbers around 1.
                const double tolerance = in.rows == 1 ? 5e-3 : 1e-5;
                expectClose(result.dq, naive.dq, tolerance, what + " dq");
                expectClose(result.dk, naive.dk, tolerance, what + " dk");
                expectClose(result.dv, naive.dv, 1e-5, what + " dv");
            }
        }
    }
}

TEST_P(AttentionBackward, AddsUpAllCompletionsOfAPrompt)
{
    const AttentionInputs in(1, 1, 16, segmentsOf({{5, {2, 3, 1}}}));
    Values dout(in.q.size());
    // Only the last rows of the completions matter; the prompt's dv is the sum of what each gives alone.
    Values sum(in.v.size());
    for (const std::size_t row : {6, 9, 10}) {
        Values alone(in.q.size());
        std::fill_n(alone.begin() + static_cast<std::ptrdiff_t>(row * 16), 16, 1.0);
        std::fill_n(dout.begin() + static_cast<std::ptrdiff_t>(row * 16), 16, 1.0);
        const Values dv = naiveGradients(in, alone).dv;
        for (std::size_t i = 0; i < sum.size(); ++i)
            sum[i] += dv[i];
    }
    expectClose(gradientsOf(in, dout, {1, GetParam()}).dv, sum, 1e-6, "dv");
}

TEST_P(AttentionBackward, GivesEqualBitsForAnyNumberOfThreadsAndForRowsThatAreApart)
{
    const AttentionInputs in(2, 2, 24, segmentsOf({{33, {40, 2, 17}}, {5, {9, 1}}, {3, {}}}));
    const Values dout = randomGradient(in);
    const Gradients one = gradientsOf(in, dout, {1, GetParam()});
    for (const Gradients& other : {gradientsOf(in, dout, {2, GetParam()}), gradientsOf(in, dout, {3, GetParam()}),
             gradientsOf(in, dout, {1, GetParam()}, 3)}) {
        expectSame(other.dq, one.dq, "dq");
        expectSame(other.dk, one.dk, "dk");
        expectSame(other.dv, one.dv, "dv");
    }
}

INSTANTIATE_TEST_SUITE_P(Sets, AttentionBackward, ::testing::ValuesIn(instructionSets()), nameOfSet);

} // namespace
} // namespace ahascope::kernels
