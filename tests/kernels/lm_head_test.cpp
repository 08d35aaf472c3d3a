#include "tests/kernels/naive_lm_head.h"

namespace ahascope::kernels {
namespace {

struct Outputs {
    std::vector<float> logProbs, entropy, lse;
};

Outputs logProbsOf(const HeadInputs& in, CpuOptions options, std::int64_t gap = 0)
{
    Desk desk(options);
    const Weight head = desk.weight(in.vocabulary, in.channels, in.head);
    const Tensor logProbs = desk.poisoned(1, in.rows);
    const Tensor entropy = desk.poisoned(1, in.rows);
    const Tensor lse = desk.poisoned(1, in.rows);
    desk.backend().lmHeadLogProbs(logProbs, entropy, lse, desk.tensor(in.rows, in.channels, in.hidden, gap), head,
        desk.ids(in.targets), in.temperature);
    return {desk.read(logProbs), desk.read(entropy), desk.read(lse)};
}

void expectSameOutputs(const Outputs& actual, const Outputs& expected, const std::string& what)
{
    expectSame(actual.logProbs, expected.logProbs, what + " logProbs");
    expectSame(actual.entropy, expected.entropy, what + " entropy");
    expectSame(actual.lse, expected.lse, what + " lse");
}

class LmHeadLogProbs : public OperationTest { };

TEST_P(LmHeadLogProbs, AreThoseOfTheSoftmaxOverAllLogits)
{
    const std::vector<HeadInputs> cases = {{1, 3, 2}, {7, 17, 5}, {3, 64, 31}, {65, 16, 256}, {130, 33, 256, 0.7f},
        {9, 300, 1024}, {5, 8, 1025, 1.3f}, {33, 12, 3000}};
    for (const HeadInputs& in : cases) {
        const NaiveHead naive = naiveHead(in);
        const Outputs result = logProbsOf(in, {2, GetParam()});
        const std::string what = std::to_string(in.rows) + " rows, vocabulary " + std::to_string(in.vocabulary);
        expectClose(result.logProbs, naive.logProbs, 1e-6, what + " logProbs");
        expectClose(result.entropy, naive.entropy, 2e-6, what + " entropy");
        expectClose(result.lse, naive.lse, 3e-6, what + " lse");
    }
}

TEST_P(LmHeadLogProbs, TakeALargeVocabularyInTiles)
{
    const HeadInputs in(3, 8, 50257, 0.9f);
    const NaiveHead naive = naiveHead(in);
    const Outputs result = logProbsOf(in, {2, GetParam()});
    expectClose(result.logProbs, naive.logProbs, 1e-6, "logProbs");
    expectClose(result.entropy, naive.entropy, 2e-6, "entropy");
}

TEST_P(LmHeadLogProbs, DoNotDependOnThreadsOrOnTheDistanceOfRows)
{
    for (const HeadInputs& in : {HeadInputs(70, 20, 256), HeadInputs(11, 20, 2500)}) {
        const Outputs one = logProbsOf(in, {1, GetParam()});
        expectSameOutputs(logProbsOf(in, {2, GetParam()}), one, "2 threads");
        expectSameOutputs(logProbsOf(in, {3, GetParam()}), one, "3 threads");
        expectSameOutputs(logProbsOf(in, {1, GetParam()}, 7), one, "gap");
    }
}

TEST_P(LmHeadLogProbs, OfARowAreTheSameAlone)
{
    const HeadInputs all(70, 20, 1300);
    HeadInputs one(1, 20, 1300);
    one.head = all.head;
    const Outputs together = logProbsOf(all, {2, GetParam()});
    for (const std::size_t row : {0, 13, 69}) {
        one.hidden.assign(all.hidden.begin() + static_cast<std::ptrdiff_t>(row * 20),
            all.hidden.begin() + static_cast<std::ptrdiff_t>(row * 20 + 20));
        one.targets = {all.targets[row]};
        expectSameOutputs(logProbsOf(one, {2, GetParam()}),
            {{together.logProbs[row]}, {together.entropy[row]}, {together.lse[row]}}, std::to_string(row));
    }
}

TEST_P(LmHeadLogProbs, StayFiniteForLogitsFarFromZero)
{
    HeadInputs in(2, 1, 4);
    in.hidden = {1000.0, -1000.0};
    in.head = {1.0, -1.0, 0.5, 0.25};
    in.targets = {1, 0};
    const Outputs result = logProbsOf(in, {1, GetParam()});
    EXPECT_EQ(result.logProbs, (std::vector<float>{-2000.0f, -2000.0f}));
    EXPECT_EQ(result.entropy, (std::vector<float>{0.0f, 0.0f}));
    EXPECT_EQ(result.lse, (std::vector<float>{1000.0f, 1000.0f}));
}

TEST_P(LmHeadLogProbs, LetNotANumberThrough)
{
    HeadInputs in(2, 3, 1100);
    in.hidden[4] = std::nan("");
    const Outputs result = logProbsOf(in, {1, GetParam()});
    EXPECT_TRUE(std::isfinite(result.logProbs[0]));
    EXPECT_TRUE(std::isnan(result.logProbs[1]));
    EXPECT_TRUE(std::isnan(result.entropy[1]));
}

TEST_P(LmHeadLogProbs, NeedNoEntropyAndNoRows)
{
    const HeadInputs in(4, 3, 9);
    Desk desk({1, GetParam()});
    const Weight head = desk.weight(9, 3, in.head);
    const Tensor logProbs = desk.poisoned(1, 4);
    const Tensor lse = desk.poisoned(1, 4);
    const Tensor hidden = desk.tensor(4, 3, in.hidden);
    desk.backend().lmHeadLogProbs(logProbs, {}, lse, hidden, head, desk.ids(in.targets), 1.0f);
    expectSame(desk.read(logProbs), logProbsOf(in, {1, GetParam()}).logProbs, "without entropy");
    desk.backend().lmHeadLogProbs(
        logProbs.columnRange(0, 0), {}, lse.columnRange(0, 0), hidden.rowRange(0, 0), head, desk.ids({}), 1.0f);
}

TEST_P(LmHeadLogProbs, RefuseTargetsOutsideTheVocabulary)
{
    HeadInputs in(2, 3, 9);
    in.targets = {0, 9};
    EXPECT_THROW(logProbsOf(in, {1, GetParam()}), std::logic_error);
    in.targets = {-1, 0};
    EXPECT_THROW(logProbsOf(in, {1, GetParam()}), std::logic_error);
}

INSTANTIATE_TEST_SUITE_P(Sets, LmHeadLogProbs, ::testing::ValuesIn(instructionSets()), nameOfSet);

} // namespace
} // namespace ahascope::kernels
