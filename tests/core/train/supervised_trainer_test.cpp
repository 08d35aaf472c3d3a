#include "core/train/supervised_trainer.h"

#include <cmath>
#include <gtest/gtest.h>
#include <numeric>

#include "tests/core/train/trainer_support.h"

namespace ahascope::train {
namespace {

using Ids = std::vector<std::int32_t>;

std::vector<SupervisedExample> examples()
{
    return {{{1, 2, 3, 4, 5, 6, 7}, {}}, {{9, 8, 9, 8, 9}, {false, false, true, true, true}},
        {{30, 31, 32}, {false, false, true}}};
}

class SupervisedTrainerTest : public testing::Test {
protected:
    SupervisedTrainerTest() { policy.initialise(3); }

    static SupervisedTrainerOptions options(std::int64_t budget = 64, std::int64_t longest = 16)
    {
        SupervisedTrainerOptions result;
        result.schedule = {.type = SchedulerType::Constant, .learningRate = 3e-3, .steps = 100};
        result.tokenBudget = budget;
        result.maxSequenceTokens = longest;
        return result;
    }

    // Six updates are three, another trainer that is given what was saved, and three.
    void expectToGoOnBitForBit(model::Parameters& parameters, const SupervisedTrainerOptions& how)
    {
        const auto threeUpdates = [](SupervisedTrainer& trainer) {
            for (int i = 0; i < 3; ++i)
                trainer.update(examples());
        };
        SupervisedTrainer trainer(*backend, parameters, how);
        threeUpdates(trainer);
        const StoredState middle(trainer);
        threeUpdates(trainer);
        const std::vector<float> expected = allValues(parameters);
        parameters.initialise(77);
        SupervisedTrainer resumed(*backend, parameters, how);
        middle.giveBack(resumed);
        threeUpdates(resumed);
        EXPECT_EQ(allValues(parameters), expected);
        EXPECT_EQ(resumed.step(), 6);
    }

    std::unique_ptr<kernels::Backend> backend = kernels::makeCpuBackend({.threads = 2});
    model::Parameters policy{*backend, model::tinyConfig(), model::Gradients::Kept};
};

TEST_F(SupervisedTrainerTest, LearnsItsExamplesByHeart)
{
    SupervisedTrainer trainer(*backend, policy, options());
    const auto batch = examples();
    const double first = trainer.update(batch).metrics.at("loss");
    EXPECT_NEAR(first, std::log(37.0), 0.1) << "a fresh model knows nothing";
    for (int i = 0; i < 200; ++i)
        trainer.update(batch);
    EXPECT_LT(trainer.evaluate(batch).loss, 0.05);
}

TEST_F(SupervisedTrainerTest, CountsTargetsOnlyAndAveragesOverAllOfThem)
{
    SupervisedTrainer trainer(*backend, policy, options());
    const SupervisedLoss loss = trainer.evaluate(examples());
    EXPECT_EQ(loss.tokens, 6 + 3 + 1);
    EXPECT_NEAR(loss.entropy, std::log(37.0), 0.05);
    const auto metrics = trainer.update(examples()).metrics;
    EXPECT_EQ(metrics.at("num_tokens"), 10.0);
    EXPECT_EQ(metrics.at("train_tokens"), 6.0 + 4 + 2);
    EXPECT_NEAR(metrics.at("loss"), loss.loss, 1e-6);
}

TEST_F(SupervisedTrainerTest, ChangesNothingWhenItEvaluates)
{
    SupervisedTrainer trainer(*backend, policy, options());
    const StoredState before(trainer);
    trainer.evaluate(examples());
    EXPECT_TRUE(StoredState(trainer) == before);
}

TEST_F(SupervisedTrainerTest, GoesOnBitForBitFromItsState)
{
    expectToGoOnBitForBit(policy, options(8));
}

TEST_F(SupervisedTrainerTest, LearnsAsMuchWithMomentsIn8Bits)
{
    std::vector<double> losses;
    std::vector<std::size_t> bytes;
    for (const OptimizerType type : {OptimizerType::AdamW, OptimizerType::AdamW8bit}) {
        policy.initialise(3);
        SupervisedTrainerOptions how = options();
        how.optimizer.type = type;
        const std::size_t before = backend->bytesInUse();
        SupervisedTrainer trainer(*backend, policy, how);
        bytes.push_back(backend->bytesInUse() - before);
        for (int i = 0; i < 60; ++i)
            trainer.update(examples());
        losses.push_back(trainer.evaluate(examples()).loss);
    }
    EXPECT_LT(losses[0], 1.0);
    EXPECT_NEAR(losses[1], losses[0], 0.1 * losses[0] + 0.01);
    const auto values = static_cast<std::size_t>(policy.trained().count());
    EXPECT_NEAR(static_cast<double>(bytes[0] - bytes[1]), static_cast<double>(values) * (8 - 2 - 8.0 / 256), 512);
}

TEST_F(SupervisedTrainerTest, GoesOnBitForBitFromMomentsIn8Bits)
{
    SupervisedTrainerOptions how = options(8);
    how.optimizer.type = OptimizerType::AdamW8bit;
    expectToGoOnBitForBit(policy, how);
}

class SupervisedTrainerBf16Test : public SupervisedTrainerTest {
protected:
    SupervisedTrainerBf16Test() { narrow.initialise(3); }

