// The model behind the playground, with a shipped model.
#include "core/pipeline/interactive_model.h"

#include <filesystem>
#include <map>

#include <gmock/gmock.h>

#include "core/pipeline/stop_strings.h"
#include "core/problem.h"
#include "core/rollout/sequence_key.h"
#include "kernels/devices.h"

namespace ahascope::pipeline {

namespace {

using testing::HasSubstr;

const std::filesystem::path shipped = std::filesystem::path(AHASCOPE_SOURCE_DIR) / "resources/models/countdown-tiny";
constexpr const char* prompt = "User: make 10 using 3 4 3 . Assistant:";

struct Heard {
    std::vector<AnswerToken> tokens;
    std::string text;
    int finished = 0;
    rollout::FinishReason reason = rollout::FinishReason::Length;
};

std::map<std::size_t, Heard> answersOf(InteractiveModel& model, const AnswerRequest& request, int atMost = 100'000)
{
    std::map<std::size_t, Heard> heard;
    int tokens = 0;
    model.answer(request,
        {.token =
                [&](std::size_t sample, AnswerToken token) {
                    EXPECT_EQ(heard[sample].finished, 0) << "a token after the end";
                    heard[sample].text += token.text;
                    heard[sample].tokens.push_back(std::move(token));
                    ++tokens;
                },
            .finished =
                [&](std::size_t sample, rollout::FinishReason reason, std::string rest) {
                    heard[sample].text += rest;
                    heard[sample].reason = reason;
                    ++heard[sample].finished;
                },
            .cancelled = [&] { return tokens >= atMost; }});
    return heard;
}

} // namespace

TEST(InteractiveModel, StreamsWhatTheGeneratorGivesInOnePiece)
{
    InteractiveModel model(shipped, "cpu", 1);
    const PolicyModel& policy = model.policy();
    const AnswerRequest request{.prompt = prompt, .samples = 3, .maxNewTokens = 60, .seed = 5, .stop = {"</answer>"}};
    const auto heard = answersOf(model, request);

    rollout::GenerationRequest whole{policy.tokenizer->encode(prompt), {}, 60};
    for (std::uint64_t sample = 0; sample < 3; ++sample)
        whole.keys.push_back(
            rollout::sequenceKey({.seed = 5, .purpose = rollout::Purpose::Interactive, .sample = sample}));
    const StopStrings stop(policy.tokenizer, request.stop);
    rollout::Generator generator(
        policy.parameters->backend(), policy.config, {.slots = 3, .maxPromptTokens = 64, .maxNewTokens = 60});
    const auto result = generator.generate(*policy.parameters, std::span(&whole, 1),
        {.endTokens = policy.special.end,
            .stopMatcher = [&](std::size_t, std::size_t, auto tokens) { return stop.completedBy(tokens); }});
    ASSERT_EQ(heard.size(), 3u);
    for (std::size_t sample = 0; sample < 3; ++sample) {
        const rollout::Completion& completion = result.completions[0][sample];
        const Heard& answer = heard.at(sample);
        EXPECT_EQ(answer.text, policy.tokenizer->decode(completion.tokens, {.skipSpecial = true}));
        EXPECT_EQ(answer.finished, 1);
        EXPECT_EQ(answer.reason, completion.finishReason);
        ASSERT_EQ(answer.tokens.size(), completion.tokens.size());
        for (std::size_t k = 0; k < completion.tokens.size(); ++k) {
            EXPECT_EQ(answer.tokens[k].id, completion.tokens[k]);
            EXPECT_EQ(answer.tokens[k].logProb, completion.logProbs[k]);
            EXPECT_EQ(answer.tokens[k].entropy, completion.entropies[k]);
        }
    }
}

TEST(InteractiveModel, AnswersTheSameAgainWhateverWasAskedBetween)
{
    InteractiveModel model(shipped, "cpu", 1);
    const AnswerRequest request{.prompt = prompt, .maxNewTokens = 40, .seed = 9};
    const std::string first = answersOf(model, request)[0].text;
    AnswerRequest longer{.prompt = std::string(prompt) + " <think>", .samples = 5, .maxNewTokens = 300};
    answersOf(model, longer);
    EXPECT_EQ(answersOf(model, request)[0].text, first);
    AnswerRequest other = request;
    other.seed = 10;
    EXPECT_NE(answersOf(model, other)[0].text, first);
}

TEST(InteractiveModel, TakesTokensInsteadOfATextAndDrawsAnewForEveryRow)
{
    InteractiveModel model(shipped, "cpu", 1);
    AnswerRequest request{.prompt = prompt, .samples = 2, .maxNewTokens = 20};
    const auto first = model.answer(request);
    request.ids = model.policy().tokenizer->encode(prompt);
    request.prompt.clear();
    EXPECT_EQ(model.answer(request), first);
    request.row = 1;
    EXPECT_NE(model.answer(request), first);
}

TEST(InteractiveModel, TakesMemoryForThePromptAndItsAnswerNotForTheContext)
{
    const auto taken = [](std::int64_t maxPositions) {
        auto backend = kernels::makeCpuBackend({.threads = 1});
        const kernels::Backend& device = *backend;
        formats::ModelDescription description = formats::readModelDescription(shipped);
        description.config.maxPositions = maxPositions;
        PolicyModel policy = newPolicy(*backend, std::move(description), 1, 0.02, model::Gradients::None);
        InteractiveModel model(std::move(backend), std::move(policy));
        const std::size_t before = device.bytesInUse();
        model.answer({.prompt = prompt, .maxNewTokens = 20});
        return device.bytesInUse() - before;
    };
    EXPECT_EQ(taken(32768), taken(1024));
}

TEST(InteractiveModel, StopsWhenAskedTo)
{
    InteractiveModel model(shipped, "cpu", 1);
    const auto heard = answersOf(model, {.prompt = prompt, .samples = 2, .maxNewTokens = 400, .temperature = 5.0}, 10);
    std::size_t tokens = 0;
    for (const auto& [sample, answer] : heard) {
        EXPECT_EQ(answer.finished, 0);
        tokens += answer.tokens.size();
    }
    EXPECT_GE(tokens, 10u);
    EXPECT_LE(tokens, 14u);
}

TEST(InteractiveModel, AnswersUpToTheEndOfTheContextAndRefusesAPromptThatFillsIt)
{
    InteractiveModel model(shipped, "cpu", 1);
    std::string filling;
    while (model.policy().tokenizer->encode(filling).size() < 505)
        filling += " 3";
    const auto length = static_cast<std::int64_t>(model.policy().tokenizer->encode(filling).size());
    const auto heard = answersOf(model, {.prompt = filling, .maxNewTokens = 400, .temperature = 5.0});
    EXPECT_LE(static_cast<std::int64_t>(heard.at(0).tokens.size()), 512 - length);
    for (int i = 0; i < 10; ++i)
        filling += " 3";
    try {
        answersOf(model, {.prompt = filling});
        FAIL() << "answered";
    } catch (const InputError& error) {
        EXPECT_THAT(error.what(), HasSubstr("512 positions"));
    }
    EXPECT_THROW(answersOf(model, {.prompt = ""}), InputError);
}

} // namespace ahascope::pipeline
