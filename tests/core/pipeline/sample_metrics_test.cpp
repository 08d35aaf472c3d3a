#include "core/pipeline/sample_metrics.h"

#include <gmock/gmock.h>

namespace ahascope::pipeline {
namespace {

// Two groups of two: {right and 4 tokens, wrong and 8 tokens cut off}, {right and 2 tokens, right and 2 tokens}.
std::vector<Sample> twoGroups()
{
    auto sample = [](int group, int index, bool correct, std::size_t tokens, int reflections) {
        Sample out;
        out.group = group;
        out.index = index;
        out.correct = correct;
        out.vote = correct ? "7" : "8";
        out.ids.assign(tokens, 1);
        out.entropies.assign(tokens, 0.5f);
        out.scores = {{"accuracy", correct ? 1.0 : 0.0, 1.0, RuleStatus::Graded, ""}};
        out.reflections = reflections;
        return out;
    };
    std::vector<Sample> samples{
        sample(0, 0, true, 4, 1), sample(0, 1, false, 8, 3), sample(1, 0, true, 2, 0), sample(1, 1, true, 2, 0)};
    samples[1].finish = FinishReason::Length;
    samples[1].wellFormed = false;
    samples[0].wellFormed = samples[2].wellFormed = samples[3].wellFormed = true;
    samples[1].mixed = true;
    samples[1].rescued = true;
    return samples;
}

double value(const Metrics& metrics, const char* name)
{
    auto found = find(metrics, name);
    EXPECT_TRUE(found) << name;
    return found.value_or(-1);
}

TEST(SampleMetrics, AreTheMeansWorkedOutByHand)
{
    Metrics metrics;
    addSampleMetrics(metrics, twoGroups(), "");
    EXPECT_DOUBLE_EQ(value(metrics, "accuracy"), 0.75);
    EXPECT_DOUBLE_EQ(value(metrics, "format"), 0.75);
    EXPECT_DOUBLE_EQ(value(metrics, "rewards/accuracy/mean"), 0.75);
    EXPECT_DOUBLE_EQ(value(metrics, "rewards/accuracy/std"), 0.5); // of {1, 0, 1, 1} with ddof 1
    EXPECT_DOUBLE_EQ(value(metrics, "completions/mean_length"), 4.0);
    EXPECT_DOUBLE_EQ(value(metrics, "completions/min_length"), 2.0);
    EXPECT_DOUBLE_EQ(value(metrics, "completions/max_length"), 8.0);
    EXPECT_NEAR(value(metrics, "completions/mean_terminated_length"), 8.0 / 3.0, 1e-12);
    EXPECT_DOUBLE_EQ(value(metrics, "completions/clipped_ratio"), 0.25);
    EXPECT_DOUBLE_EQ(value(metrics, "groups/all_right"), 0.5);
    EXPECT_DOUBLE_EQ(value(metrics, "groups/all_wrong"), 0.0);
    EXPECT_DOUBLE_EQ(value(metrics, "reflection/per_completion"), 1.0);
    EXPECT_DOUBLE_EQ(value(metrics, "reflection/rate"), 0.5);
    EXPECT_DOUBLE_EQ(value(metrics, "reflection/per_1k_tokens"), 250.0); // 4 in 16 tokens
    EXPECT_DOUBLE_EQ(value(metrics, "reflection/rescued"), 0.25);
    EXPECT_DOUBLE_EQ(value(metrics, "language/mixing"), 0.25);
    EXPECT_DOUBLE_EQ(value(metrics, "entropy"), 0.5);
}

TEST(SampleMetrics, LeaveOutWhatCouldNotBeGraded)
{
    std::vector<Sample> samples = twoGroups();
    for (Sample& sample : samples)
        sample.scores[0] = {"accuracy", std::nullopt, 1.0, RuleStatus::Ungraded, "no gold answer"};
    Metrics metrics;
    addSampleMetrics(metrics, samples, "");
    EXPECT_FALSE(find(metrics, "rewards/accuracy/mean"));
}

TEST(SampleMetrics, OfNothingAreNothing)
{
    Metrics metrics;
    addSampleMetrics(metrics, {}, "");
    addPassMetrics(metrics, {}, "eval/", 1);
    EXPECT_TRUE(metrics.empty());
}

TEST(PassMetrics, CountProblemsAndVotes)
{
    Metrics metrics;
    addPassMetrics(metrics, twoGroups(), "eval/", 1);
    EXPECT_DOUBLE_EQ(value(metrics, "eval/pass@1"), 0.75);
    EXPECT_DOUBLE_EQ(value(metrics, "eval/pass@2"), 1.0);
    EXPECT_DOUBLE_EQ(value(metrics, "eval/maj@2"), 0.75); // a tie in the first group counts half
    EXPECT_DOUBLE_EQ(value(metrics, "eval/mean_length"), 4.0);
    EXPECT_LE(value(metrics, "eval/pass@1_low"), 0.75);
    EXPECT_GE(value(metrics, "eval/pass@1_high"), 0.75);
}

TEST(PassMetrics, AreThoseOfTheConfiguredNumberOfSamples)
{
    std::vector<Sample> samples = twoGroups();
    for (int group : {0, 1}) { // three of each problem: right in 1 and in 3 of them
        Sample third = samples[static_cast<std::size_t>(3 * group)];
        third.correct = group == 1;
        third.index = 2;
        samples.insert(samples.begin() + 2 + 3 * group, third);
    }
    Metrics metrics;
    addPassMetrics(metrics, samples, "eval/", 1);
    EXPECT_DOUBLE_EQ(value(metrics, "eval/pass@2"), (2.0 / 3.0 + 1.0) / 2.0);
    EXPECT_DOUBLE_EQ(value(metrics, "eval/pass@3"), 1.0);
    EXPECT_FALSE(find(metrics, "eval/pass@4"));
    EXPECT_TRUE(find(metrics, "eval/maj@3"));
}

} // namespace
} // namespace ahascope::pipeline
