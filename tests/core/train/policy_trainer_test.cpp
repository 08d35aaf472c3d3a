#include "core/train/policy_trainer.h"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>

#include "tests/core/train/trainer_support.h"

namespace ahascope::train {
namespace {

class PolicyTrainerTest : public testing::Test {
protected:
    PolicyTrainerTest() { fillRandomly(policy, 21, 0.3f); }

    static PolicyTrainerOptions options()
    {
        PolicyTrainerOptions result;
        result.optimizer.weightDecay = 0.1;
        result.schedule = {.type = SchedulerType::Constant, .learningRate = 1e-2, .steps = 100};
        result.temperature = 0.8f;
        result.tokenBudget = 100;
        result.maxSequenceTokens = 64;
        return result;
    }

    // Rollout and update, `count` times.
    std::vector<float> train(PolicyTrainer& trainer, std::uint64_t first, std::uint64_t count)
    {
        for (std::uint64_t step = first; step < first + count; ++step) {
            std::vector<PolicyGroup> groups = sampleGroups(*backend, policy, 0.8f, step);
            EXPECT_TRUE(trainer.update({.groups = groups}).applied);
        }
        return allValues(policy);
    }

    std::unique_ptr<kernels::Backend> backend = kernels::makeCpuBackend({.threads = 2});
    model::Parameters policy{*backend, model::tinyConfig(), model::Gradients::Kept};
};

TEST_F(PolicyTrainerTest, SeesTheSamplersLogProbabilitiesBitForBit)
{
    for (const std::int64_t budget : {1, 100, 1000}) {
        PolicyTrainerOptions how = options();
        how.tokenBudget = budget;
        how.schedule.learningRate = 0;
        std::vector<PolicyGroup> groups = sampleGroups(*backend, policy, 0.8f);
        PolicyTrainer trainer(*backend, policy, how);
        const auto metrics = trainer.update({.groups = groups, .fresh = true}).metrics;
        EXPECT_EQ(metrics.at("sampler_trainer_logprob_gap"), 0.0);
        EXPECT_EQ(metrics.at("sampler_trainer_logprob_gap_max"), 0.0);
        EXPECT_EQ(metrics.at("sampler_trainer_equal_share"), 1.0);
        EXPECT_EQ(metrics.at("clip_ratio/region_mean"), 0.0);
        EXPECT_EQ(metrics.at("skipped_samples"), 0.0);
    }
}

TEST_F(PolicyTrainerTest, SeesThemBitForBitWithEveryOptionOfTheFamilies)
{
    model::ModelConfig config = model::tinyConfigWithOptions();
    config.ropeScaling
        = {.type = model::RopeType::Yarn, .factor = 4.0, .originalPositions = 64, .attentionFactor = 1.1};
    for (const std::int64_t window : {1, 5, 16, 17}) {
        config.slidingWindow = window;
        model::Parameters other(*backend, config, model::Gradients::Kept);
        fillRandomly(other, 22, 0.3f);
        PolicyTrainer trainer(*backend, other, options());
        std::vector<PolicyGroup> groups = sampleGroups(*backend, other, 0.8f);
        const auto metrics = trainer.update({.groups = groups, .fresh = true}).metrics;
        EXPECT_EQ(metrics.at("sampler_trainer_equal_share"), 1.0) << "window " << window;
    }
}

TEST_F(PolicyTrainerTest, MakesRewardedCompletionsLikelier)
{
    std::vector<PolicyGroup> groups = sampleGroups(*backend, policy, 0.8f);
    PolicyTrainer trainer(*backend, policy, options());
    const auto first = trainer.update({.groups = groups, .fresh = true}).metrics;
    const auto second = trainer.update({.groups = groups}).metrics; // num_iterations = 2
    EXPECT_LT(second.at("loss"), first.at("loss"));
    EXPECT_GT(second.at("clip_ratio/region_mean"), 0.0);
    EXPECT_FALSE(second.contains("sampler_trainer_logprob_gap"));
    EXPECT_EQ(trainer.step(), 2);
}

TEST_F(PolicyTrainerTest, SkipsGroupsWithoutAdvantageExactly)
{
    std::vector<PolicyGroup> groups = sampleGroups(*backend, policy, 0.8f);
    double tokens = 0;
    for (const PolicyGroup& group : groups)
        for (const PolicySample& sample : group.samples)
            tokens += static_cast<double>(sample.tokens.size());
    for (PolicySample& sample : groups[1].samples)
        sample.advantage = 0;
    groups[3].samples[2].advantage = 0;
    const std::vector<float> before = allValues(policy);
    PolicyTrainer all(*backend, policy, options());
    const UpdateResult whole = all.update({.groups = groups});
    const std::vector<float> after = allValues(policy);
    EXPECT_EQ(whole.metrics.at("skipped_samples"), 5.0);

    // The same update without them, normalised by the tokens of all.
    policy.backend().upload(policy.trained().bytes(), before.data());
    policy.commit();
    groups.erase(groups.begin() + 1);
    groups[2].samples.erase(groups[2].samples.begin() + 2);
    PolicyTrainer few(*backend, policy, options());
    const UpdateResult part = few.update({.groups = groups, .items = tokens});
    EXPECT_EQ(allValues(policy), after);
    EXPECT_EQ(whole.metrics.at("loss"), part.metrics.at("loss"));
    EXPECT_NE(before, after);
}

TEST_F(PolicyTrainerTest, CountsTheEntropyOfSkippedSamples)
{
    std::vector<PolicyGroup> groups = sampleGroups(*backend, policy, 0.8f);
    PolicyTrainerOptions how = options();
    how.schedule.learningRate = 0;
    PolicyTrainer trainer(*backend, policy, how);
    const double entropy = trainer.update({.groups = groups}).metrics.at("entropy");
    for (PolicyGroup& group : groups)
        for (PolicySample& sample : group.samples)
            sample.advantage = 0;
    const UpdateResult idle = trainer.update({.groups = groups});
    EXPECT_NEAR(idle.metrics.at("entropy"), entropy, 1e-6);
    EXPECT_EQ(idle.metrics.at("train_tokens"), 0.0);
    EXPECT_TRUE(idle.applied);
}

TEST_F(PolicyTrainerTest, LeavesTruncatedCompletionsOutWhenTold)
{
    std::vector<PolicyGroup> groups = sampleGroups(*backend, policy, 0.8f);
    PolicyTrainerOptions how = options();
    how.loss.maskTruncatedCompletions = true;
    how.loss.beta = 0.1;
    PolicyTrainer trainer(*backend, policy, how);
    double truncated = 0;
    for (const PolicyGroup& group : groups)
        for (const PolicySample& sample : group.samples)
            truncated += sample.truncated ? 1 : 0;
    ASSERT_GT(truncated, 0);
    ASSERT_LT(truncated, 16);
    EXPECT_EQ(trainer.update({.groups = groups}).metrics.at("skipped_samples"), truncated);
}

TEST_F(PolicyTrainerTest, GoesOnBitForBitFromItsState)
{
    PolicyTrainerOptions how = options();
    how.loss.beta = 0.05;
    how.refModelSyncSteps = 2;
    how.refModelMixupAlpha = 0.6f;
    how.useAdaptiveEntropy = true;
    how.entropyTarget = 10;
    PolicyTrainer trainer(*backend, policy, how);
    train(trainer, 0, 3);
    const StoredState middle(trainer);
    const std::vector<float> expected = train(trainer, 3, 3);
    const StoredState end(trainer);

    fillRandomly(policy, 99); // another policy altogether
    PolicyTrainer resumed(*backend, policy, how);
    middle.giveBack(resumed);
    EXPECT_EQ(resumed.step(), 3);
    EXPECT_EQ(train(resumed, 3, 3), expected);
    EXPECT_TRUE(StoredState(resumed) == end);
    EXPECT_TRUE(end.contains("policy/values"));
    EXPECT_TRUE(end.contains("reference/values"));
}

TEST_F(PolicyTrainerTest, TrainsAnAdapterAgainstTheModelWithoutIt)
{
    model::Parameters adapted(*backend, model::tinyConfig(), model::Gradients::Kept, model::allLinear(4));
    fillRandomly(adapted, 21, 0.3f);
    adapted.initialiseAdapter(1);
    PolicyTrainerOptions how = options();
    how.loss.beta = 0.05;
    PolicyTrainer trainer(*backend, adapted, how);
    EXPECT_EQ(trainer.reference(), nullptr); // no copy
    const auto step = [&](PolicyTrainer& by, std::uint64_t index) {
        std::vector<PolicyGroup> groups = sampleGroups(*backend, adapted, 0.8f, index);
        return by.update({.groups = groups, .fresh = true}).metrics;
    };
    EXPECT_EQ(step(trainer, 0).at("kl"), 0.0);
    const auto later = step(trainer, 1);
    EXPECT_GT(later.at("kl"), 0.0);
    EXPECT_EQ(later.at("sampler_trainer_logprob_gap_max"), 0.0);

    const StoredState middle(trainer);
    EXPECT_FALSE(middle.contains("reference/values"));
    step(trainer, 2);
    const std::vector<float> expected = allValues(adapted);
    fillAdapterRandomly(adapted, 5);
    PolicyTrainer resumed(*backend, adapted, how);
    middle.giveBack(resumed);
    step(resumed, 2);
    EXPECT_EQ(allValues(adapted), expected);
    std::vector<float> own, untouched;
    for (const model::NamedTensor& tensor : policy.tensors()) {
        own.resize(static_cast<std::size_t>(tensor.count()));
        untouched.resize(own.size());
        adapted.get(tensor, own);
        policy.get(tensor, untouched);
        EXPECT_EQ(own, untouched) << tensor.name;
    }
}

TEST_F(PolicyTrainerTest, DoesNotDependOnThreads)
{
    PolicyTrainer trainer(*backend, policy, options());
    const std::vector<float> expected = train(trainer, 0, 3);
    backend->synchronize();
    const auto one = kernels::makeCpuBackend({.threads = 1});
    model::Parameters same(*one, model::tinyConfig(), model::Gradients::Kept);
    fillRandomly(same, 21, 0.3f);
    PolicyTrainer alone(*one, same, options());
    for (std::uint64_t step = 0; step < 3; ++step) {
        std::vector<PolicyGroup> groups = sampleGroups(*one, same, 0.8f, step);
        alone.update({.groups = groups});
    }
    EXPECT_EQ(allValues(same), expected);
}

TEST_F(PolicyTrainerTest, DoesNotApplyWhatIsNotFinite)
{
    std::vector<PolicyGroup> groups = sampleGroups(*backend, policy, 0.8f);
    const std::vector<float> before = allValues(policy);
    PolicyTrainer trainer(*backend, policy, options());
    const StoredState untouched(trainer);
    std::vector<PolicyGroup> broken = groups;
    broken[0].samples[0].advantage = std::numeric_limits<float>::max(); // the norm of the gradient overflows
    const UpdateResult result = trainer.update({.groups = broken});
    EXPECT_FALSE(result.applied);
    EXPECT_FALSE(std::isfinite(result.metrics.at("grad_norm")));
    EXPECT_EQ(allValues(policy), before);
    broken = groups;
    broken[0].samples[0].logProbs[0] = std::numeric_limits<float>::quiet_NaN();
    EXPECT_FALSE(trainer.update({.groups = broken}).applied);
    EXPECT_EQ(allValues(policy), before);
    EXPECT_EQ(trainer.step(), 2);

    // The next one is as if they had never been, but for the count of steps.
    EXPECT_TRUE(trainer.update({.groups = groups}).applied);
    const std::vector<float> after = allValues(policy);
    untouched.giveBack(trainer);
    trainer.update({.groups = groups});
    EXPECT_EQ(allValues(policy), after);
}

TEST_F(PolicyTrainerTest, ChangesNothingWhenCancelled)
{
    std::vector<PolicyGroup> groups = sampleGroups(*backend, policy, 0.8f);
    PolicyTrainer trainer(*backend, policy, options());
    const StoredState before(trainer);
    int asked = 0;
    const UpdateResult result = trainer.update({.groups = groups, .cancelled = [&] { return ++asked == 2; }});
    EXPECT_TRUE(result.cancelled);
    EXPECT_TRUE(StoredState(trainer) == before);
    trainer.update({.groups = groups});
    const std::vector<float> after = allValues(policy);
    before.giveBack(trainer);
    trainer.update({.groups = groups});
    EXPECT_EQ(allValues(policy), after) << "no gradient was left behind";
}

TEST_F(PolicyTrainerTest, RefreshesTheReferenceOnTime)
{
    PolicyTrainerOptions how = options();
    how.loss.beta = 0.05;
    how.refModelSyncSteps = 2;
    how.refModelMixupAlpha = 1.0f;
    PolicyTrainer trainer(*backend, policy, how);
    const std::vector<float> start = allValues(policy);
    train(trainer, 0, 1);
    EXPECT_EQ(allValues(*trainer.reference()), start);
    const std::vector<float> second = train(trainer, 1, 1);
    EXPECT_EQ(allValues(*trainer.reference()), second);
    train(trainer, 2, 1);
    EXPECT_EQ(allValues(*trainer.reference()), second);
}

TEST_F(PolicyTrainerTest, HasAReferenceOnlyWithAKlTerm)
{
    const PolicyTrainer trainer(*backend, policy, options());
    EXPECT_EQ(trainer.reference(), nullptr);
    EXPECT_FALSE(StoredState(trainer).contains("reference/values"));
}

TEST_F(PolicyTrainerTest, ReportsNoKlAgainstItself)
{
    PolicyTrainerOptions how = options();
    how.loss.beta = 0.05;
    PolicyTrainer trainer(*backend, policy, how);
    std::vector<PolicyGroup> groups = sampleGroups(*backend, policy, 0.8f);
    EXPECT_EQ(trainer.update({.groups = groups}).metrics.at("kl"), 0.0);
    EXPECT_GT(trainer.update({.groups = groups}).metrics.at("kl"), 0.0);
}

TEST_F(PolicyTrainerTest, MovesTheEntropyCoefficientTowardsItsTarget)
{
    PolicyTrainerOptions how = options();
    how.useAdaptiveEntropy = true;
    how.entropyCoefDelta = 0.01;
    how.entropyCoefMax = 0.015;
    how.entropyTarget = 100; // always too low
    PolicyTrainer trainer(*backend, policy, how);
    std::vector<PolicyGroup> groups = sampleGroups(*backend, policy, 0.8f);
    EXPECT_DOUBLE_EQ(trainer.update({.groups = groups}).metrics.at("entropy_coef"), 0.01);
    EXPECT_DOUBLE_EQ(trainer.update({.groups = groups}).metrics.at("entropy_coef"), 0.015);
    trainer.options().entropyTarget = 0;
    EXPECT_NEAR(trainer.update({.groups = groups}).metrics.at("entropy_coef"), 0.005, 1e-15);
}

TEST_F(PolicyTrainerTest, IsWholeAgainAfterADeviceThatFailed)
{
    std::vector<PolicyGroup> groups = sampleGroups(*backend, policy, 0.8f);
    PolicyTrainer trainer(*backend, policy, options());
    const StoredState before(trainer);
    trainer.update({.groups = groups});
    const StoredState after(trainer);
    before.giveBack(trainer);
    int operations = 0;
    backend->setFaultHook([&](std::string_view) {
        if (++operations == 90)
            throw kernels::DeviceError("lost");
    });
    EXPECT_THROW(trainer.update({.groups = groups}), kernels::DeviceError);
    backend->setFaultHook({});
    EXPECT_TRUE(StoredState(trainer) == before);
    trainer.update({.groups = groups});
    EXPECT_TRUE(StoredState(trainer) == after);
}

TEST_F(PolicyTrainerTest, RunsOnThePlanBackend)
{
    std::vector<PolicyGroup> groups = sampleGroups(*backend, policy, 0.8f);
    const auto plan = kernels::makePlanBackend();
    model::Parameters counted(*plan, policy.config(), model::Gradients::Kept);
    PolicyTrainer trainer(*plan, counted, options());
    EXPECT_TRUE(trainer.update({.groups = groups}).applied);
    double flops = 0;
    for (const auto& [name, totals] : plan->totals())
        flops += totals.cost.flops;
    // Forward and backward are about six operations per parameter and row; attention comes on top.
    const double rows = trainer.update({.groups = groups}).metrics.at("train_tokens");
    EXPECT_GT(flops, 4 * rows * static_cast<double>(model::parameterCount(policy.config())));
}

TEST_F(PolicyTrainerTest, RefusesSamplesThatBreakTheContract)
{
    PolicyTrainer trainer(*backend, policy, options());
    const std::vector<PolicyGroup> good = sampleGroups(*backend, policy, 0.8f);
    const auto refuses = [&](auto spoil) {
        std::vector<PolicyGroup> bad = good;
        spoil(bad[0]);
        EXPECT_THROW(trainer.update({.groups = bad}), std::invalid_argument);
    };
    refuses([](PolicyGroup& group) { group.prompt.clear(); });
    refuses([](PolicyGroup& group) { group.samples[0].logProbs.pop_back(); });
    refuses([](PolicyGroup& group) { group.samples[0].entropies.pop_back(); });
    refuses([](PolicyGroup& group) { group.samples[0].advantage = std::nanf(""); });
    refuses([](PolicyGroup& group) { group.prompt.resize(64, 1); });
    EXPECT_EQ(trainer.step(), 0);
}

} // namespace
} // namespace ahascope::train
