#include "tests/kernels/segment_layouts.h"

namespace ahascope::kernels {
namespace {

struct Outputs {
    std::vector<float> out;
    std::vector<float> lse;
};

Outputs attend(const AttentionInputs& in, CpuOptions options, std::int64_t gap = 0)
{
    Desk desk(options);
    const Tensor out = desk.poisoned(in.rows, in.width(), gap);
    const Tensor lse = desk.poisoned(in.rows, in.shape.heads);
    desk.backend().attention(out, lse, desk.tensor(in.rows, in.width(), in.q, gap),
        desk.tensor(in.rows, in.kvWidth(), in.k, gap), desk.tensor(in.rows, in.kvWidth(), in.v, gap),
        segmentsOn(desk, in.segments), in.shape);
    return {desk.read(out), desk.read(lse)};
}

void expectSameOutputs(const Outputs& actual, const Outputs& expected, const std::string& what)
{
    expectSame(actual.out, expected.out, what + " out");
    expectSame(actual.lse, expected.lse, what + " lse");
}

class Attention : public OperationTest { };

TEST_P(Attention, IsSoftmaxOverPrefixAndOwnRows)
{
    for (const int group : {1, 2, 7}) {
        for (const int headDim : {8, 24, 32, 64, 128}) {
            for (const Layout& layout : oddLayouts()) {
                const AttentionInputs in(2, group, headDim, segmentsOf(layout));
                const NaiveAttention naive = naiveAttention(in);
                const Outputs result = attend(in, {1, GetParam()});
                const std::string what = std::to_string(group) + " x " + std::to_string(headDim);
                expectClose(result.out, naive.out, 3e-6, what);
                expectClose(result.lse, naive.lse, 3e-6, what);
            }
        }
    }
}

TEST_P(Attention, StaysExactOverSeveralChunksOfScores)
{
    const AttentionInputs in(1, 3, 24, segmentsOf({{530, {600, 3}}}));
    const NaiveAttention naive = naiveAttention(in);
    const Outputs result = attend(in, {2, GetParam()});
    expectClose(result.out, naive.out, 3e-6, "out");
    expectClose(result.lse, naive.lse, 3e-6, "lse");
}

TEST_P(Attention, SeesNoFurtherBackThanItsWindow)
{
    for (const std::int64_t window : oddWindows) {
        for (const int headDim : {8, 24, 64}) {
            for (const Layout& layout : oddLayouts()) {
                AttentionInputs in(2, 3, headDim, segmentsOf(layout));
                in.shape.window = window;
                const NaiveAttention naive = naiveAttention(in);
                const Outputs result = attend(in, {2, GetParam()});
                const std::string what = "window " + std::to_string(window) + ", " + std::to_string(headDim);
                expectClose(result.out, naive.out, 3e-6, what);
                expectClose(result.lse, naive.lse, 3e-6, what);
            }
        }
    }
}

TEST_P(Attention, StaysExactWhereAWindowMeetsTheEndOfAChunkOfScores)
{
    for (const std::int64_t window : {1, 17, 500, 511, 512, 513, 529, 600, 2000}) {
        AttentionInputs in(1, 2, 8, segmentsOf({{530, {600, 3}}}));
        in.shape.window = window;
        const NaiveAttention naive = naiveAttention(in);
        const Outputs result = attend(in, {2, GetParam()});
        expectClose(result.out, naive.out, 3e-6, "window " + std::to_string(window));
        expectClose(result.lse, naive.lse, 3e-6, "window " + std::to_string(window));
    }
}

TEST_P(Attention, GivesAWideWindowTheBitsOfNone)
{
    AttentionInputs in(2, 2, 24, segmentsOf({{33, {40, 2, 17}}, {5, {9, 1}}}));
    const Outputs without = attend(in, {2, GetParam()});
    in.shape.window = 73; // the longest sequence
    expectSameOutputs(attend(in, {2, GetParam()}), without, "window");
}

TEST_P(Attention, KeepsNotANumberInsideTheWindow)
{
    AttentionInputs in(1, 2, 8, segmentsOf({{5, {30}}}));
    in.shape.window = 7;
    in.k[2 * 8] = std::nan("");
    in.v[3 * 8] = std::nan("");
    const std::vector<float> out = attend(in, {1, GetParam()}).out;
    for (std::size_t row = 0; row < 35; ++row)
        EXPECT_EQ(std::isnan(out[row * 16]), row >= 2 && row < 10) << row;
}

TEST_P(Attention, TakesScoresFarFromZero)
{
    AttentionInputs in(1, 2, 8, segmentsOf({{600, {20}}}));
    in.shape.scale = 40.0f;
    const NaiveAttention naive = naiveAttention(in);
    const Outputs result = attend(in, {1, GetParam()});
    expectClose(result.lse, naive.lse, 1e-6, "lse");
    expectClose(result.out, naive.out, 3e-4, "out");
}

TEST_P(Attention, GivesEqualBitsForAnyNumberOfThreads)
{
    AttentionInputs in(2, 2, 24, segmentsOf({{33, {40, 2, 17}}, {5, {9, 1}}}));
    for (const std::int64_t window : {0, 20}) {
        in.shape.window = window;
        const Outputs one = attend(in, {1, GetParam()});
        expectSameOutputs(attend(in, {2, GetParam()}), one, "2 threads");
        expectSameOutputs(attend(in, {3, GetParam()}), one, "3 threads");
    }
}

TEST_P(Attention, GivesARowTheSameBitsInAnotherBatch)
{
    const AttentionInputs all(1, 2, 32, segmentsOf({{18, {7, 21}}, {4, {}}}));
    // The second completion without the first.
    AttentionInputs some(1, 2, 32, segmentsOf({{18, {21}}}));
    const auto leaveOut = [](const Values& from, std::ptrdiff_t width) {
        Values result(from.begin(), from.begin() + 18 * width);
        result.insert(result.end(), from.begin() + 25 * width, from.begin() + 46 * width);
        return result;
    };
    some.q = leaveOut(all.q, 64);
    some.k = leaveOut(all.k, 32);
    some.v = leaveOut(all.v, 32);
    const std::vector<float> one = attend(all, {1, GetParam()}).out;
    const std::vector<float> other = attend(some, {1, GetParam()}).out;
    expectSame({other.begin() + 18 * 64, other.end()}, {one.begin() + 25 * 64, one.begin() + 46 * 64}, "completion");
}

TEST_P(Attention, ReadsAndWritesRowsThatAreApart)
{
    const AttentionInputs in(2, 2, 8, segmentsOf({{18, {3}}}));
    expectSameOutputs(attend(in, {1, GetParam()}, 5), attend(in, {1, GetParam()}), "gap");
}

TEST_P(Attention, LetsNotANumberThroughToTheRowsThatSeeIt)
{
    AttentionInputs in(1, 1, 8, segmentsOf({{5, {}}}));
    in.k[2 * 8] = std::nan("");
    const std::vector<float> out = attend(in, {1, GetParam()}).out;
    for (std::size_t row = 0; row < 5; ++row)
        EXPECT_EQ(std::isnan(out[row * 8]), row >= 2) << row;
}

TEST_P(Attention, RefusesAPrefixThatIsNoEarlierSegment)
{
    const std::vector<std::vector<Segment>> broken = {
        {{0, 4, 0, 0}, {4, 3, 1, 3}},               // the middle of a segment
        {{0, 4, 0, 0}, {4, 3, 0, 2}},               // a part of one
        {{0, 4, 0, 0}, {4, 3, 0, 4}, {7, 2, 4, 3}}, // one that has a prefix itself
        {{0, 4, 4, 3}, {4, 3, 0, 0}},               // a later one
        {{0, 4, 0, 0}, {4, 3, 0, -1}},
    };
    for (const std::vector<Segment>& segments : broken)
        EXPECT_THROW(attend(AttentionInputs(1, 1, 8, segments), {1, GetParam()}), std::logic_error);
}

TEST_P(Attention, RefusesSegmentsThatDoNotCoverTheRowsInOrder)
{
    EXPECT_THROW(attend(AttentionInputs(1, 1, 8, {{0, 4, 0, 0}, {5, 3, 0, 0}}), {1, GetParam()}), std::logic_error);
    EXPECT_THROW(attend(AttentionInputs(1, 1, 8, {{3, 4, 0, 0}, {0, 3, 0, 0}}), {1, GetParam()}), std::logic_error);
}

INSTANTIATE_TEST_SUITE_P(Sets, Attention, ::testing::ValuesIn(instructionSets()), nameOfSet);

} // namespace
} // namespace ahascope::kernels
