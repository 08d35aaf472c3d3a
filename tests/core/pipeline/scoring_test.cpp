#include "core/pipeline/scoring.h"

#include <gmock/gmock.h>

namespace ahascope::pipeline {
namespace {

// What the countdown recipe makes of completions of "make 16 using 3 8 11".
std::vector<Sample> scored(const std::vector<std::string>& completions)
{
    const auto tokenizer = text::Tokenizer::fromFile(
        std::filesystem::path(AHASCOPE_SOURCE_DIR) / "resources/models/countdown-tiny/tokenizer.json");
    PromptedProblem problem;
    problem.columns = {{"numbers", "[3, 8, 11]"}, {"target", "16"}};
    SampledGroup group{&problem, {}, {}};
    for (const std::string& text : completions) {
        rollout::Completion& completion = group.completions.emplace_back();
        completion.tokens = tokenizer->encode(text);
        completion.finishReason = rollout::FinishReason::Stop;
        group.keys.push_back(group.keys.size());
    }
    const reward::Recipe recipe({{"accuracy", "accuracy", 1.0, {{"kind", std::string("countdown")}}}}, {}, "test");
    return Scorer(recipe).score({group}, *tokenizer);
}

TEST(Scorer, LetsEqualAnswersVoteTogetherHoweverTheyAreWritten)
{
    const auto samples = scored({" <answer> ( 8 - 3 ) + 11 </answer>", " <answer> 8 - 3 = 5 , 5 + 11 = 16 </answer>",
        " <answer> 11 + 3 + 8 </answer>", " nothing"});
    ASSERT_EQ(samples.size(), 4u);
    EXPECT_TRUE(samples[0].correct && samples[1].correct);
    EXPECT_FALSE(samples[0].vote.empty());
    EXPECT_EQ(samples[0].vote, samples[1].vote);
    EXPECT_NE(samples[0].vote, samples[2].vote);
    EXPECT_EQ(samples[3].vote, "");
}

TEST(Scorer, CallsACompletionRescuedWhenItsFirstCandidateWasWrongAndItsAnswerIsRight)
{
    const auto samples = scored({" <think> 8 + 3 = 11 , 11 + 11 = 22 no wait 8 - 3 = 5 , 5 + 11 = 16 yes </think> "
                                 "<answer> ( 8 - 3 ) + 11 </answer>",
        " <think> 8 - 3 = 5 , 5 + 11 = 16 yes </think> <answer> ( 8 - 3 ) + 11 </answer>",
        " <think> 8 + 3 = 11 , 11 + 11 = 22 no wait 8 - 3 = 5 , 5 + 11 = 16 yes </think> "
        "<answer> 8 + 3 + 11 </answer>"});
    ASSERT_EQ(samples.size(), 3u);
    EXPECT_TRUE(samples[0].rescued);
    EXPECT_FALSE(samples[1].rescued) << "right at once";
    EXPECT_FALSE(samples[2].rescued) << "the answer is wrong";
}

} // namespace
} // namespace ahascope::pipeline
