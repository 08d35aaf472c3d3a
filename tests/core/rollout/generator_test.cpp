#include "core/rollout/generator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <set>
#include <stdexcept>

#include "core/rollout/generator_device.h"
#include "core/rollout/sequence_key.h"
#include "kernels/devices.h"
#include "tests/core/model/tiny_model.h"

namespace ahascope::rollout {
namespace {

using Ids = std::vector<std::int32_t>;

std::vector<GenerationRequest> manyRequests(std::int64_t maxNewTokens = 40)
{
    std::vector<GenerationRequest> requests;
    for (std::uint64_t row = 0; row < 7; ++row) {
        GenerationRequest request;
        for (std::uint64_t i = 0; i <= 5 * row; ++i)
            request.prompt.push_back(static_cast<std::int32_t>((11 * row + 7 * i) % 37));
        for (std::uint64_t sample = 0; sample < 1 + row % 4; ++sample)
            request.keys.push_back(sequenceKey({1, 0, Purpose::Rollout, 3, row, sample}));
        request.maxNewTokens = maxNewTokens;
        requests.push_back(std::move(request));
    }
    return requests;
}

class GeneratorTest : public testing::Test {
protected:
    GeneratorTest() { fillRandomly(parameters, 9, 0.3f); }

    static GeneratorCapacity capacity()
    {
        return {.slots = 8, .maxPromptTokens = 40, .maxNewTokens = 40, .prefillTokens = 64, .tokensPerLook = 4};
    }

    static GenerationOptions options()
    {
        GenerationOptions result;
        result.sampling.temperature = 0.9f;
        result.sampling.reportTemperature = 0.9f;
        result.endTokens = {5, 6};
        return result;
    }

    GenerationResult generate(const GeneratorCapacity& how, const GenerationOptions& with)
    {
        return Generator(*backend, parameters.config(), how).generate(parameters, manyRequests(), with);
    }