    model::Parameters narrow{*backend, model::tinyConfig(), model::Gradients::Kept, std::nullopt, kernels::DType::BF16};
};

// A rate at which most updates are far below half a step of BF16: rounded to the nearest, nothing would move.
TEST_F(SupervisedTrainerBf16Test, LearnsAtRatesThatVanishWhenRoundedToTheNearest)
{
    SupervisedTrainerOptions how = options();
    how.schedule.learningRate = 2e-5;
    std::vector<double> learnt;
    for (model::Parameters* parameters : {&policy, &narrow}) {
        SupervisedTrainer trainer(*backend, *parameters, how);
        const double first = trainer.evaluate(examples()).loss;
        for (int i = 0; i < 300; ++i)
            trainer.update(examples());
        learnt.push_back(first - trainer.evaluate(examples()).loss);
    }
    EXPECT_GT(learnt[0], 0.02);
    EXPECT_NEAR(learnt[1], learnt[0], 0.15 * learnt[0]);
}

TEST_F(SupervisedTrainerBf16Test, GoesOnBitForBitFromItsState)
{
    expectToGoOnBitForBit(narrow, options(8));
}

TEST_F(SupervisedTrainerTest, ChangesNothingWhenCancelled)
{
    SupervisedTrainer trainer(*backend, policy, options(4, 8));
    const StoredState before(trainer);
    int asked = 0;
    EXPECT_TRUE(trainer.update(examples(), [&] { return ++asked == 2; }).cancelled);
    EXPECT_TRUE(StoredState(trainer) == before);
}

TEST_F(SupervisedTrainerTest, RefusesBatchesItCannotLearnFrom)
{
    SupervisedTrainer trainer(*backend, policy, options());
    EXPECT_THROW(trainer.update({}), std::invalid_argument);
    EXPECT_THROW(trainer.update(std::vector<SupervisedExample>{{{1}, {}}}), std::invalid_argument);
    EXPECT_THROW(trainer.update(std::vector<SupervisedExample>{{{1, 2}, {true}}}), std::invalid_argument);
    EXPECT_THROW(trainer.update(std::vector<SupervisedExample>{{Ids(17, 1), {}}}), std::invalid_argument);
}

TEST_F(SupervisedTrainerTest, ScoresEveryTokenButTheFirst)
{
    fillRandomly(policy, 8);
    const std::vector<Ids> texts{{1, 2, 3, 4, 5}, {7}, {}, {9, 9}};
    const auto scores = sequenceLogProbs(policy, texts);
    ASSERT_EQ(scores.size(), 4U);
    EXPECT_TRUE(std::isnan(scores[0][0]));
    EXPECT_TRUE(std::isnan(scores[1][0]));
    EXPECT_TRUE(scores[2].empty());
    // The same numbers as the loss.
    SupervisedTrainer trainer(*backend, policy, options());
    const double sum = std::accumulate(scores[0].begin() + 1, scores[0].end(), 0.0) + double{scores[3][1]};
    EXPECT_NEAR(trainer.evaluate(std::vector<SupervisedExample>{{texts[0], {}}, {texts[3], {}}}).loss, -sum / 5, 1e-6);
}

TEST_F(SupervisedTrainerTest, ScoresTheSameHoweverTextsArePacked)
{
    fillRandomly(policy, 8);
    const std::vector<Ids> texts{{1, 2, 3, 4, 5}, {6, 7, 8}, {9, 9}};
    const auto together = sequenceLogProbs(policy, texts, 100);
    const auto apart = sequenceLogProbs(policy, texts, 1);
    for (std::size_t i = 0; i < texts.size(); ++i)
        for (std::size_t t = 1; t < texts[i].size(); ++t)
            EXPECT_EQ(together[i][t], apart[i][t]);
}

} // namespace
} // namespace ahascope::train
