#include <map>

#include "kernels/philox.h"
#include "tests/kernels/decode_states.h"
#include "tests/kernels/naive_lm_head.h"

namespace ahascope::kernels {
namespace {

// What one call reports, by row of the batch.
struct Drawn {
    std::vector<std::int32_t> tokens;
    std::vector<float> logProbs, entropy;
};

// All slots run, row r works for slot r, and slot s has generated s % 5 tokens under key {s, 99}.
class Session {
public:
    Session(CpuOptions options, const HeadInputs& inputs, std::int64_t slots)
        : desk(options)
        , in(inputs)
        , head(desk.weight(in.vocabulary, in.channels, in.head))
    {
        state = makeIdleState(desk.backend(), {slots, 0, 1, 2, 2});
        std::vector<std::int32_t> lengths;
        std::vector<std::uint32_t> keys;
        std::vector<std::int32_t> tokens;
        for (std::int64_t slot = 0; slot < slots; ++slot) {
            const std::int32_t generated = static_cast<std::int32_t>(slot % 5);
            tokens.push_back(generated == 0 ? -1 : 0);
            lengths.push_back(std::max(0, generated - 1));
            keys.insert(keys.end(), {static_cast<std::uint32_t>(slot), 99});
        }
        setIds(desk.backend(), state.token, tokens);
        setIds(desk.backend(), state.length, lengths);
        desk.backend().upload(state.key, keys.data());
        desk.backend().fill(state.remaining, 10.0f);
    }

    // hidden row r of the inputs for row r of the batch
    Drawn draw(const SamplingOptions& options, std::int64_t rows)
    {
        Values hidden(in.hidden.begin(), in.hidden.begin() + rows * in.channels);
        desk.backend().lmHeadSample(state, 0, desk.tensor(rows, in.channels, hidden), head, options);
        const std::vector<std::int32_t> slots = idsOf(desk.backend(), state.rows);
        const std::vector<std::int32_t> tokens = idsOf(desk.backend(), state.outTokens.rowRange(0, 1));
        const std::vector<float> logProbs = desk.read(state.outLogProbs.rowRange(0, 1));
        const std::vector<float> entropy = desk.read(state.outEntropy.rowRange(0, 1));
        Drawn drawn;
        for (std::size_t row = 0; row < static_cast<std::size_t>(rows); ++row) {
            const auto slot = static_cast<std::size_t>(slots[row]);
            drawn.tokens.push_back(tokens[slot]);
            drawn.logProbs.push_back(logProbs[slot]);
            drawn.entropy.push_back(entropy[slot]);
        }
        return drawn;
    }