    std::unique_ptr<kernels::Backend> backend = kernels::makeCpuBackend({.threads = 2});
    model::Parameters parameters{*backend, model::tinyConfig(), model::Gradients::None};
};

TEST_F(GeneratorTest, EndsByTokenOrByLength)
{
    const GenerationResult result = generate(capacity(), options());
    std::set<FinishReason> reasons;
    for (const auto& group : result.completions)
        for (const Completion& completion : group) {
            ASSERT_FALSE(completion.tokens.empty());
            ASSERT_EQ(completion.logProbs.size(), completion.tokens.size());
            ASSERT_EQ(completion.entropies.size(), completion.tokens.size());
            reasons.insert(completion.finishReason);
            const auto isEnd = [](std::int32_t id) { return id == 5 || id == 6; };
            const auto end = std::find_if(completion.tokens.begin(), completion.tokens.end(), isEnd);
            if (completion.finishReason == FinishReason::Stop) {
                EXPECT_EQ(end, completion.tokens.end() - 1);
            } else {
                EXPECT_EQ(end, completion.tokens.end());
                EXPECT_EQ(completion.tokens.size(), 40U);
            }
            for (const float logProb : completion.logProbs)
                EXPECT_LE(logProb, 0.0f);
        }
    EXPECT_EQ(reasons.size(), 2U) << "the model of this test shows both";
}

TEST_F(GeneratorTest, DoesNotDependOnSlotsLooksPassesOrMemory)
{
    const auto expected = generate(capacity(), options()).completions;
    for (const std::int64_t slots : {1, 3, 19, 64}) {
        GeneratorCapacity how = capacity();
        how.slots = slots;
        EXPECT_EQ(generate(how, options()).completions, expected) << slots << " slots";
    }
    for (const std::int64_t look : {1, 7, 64}) {
        GeneratorCapacity how = capacity();
        how.tokensPerLook = look;
        EXPECT_EQ(generate(how, options()).completions, expected) << "look every " << look;
    }
    GeneratorCapacity how = capacity();
    how.prefillTokens = 1;
    EXPECT_EQ(generate(how, options()).completions, expected) << "one prompt per pass";
}

TEST_F(GeneratorTest, GoesOnWhereItWasAfterTheMemoryRanOut)
{
    GenerationOptions with = options();
    with.endTokens = {5};
    const auto expected = generate(capacity(), with).completions;
    std::int64_t preemptions = 0;
    for (std::size_t pages = 6; pages < 20; ++pages) {
        GeneratorCapacity how = capacity();
        how.tokensPerLook = 3;
        how.kvBytes = pages * bytesPerPage(*backend, parameters.config(), kernels::DType::F32);
        const GenerationResult result = generate(how, with);
        EXPECT_EQ(result.completions, expected) << pages << " pages";
        preemptions += result.statistics.preemptions;
    }
    EXPECT_GT(preemptions, 5);
}

TEST_F(GeneratorTest, DoesNotDependOnThreads)
{
    const auto expected = generate(capacity(), options()).completions;
    const auto one = kernels::makeCpuBackend({.threads = 1});
    model::Parameters same(*one, model::tinyConfig(), model::Gradients::None);
    fillRandomly(same, 9, 0.3f);
    Generator generator(*one, same.config(), capacity());
    EXPECT_EQ(generator.generate(same, manyRequests(), options()).completions, expected);
}

TEST_F(GeneratorTest, DoesNotDependOnTheOtherRequests)
{
    const auto expected = generate(capacity(), options()).completions;
    const auto requests = manyRequests();
    Generator generator(*backend, parameters.config(), capacity());
    for (std::size_t i = 0; i < requests.size(); ++i)
        EXPECT_EQ(generator.generate(parameters, std::span(requests).subspan(i, 1), options()).completions.front(),
            expected[i]);
}

TEST_F(GeneratorTest, CutsWhereAMatcherSaysWhateverTheLook)
{
    GenerationOptions with = options();
    with.endTokens.clear();
    with.stopMatcher = [](std::size_t, std::size_t, std::span<const std::int32_t> tokens) {
        return tokens.size() >= 2 && tokens.back() % 3 == 0 && tokens[tokens.size() - 2] % 3 == 0;
    };
    GeneratorCapacity how = capacity();
    how.tokensPerLook = 1;
    const auto expected = generate(how, with).completions;
    how.tokensPerLook = 16;
    EXPECT_EQ(generate(how, with).completions, expected);
    bool stopped = false;
    for (const auto& group : expected)
        for (const Completion& completion : group)
            if (completion.finishReason == FinishReason::Stop) {
                stopped = true;
                EXPECT_EQ(completion.tokens.back() % 3, 0);
                EXPECT_EQ(completion.tokens[completion.tokens.size() - 2] % 3, 0);
            }
    EXPECT_TRUE(stopped);
}

TEST_F(GeneratorTest, ShowsTheMatcherEveryTokenOnceInOrder)
{
    std::map<std::pair<std::size_t, std::size_t>, std::size_t> seen;
    GenerationOptions with = options();
    with.endTokens.clear();
    with.stopMatcher = [&](std::size_t request, std::size_t sample, std::span<const std::int32_t> tokens) {
        EXPECT_EQ(tokens.size(), ++seen[std::pair(request, sample)]);
        return false;
    };
    GeneratorCapacity how = capacity();
    how.kvBytes = 8 * bytesPerPage(*backend, parameters.config(), kernels::DType::F32); // some are put back on the way
    generate(how, with);
    EXPECT_EQ(seen[std::pair(std::size_t{6}, std::size_t{2})], 40U);
}

TEST_F(GeneratorTest, TakesTheLikeliestTokenAtTemperatureZero)
{
    GenerationOptions with = options();
    with.sampling.temperature = 0;
    with.sampling.reportTemperature = 1;
    const auto completions = generate(capacity(), with).completions;
    for (const auto& group : completions)
        for (const Completion& completion : group)
            EXPECT_EQ(completion.tokens, group.front().tokens) << "keys play no part";
}

TEST_F(GeneratorTest, ReportsProgressAndFinishedCompletions)
{
    GenerationOptions with = options();
    std::vector<GenerationProgress> progress;
    std::size_t finished = 0;
    with.progress = [&](const GenerationProgress& now) { progress.push_back(now); };
    with.finished = [&](std::size_t, std::size_t, const Completion& completion) {
        EXPECT_FALSE(completion.tokens.empty());
        ++finished;
    };
    const GenerationResult result = generate(capacity(), with);
    std::size_t total = 0;
    for (const GenerationRequest& request : manyRequests())
        total += request.keys.size();
    EXPECT_EQ(finished, total);
    ASSERT_FALSE(progress.empty());
    EXPECT_EQ(progress.back().finished, static_cast<std::int64_t>(total));
    EXPECT_EQ(progress.back().total, static_cast<std::int64_t>(total));
    EXPECT_EQ(progress.back().tokens, result.statistics.tokens);
    EXPECT_FALSE(result.cancelled);
}

TEST_F(GeneratorTest, StopsBetweenLooksWhenCancelled)
{
    GenerationOptions with = options();
    with.endTokens.clear();
    int looks = 0;
    with.cancelled = [&] { return looks++ == 3; };
    const GenerationResult result = generate(capacity(), with);
    EXPECT_TRUE(result.cancelled);
    EXPECT_EQ(result.statistics.chunks, 3);
    EXPECT_EQ(result.completions[0][0].tokens.size(), 1U + 3 * 4);
    EXPECT_TRUE(result.completions[6][2].tokens.empty());
    // And is whole again afterwards.
    with.cancelled = {};
    Generator generator(*backend, parameters.config(), capacity());
    const auto fresh = generator.generate(parameters, manyRequests(), with).completions;
    EXPECT_EQ(generator.generate(parameters, manyRequests(), with).completions, fresh);
}

TEST_F(GeneratorTest, AnswersRequestsForNoTokensAndForOne)
{
    std::vector<GenerationRequest> requests = manyRequests(0);
    requests[1].maxNewTokens = 1;
    requests.push_back({{1}, {}, 5});
    Generator generator(*backend, parameters.config(), capacity());
    const GenerationResult result = generator.generate(parameters, requests, options());
    EXPECT_TRUE(result.completions[0][0].tokens.empty());
    EXPECT_EQ(result.completions[1][0].tokens.size(), 1U);
    EXPECT_TRUE(result.completions.back().empty());
}

TEST_F(GeneratorTest, SaysWhatIsWrongWithARequest)
{
    Generator generator(*backend, parameters.config(), capacity());
    const auto messageOf = [&](GenerationRequest request, GenerationOptions with) -> std::string {
        try {
            generator.generate(parameters, std::span(&request, 1), with);
        } catch (const std::invalid_argument& error) {
            return error.what();
        }
        return "";
    };
    EXPECT_EQ(messageOf({{}, {1}, 4}, options()), "request 0: the prompt is empty");
    EXPECT_EQ(messageOf({Ids(41, 1), {1}, 4}, options()), "request 0: the prompt has 41 tokens, at most 40 fit");
    EXPECT_EQ(messageOf({{1}, {1}, 41}, options()), "request 0: 41 new tokens asked for, at most 40 fit");
    EXPECT_EQ(messageOf({{1, 37}, {1}, 4}, options()), "request 0: token id 37 is outside the vocabulary of 37");
    GenerationOptions with = options();
    with.endTokens = {1, 2, 3, 4, 5};
    EXPECT_EQ(messageOf({{1}, {1}, 4}, with), "at most 4 end tokens, 5 given");
}

TEST_F(GeneratorTest, RefusesLessMemoryThanOneSequenceNeeds)
{
    GeneratorCapacity how = capacity();
    how.kvBytes = 3 * bytesPerPage(*backend, parameters.config(), kernels::DType::F32);
    EXPECT_THROW(Generator(*backend, parameters.config(), how), kernels::OutOfMemory);
}

TEST_F(GeneratorTest, TakesNoMemoryWhileItGenerates)
{
    Generator generator(*backend, parameters.config(), capacity());
    generator.generate(parameters, manyRequests(), options());
    const std::size_t before = backend->peakBytes();
    generator.generate(parameters, manyRequests(), options());
    EXPECT_EQ(backend->peakBytes(), before);
}

TEST_F(GeneratorTest, RunsOnThePlanBackend)
{
    const auto plan = kernels::makePlanBackend();
    model::Parameters counted(*plan, model::tinyConfig(), model::Gradients::None);
    Generator generator(*plan, counted.config(), capacity());
    const GenerationResult result = generator.generate(counted, manyRequests(), options());
    EXPECT_EQ(result.completions[3][0].tokens.size(), 40U) << "the worst case: everything runs to its length";
    EXPECT_GT(plan->peakBytes(), 0U);
}

TEST(GeneratorRows, TakeFewDifferentNumbers)
{
    EXPECT_EQ(rowsFor(1, 64), 1);
    EXPECT_EQ(rowsFor(3, 64), 4);
    EXPECT_EQ(rowsFor(8, 64), 8);
    EXPECT_EQ(rowsFor(9, 64), 16);
    EXPECT_EQ(rowsFor(17, 64), 24);
    EXPECT_EQ(rowsFor(5, 6), 6);
}

} // namespace
} // namespace ahascope::rollout