    Desk desk;
    HeadInputs in;
    Weight head;
    DecodeState state;
};

void expectSameDraws(const Drawn& actual, const Drawn& expected, const std::string& what)
{
    EXPECT_EQ(actual.tokens, expected.tokens) << what;
    expectSame(actual.logProbs, expected.logProbs, what + " logProbs");
    expectSame(actual.entropy, expected.entropy, what + " entropy");
}

// The Gumbel-max rule in double: the largest z / temperature - log(E).
std::vector<std::int32_t> naiveDraws(const HeadInputs& in, float temperature, std::int64_t rows)
{
    HeadInputs at = in;
    at.temperature = temperature;
    const NaiveHead naive = naiveHead(at);
    std::vector<std::int32_t> tokens;
    for (std::int64_t row = 0; row < rows; ++row) {
        double best = -1e300;
        tokens.push_back(-1);
        for (std::int64_t v = 0; v < in.vocabulary; ++v) {
            const PhiloxCounter words
                = philox4x32({static_cast<std::uint32_t>(v / 4), static_cast<std::uint32_t>(row % 5), 0, 0},
                    {static_cast<std::uint32_t>(row), 99});
            const double score = naive.all[static_cast<std::size_t>(row * in.vocabulary + v)]
                - std::log(exponentialFromBits(words[static_cast<std::size_t>(v % 4)]));
            if (score > best) {
                best = score;
                tokens.back() = static_cast<std::int32_t>(v);
            }
        }
    }
    return tokens;
}

class LmHeadSample : public OperationTest { };

TEST_P(LmHeadSample, DrawsByTheGumbelMaxRule)
{
    for (const HeadInputs& in :
        {HeadInputs(1, 4, 2), HeadInputs(9, 7, 33), HeadInputs(70, 16, 256), HeadInputs(40, 12, 3000)}) {
        for (const float temperature : {1.0f, 0.7f, 1.5f}) {
            Session session({2, GetParam()}, in, in.rows);
            EXPECT_EQ(session.draw({.temperature = temperature}, in.rows).tokens, naiveDraws(in, temperature, in.rows))
                << in.vocabulary << " tokens at " << temperature;
        }
    }
}

TEST_P(LmHeadSample, DrawsFromALargeVocabulary)
{
    const HeadInputs in(5, 8, 50257);
    Session session({2, GetParam()}, in, in.rows);
    EXPECT_EQ(session.draw({}, in.rows).tokens, naiveDraws(in, 1.0f, in.rows));
}

TEST_P(LmHeadSample, ReportsTheBitsOfLmHeadLogProbs)
{
    for (const HeadInputs& inputs : {HeadInputs(70, 16, 256), HeadInputs(9, 12, 2500), HeadInputs(3, 20, 50257)}) {
        for (const SamplingOptions& options : {SamplingOptions{}, {.temperature = 0.7f, .reportTemperature = 0.7f},
                 {.temperature = 0.0f}, {.temperature = 1.2f, .topK = 20, .topP = 0.9f, .reportTemperature = 0.8f}}) {
            HeadInputs in = inputs;
            Session session({2, GetParam()}, in, in.rows);
            const Drawn drawn = session.draw(options, in.rows);
            in.targets = Values(drawn.tokens.begin(), drawn.tokens.end());
            Desk& desk = session.desk;
            const Tensor logProbs = desk.poisoned(1, in.rows);
            const Tensor entropy = desk.poisoned(1, in.rows);
            desk.backend().lmHeadLogProbs(logProbs, entropy, desk.poisoned(1, in.rows),
                desk.tensor(in.rows, in.channels, in.hidden), session.head, desk.ids(in.targets),
                options.reportTemperature);
            expectSame(drawn.logProbs, desk.read(logProbs), "logProbs");
            expectSame(drawn.entropy, desk.read(entropy), "entropy");
        }
    }
}

TEST_P(LmHeadSample, DoesNotDependOnThreadsRowsOrTheirOrder)
{
    for (const HeadInputs& in : {HeadInputs(61, 16, 256), HeadInputs(61, 16, 1500)}) {
        for (const SamplingOptions& options :
            {SamplingOptions{}, {.topK = 30, .topP = 0.8f}, {.temperature = 0.6f, .topP = 0.95f}}) {
            const Drawn one = Session({1, GetParam()}, in, 61).draw(options, 61);
            for (const int threads : {2, 3})
                expectSameDraws(Session({threads, GetParam()}, in, 61).draw(options, 61), one, "threads");
            Session few({2, GetParam()}, in, 61);
            HeadInputs moved = in;
            std::vector<std::int32_t> slots = {44, 3, 60};
            Drawn expected;
            for (std::size_t row = 0; row < slots.size(); ++row) {
                const auto slot = static_cast<std::size_t>(slots[row]);
                std::copy_n(in.hidden.begin() + static_cast<std::ptrdiff_t>(slot) * 16, 16,
                    few.in.hidden.begin() + static_cast<std::ptrdiff_t>(row) * 16);
                expected.tokens.push_back(one.tokens[slot]);
                expected.logProbs.push_back(one.logProbs[slot]);
                expected.entropy.push_back(one.entropy[slot]);
            }
            setIds(few.desk.backend(), few.state.rows, slots);
            expectSameDraws(few.draw(options, 3), expected, "three rows");
        }
    }
}

TEST_P(LmHeadSample, DrawsManyRowsOfALargeVocabularyInChunks)
{
    // 167 rows of 50,257 logits are more than are in memory at once.
    HeadInputs in(180, 2, 50257);
    const SamplingOptions options{.topK = 40, .topP = 0.9f};
    const Drawn all = Session({2, GetParam()}, in, 180).draw(options, 180);
    Session one({1, GetParam()}, in, 180);
    setIds(one.desk.backend(), one.state.rows, {175});
    std::copy_n(in.hidden.begin() + 175 * 2, 2, one.in.hidden.begin());
    expectSameDraws(one.draw(options, 1), {{all.tokens[175]}, {all.logProbs[175]}, {all.entropy[175]}}, "row 175");
}

TEST_P(LmHeadSample, DrawsTheSameTokensAsEveryOtherInstructionSet)
{
    const HeadInputs in(61, 16, 700);
    EXPECT_EQ(Session({1, GetParam()}, in, 61).draw({}, 61).tokens,
        Session({1, InstructionSet::Baseline}, in, 61).draw({}, 61).tokens);
}

TEST_P(LmHeadSample, GreedyTakesTheFirstOfTheLargestLogits)
{
    HeadInputs in(2, 1, 2100);
    in.hidden = {1.0, -1.0};
    std::fill(in.head.begin(), in.head.end(), 0.0);
    in.head[7] = in.head[900] = in.head[2099] = 5.0;
    in.head[1500] = in.head[2000] = -5.0;
    Session session({2, GetParam()}, in, 2);
    EXPECT_EQ(session.draw({.temperature = 0.0f}, 2).tokens, (std::vector<std::int32_t>{7, 1500}));
}

// Draws of one row of logits under many keys.
std::map<std::int32_t, int> countDraws(
    const Values& logits, const SamplingOptions& options, InstructionSet set, int count)
{
    HeadInputs in(count, 1, static_cast<std::int64_t>(logits.size()));
    in.head = logits;
    std::fill(in.hidden.begin(), in.hidden.end(), 1.0);
    Session session({2, set}, in, count);
    std::map<std::int32_t, int> counts;
    for (const std::int32_t token : session.draw(options, count).tokens)
        ++counts[token];
    return counts;
}

// Pearson's statistic against weights / sum of weights, less its mean, in standard deviations. Rare tokens share a bin.
double surprise(const std::map<std::int32_t, int>& counts, const Values& weights, int draws)
{
    double total = 0;
    for (const double weight : weights)
        total += weight;
    double statistic = 0, rareExpected = 0, rareSeen = 0;
    int bins = 0;
    const auto add = [&](double expected, double seen) {
        if (expected > 0) {
            statistic += (seen - expected) * (seen - expected) / expected;
            ++bins;
        }
    };
    for (std::size_t v = 0; v < weights.size(); ++v) {
        const auto found = counts.find(static_cast<std::int32_t>(v));
        const double seen = found == counts.end() ? 0 : found->second;
        const double expected = weights[v] / total * draws;
        EXPECT_TRUE(expected > 0 || seen == 0) << v;
        if (expected >= 10) {
            add(expected, seen);
        } else {
            rareExpected += expected;
            rareSeen += seen;
        }
    }
    add(rareExpected, rareSeen);
    return (statistic - (bins - 1)) / std::sqrt(2.0 * (bins - 1));
}

TEST_P(LmHeadSample, FollowsTheSoftmax)
{
    constexpr int draws = 8000;
    for (const std::size_t vocabulary : {std::size_t(3), std::size_t(29), std::size_t(1700)}) {
        const Values logits = RandomValues(4).floats(static_cast<std::int64_t>(vocabulary), 2.5);
        for (const float temperature : {1.0f, 0.7f}) {
            Values weights;
            for (const double logit : logits)
                weights.push_back(std::exp(logit / double(temperature)));
            const auto counts = countDraws(logits, {.temperature = temperature}, GetParam(), draws);
            EXPECT_LT(surprise(counts, weights, draws), 4.0) << vocabulary << " tokens at " << temperature;
        }
    }
}

TEST_P(LmHeadSample, FollowsTheSoftmaxWithinTopKAndTopP)
{
    constexpr int draws = 20000;
    const Values logits = {2.0, 1.0, 3.0, 0.0, 2.5, -1.0, 1.5, 0.5};
    Values weights(8);
    for (const std::size_t v : {0, 2, 4}) // the top 5 are 2, 4, 0, 6, 1; the first three of them reach 80 %
        weights[v] = std::exp(logits[v]);
    const auto counts = countDraws(logits, {.topK = 5, .topP = 0.8f}, GetParam(), draws);
    EXPECT_LT(surprise(counts, weights, draws), 4.0);
}

TEST_P(LmHeadSample, DrawsOfOneSequenceAreIndependent)
{
    // Pairs of neighbouring positions under one key, two equally likely tokens: four equally likely pairs.
    HeadInputs in(1, 1, 2);
    in.hidden = {0.0};
    Session session({1, GetParam()}, in, 1);
    session.desk.backend().fill(session.state.remaining, 10000.0f);
    std::map<std::int32_t, int> counts;
    for (int pair = 0; pair < 4000; ++pair) {
        const std::int32_t first = session.draw({}, 1).tokens[0];
        ++counts[2 * first + session.draw({}, 1).tokens[0]];
    }
    EXPECT_LT(surprise(counts, {1, 1, 1, 1}, 4000), 4.0);
}

// Slots 0 to 3: fed a token; its prompt was just computed; stopped; one token left.
class LmHeadSampleState : public OperationTest {
protected:
    static Session session(InstructionSet set)
    {
        HeadInputs in(4, 1, 3);
        in.hidden = {1.0, 1.0, 1.0, 1.0};
        in.head = {0.0, 100.0, 0.0}; // token 1 for certain
        Session result({2, set}, in, 4);
        Backend& backend = result.desk.backend();
        setIds(backend, result.state.token, {0, -1, 0, 2});
        setIds(backend, result.state.length, {6, 0, 3, 0});
        setIds(backend, result.state.remaining, {5, 9, 0, 1});
        return result;
    }
};

TEST_P(LmHeadSampleState, MovesRunningSlotsOn)
{
    Session running = session(GetParam());
    const Drawn drawn = running.draw({}, 4);
    EXPECT_EQ(drawn.tokens, (std::vector<std::int32_t>{1, 1, -1, 1}));
    EXPECT_EQ(drawn.logProbs, (std::vector<float>{0, 0, 0, 0}));
    Backend& backend = running.desk.backend();
    EXPECT_EQ(idsOf(backend, running.state.token), (std::vector<std::int32_t>{1, 1, 0, 1}));
    EXPECT_EQ(idsOf(backend, running.state.length), (std::vector<std::int32_t>{7, 0, 3, 1}));
    EXPECT_EQ(idsOf(backend, running.state.remaining), (std::vector<std::int32_t>{4, 8, 0, 0}));
}

TEST_P(LmHeadSampleState, StopsASequenceAtAnEndToken)
{
    Session running = session(GetParam());
    setIds(running.desk.backend(), running.state.ends, {2, 1});
    EXPECT_EQ(running.draw({.topK = 2}, 4).tokens, (std::vector<std::int32_t>{1, 1, -1, 1}));
    EXPECT_EQ(idsOf(running.desk.backend(), running.state.remaining), (std::vector<std::int32_t>{0, 0, 0, 0}));
    EXPECT_EQ(running.draw({}, 4).tokens, (std::vector<std::int32_t>(4, -1)));
}

TEST_P(LmHeadSampleState, WritesTheAskedOutputRowAndOnlyTheColumnsOfItsRows)
{
    Session running = session(GetParam());
    Backend& backend = running.desk.backend();
    setIds(backend, running.state.rows, {3, 0, 1, 2});
    backend.lmHeadSample(running.state, 1, running.desk.tensor(2, 1, {1.0, 1.0}), running.head, {});
    EXPECT_EQ(idsOf(backend, running.state.outTokens), (std::vector<std::int32_t>{-7, -7, -7, -7, 1, -7, -7, 1}));
}

TEST_P(LmHeadSampleState, RefusesSlotsThatAreNone)
{
    Session running = session(GetParam());
    setIds(running.desk.backend(), running.state.rows, {0, 1, 2, 4});
    EXPECT_THROW(running.draw({}, 4), std::logic_error);
}

TEST_P(LmHeadSampleState, ReportsLogitsThatAreNotNumbers)
{
    Session running = session(GetParam());
    running.in.hidden[0] = std::nan("");
    for (const SamplingOptions& options : {SamplingOptions{}, {.topK = 2}, {.temperature = 0.0f}}) {
        running.desk.backend().fill(running.state.remaining, 5.0f);
        const Drawn drawn = running.draw(options, 4);
        EXPECT_TRUE(std::isnan(drawn.logProbs[0]));
        EXPECT_TRUE(drawn.tokens[0] >= 0 && drawn.tokens[0] < 3);
        EXPECT_EQ(drawn.tokens[1], 1);
    }
}

INSTANTIATE_TEST_SUITE_P(Sets, LmHeadSample, ::testing::ValuesIn(instructionSets()), nameOfSet);
INSTANTIATE_TEST_SUITE_P(Sets, LmHeadSampleState, ::testing::ValuesIn(instructionSets()), nameOfSet);

} // namespace
} // namespace ahascope::kernels
