#include "core/train/policy_loss.h"

#include <cmath>
#include <gtest/gtest.h>
#include <stdexcept>

namespace ahascope::train {
namespace {

using Values = std::vector<float>;

struct Case {
    const char* name;
    PolicyLossOptions options;
};

// Two sequences of different length with ratios inside and outside the clip range, of either sign.
struct Batch {
    std::vector<Values> logProbs{{-0.5f, -2.0f, -0.1f, -1.25f}, {-0.75f, -3.0f}};
    std::vector<Values> oldLogProbs{{-0.6f, -1.5f, -0.9f, -1.25f}, {-0.1f, -3.05f}};
    std::vector<Values> refLogProbs{{-0.4f, -2.5f, -0.2f, -1.0f}, {-0.7f, -2.0f}};
    std::vector<Values> entropies{{0.5f, 1.5f, 0.25f, 2.0f}, {1.0f, 0.75f}};
    std::vector<double> advantages{0.8, -1.3};
    bool holdsRatio = false; // changes of logProbs change oldLogProbs alike

    LossNormalisers normalisers(const PolicyLossOptions& options) const
    {
        LossNormalisers result{.sequences = 2, .tokens = 6, .items = 6};
        Values all = entropies[0];
        all.insert(all.end(), entropies[1].begin(), entropies[1].end());
        if (options.topEntropyQuantile < 1.0)
            result.entropyThreshold = entropyThreshold(all, options.topEntropyQuantile);
        for (const float entropy : all)
            result.entropyTokens += double{entropy} >= result.entropyThreshold ? 1 : 0;
        return result;
    }

    double loss(const PolicyLossOptions& options, std::vector<Values>* dLogProbs = nullptr,
        std::vector<Values>* dEntropies = nullptr) const
    {
        PolicyLossTotals totals;
        for (std::size_t i = 0; i < 2; ++i) {
            Values dLogProb(logProbs[i].size()), dEntropy(logProbs[i].size());
            addPolicyLoss(options, normalisers(options),
                {logProbs[i], oldLogProbs[i], refLogProbs[i], entropies[i], advantages[i], false}, dLogProb, dEntropy,
                totals);
            if (dLogProbs)
                dLogProbs->push_back(dLogProb);
            if (dEntropies)
                dEntropies->push_back(dEntropy);
        }
        return totals.loss;
    }

    double lossAt(const PolicyLossOptions& options, std::size_t i, std::size_t t, float change) const
    {
        Batch moved = *this;
        moved.logProbs[i][t] += change;
        if (holdsRatio)
            moved.oldLogProbs[i][t] += change;
        return moved.loss(options);
    }
};

class PolicyLossGradient : public testing::TestWithParam<Case> { };

TEST_P(PolicyLossGradient, IsTheSlopeOfTheLoss)
{
    const PolicyLossOptions& options = GetParam().options;
    Batch batch;
    // Their weights are held constant by definition, so that the slope is taken at a constant ratio.
    batch.holdsRatio = options.lossType == LossType::Cispo || options.lossType == LossType::Vespo;
    std::vector<Values> dLogProbs, dEntropies;
    batch.loss(options, &dLogProbs, &dEntropies);
    const float step = 0x1p-10f;
    for (std::size_t i = 0; i < 2; ++i)
        for (std::size_t t = 0; t < batch.logProbs[i].size(); ++t) {
            const double up = batch.lossAt(options, i, t, step);
            const double down = batch.lossAt(options, i, t, -step);
            EXPECT_NEAR(dLogProbs[i][t], (up - down) / (2 * step), 2e-6) << i << " " << t;
            if (options.entropyCoef == 0.0)
                continue;
            Batch moved = batch;
            moved.entropies[i][t] += 0x1p-12f;
            EXPECT_NEAR(dEntropies[i][t], (moved.loss(options) - batch.loss(options)) * 0x1p12, 1e-9);
        }
}

std::vector<Case> cases()
{
    std::vector<Case> result;
    const auto add = [&](const char* name, auto change) {
        PolicyLossOptions options;
        change(options);
        result.push_back({name, options});
    };
    using Options = PolicyLossOptions;
    add("grpo", [](Options& o) { o.lossType = LossType::Grpo; });
    add("bnpo", [](Options& o) { o.lossType = LossType::Bnpo; });
    add("dapo", [](Options& o) { o.epsilonHigh = 0.28; });
    add("dr_grpo", [](Options& o) { o.lossType = LossType::DrGrpo; });
    add("cispo", [](Options& o) {
        o.lossType = LossType::Cispo;
        o.epsilonHigh = 1.5;
    });
    add("sapo", [](Options& o) { o.lossType = LossType::Sapo; });
    add("luspo", [](Options& o) { o.lossType = LossType::Luspo; });
    add("vespo", [](Options& o) { o.lossType = LossType::Vespo; });
    add("delta", [](Options& o) {
        o.delta = 1.5;
        o.epsilonHigh = 10;
    });
    add("gspo", [](Options& o) {
        o.importanceSamplingLevel = ImportanceSamplingLevel::Sequence;
        o.lossType = LossType::Grpo;
    });
    add("luspo_by_sequence", [](Options& o) {
        o.importanceSamplingLevel = ImportanceSamplingLevel::Sequence;
        o.lossType = LossType::Luspo;
        o.epsilon = 5;
    });
    add("sapo_by_sequence", [](Options& o) {
        o.importanceSamplingLevel = ImportanceSamplingLevel::Sequence;
        o.lossType = LossType::Sapo;
    });
    add("kl", [](Options& o) { o.beta = 0.3; });
    add("kl_corrected", [](Options& o) {
        o.beta = 0.3;
        o.useBiasCorrectionKl = true;
    });
    add("kl_corrected_by_sequence", [](Options& o) {
        o.beta = 0.3;
        o.useBiasCorrectionKl = true;
        o.importanceSamplingLevel = ImportanceSamplingLevel::Sequence;
    });
    add("entropy", [](Options& o) { o.entropyCoef = 0.01; });
    add("top_entropy", [](Options& o) {
        o.topEntropyQuantile = 0.45;
        o.beta = 0.1;
    });
    return result;
}

INSTANTIATE_TEST_SUITE_P(
    EveryLoss, PolicyLossGradient, testing::ValuesIn(cases()), [](const auto& info) { return info.param.name; });

double lossOf(const PolicyLossOptions& options)
{
    return Batch().loss(options);
}

// Ratios: e^.1 = 1.10517, e^-.5 = .60653, e^.8 = 2.22554, 1; e^-.65 = .52205, e^.05 = 1.05127.
// Terms of dapo at eps .2: -.8 * (1.10517, .60653, 1.2, 1) and 1.3 * (.8, 1.05127).
TEST(PolicyLoss, NormalisesByTokensSequencesOrAConstant)
{
    const double first = -0.8 * (std::exp(0.1) + std::exp(-0.5) + 1.2 + 1);
    const double second = 1.3 * (0.8 + std::exp(0.05));
    PolicyLossOptions options;
    EXPECT_NEAR(lossOf(options), (first + second) / 6, 1e-7);
    options.lossType = LossType::Grpo;
    EXPECT_NEAR(lossOf(options), (first / 4 + second / 2) / 2, 1e-7);
    options.lossType = LossType::DrGrpo;
    options.maxCompletionLength = 10;
    EXPECT_NEAR(lossOf(options), (first + second) / 20, 1e-7);
    options.lossType = LossType::Luspo;
    EXPECT_NEAR(lossOf(options), (first + second) / 2, 1e-7);
}

TEST(PolicyLoss, CountsTheTokensOfTheRolloutForDapoAndOfTheUpdateForBnpo)
{
    const Batch batch;
    PolicyLossOptions options;
    LossNormalisers normalisers{.sequences = 1, .tokens = 4, .items = 8};
    Values dLogProbs(4);
    PolicyLossTotals dapo, bnpo;
    const SequenceTokens sequence{batch.logProbs[0], batch.oldLogProbs[0], {}, batch.entropies[0], 0.8, false};
    addPolicyLoss(options, normalisers, sequence, dLogProbs, {}, dapo);
    options.lossType = LossType::Bnpo;
    addPolicyLoss(options, normalisers, sequence, dLogProbs, {}, bnpo);
    EXPECT_DOUBLE_EQ(bnpo.loss, 2 * dapo.loss);
}

TEST(PolicyLoss, IsTheAdvantageTimesTheScoreOnPolicy)
{
    // Without old log-probabilities the ratio is one: the loss is -A and the gradient -A / tokens.
    const Values logProbs{-1, -2};
    Values dLogProbs(2);
    PolicyLossTotals totals;
    addPolicyLoss(
        {}, {.sequences = 1, .tokens = 2, .items = 2}, {logProbs, {}, {}, {}, 1.5, false}, dLogProbs, {}, totals);
    EXPECT_DOUBLE_EQ(totals.loss, -1.5);
    EXPECT_EQ(dLogProbs, (Values{-0.75f, -0.75f}));
}

TEST(PolicyLoss, ReportsTrlsClipMetrics)
{
    const Batch batch;
    const PolicyLossOptions options;
    PolicyLossTotals totals;
    for (std::size_t i = 0; i < 2; ++i) {
        Values dLogProbs(batch.logProbs[i].size());
        addPolicyLoss(options, batch.normalisers(options),
            {batch.logProbs[i], batch.oldLogProbs[i], {}, batch.entropies[i], batch.advantages[i], false}, dLogProbs,
            {}, totals);
    }
    const auto metrics = lossMetrics(options, totals);
    EXPECT_DOUBLE_EQ(metrics.at("clip_ratio/high_mean"), 1.0 / 6); // 2.23 with a positive advantage
    EXPECT_DOUBLE_EQ(metrics.at("clip_ratio/low_mean"), 1.0 / 6);  // .52 with a negative one
    EXPECT_DOUBLE_EQ(metrics.at("clip_ratio/region_mean"), 2.0 / 6);
    EXPECT_DOUBLE_EQ(metrics.at("clip_ratio/high_max"), 1.0 / 4);
    EXPECT_DOUBLE_EQ(metrics.at("clip_ratio/low_min"), 0.0);
    EXPECT_DOUBLE_EQ(metrics.at("entropy"), 1.0);
    EXPECT_FALSE(metrics.contains("kl"));
}

TEST(PolicyLoss, CountsAMaskedSequenceButNoneOfItsTokens)
{
    const Batch batch;
    PolicyLossOptions options;
    options.lossType = LossType::Grpo;
    Values dLogProbs(4, 9.0f);
    PolicyLossTotals totals;
    addPolicyLoss(options, {.sequences = 2, .tokens = 2, .items = 2},
        {batch.logProbs[0], batch.oldLogProbs[0], {}, batch.entropies[0], 0.8, true}, dLogProbs, {}, totals);
    EXPECT_EQ(totals.loss, 0.0);
    EXPECT_EQ(totals.tokens, 0.0);
    EXPECT_EQ(dLogProbs, (Values{0, 0, 0, 0}));
}

TEST(PolicyLoss, KnowsWhichSequencesHaveNoGradient)
{
    PolicyLossOptions options;
    EXPECT_TRUE(hasNoGradient(options, 0.0, false));
    EXPECT_FALSE(hasNoGradient(options, 0.1, false));
    EXPECT_TRUE(hasNoGradient(options, 0.1, true));
    options.beta = 0.01;
    EXPECT_FALSE(hasNoGradient(options, 0.0, false));
    options = {};
    options.entropyCoef = 0.01;
    EXPECT_FALSE(hasNoGradient(options, 0.0, false));
    options = {};
    options.topEntropyQuantile = 0.5;
    EXPECT_FALSE(hasNoGradient(options, 0.0, false));
}

TEST(PolicyLoss, CountsIdleSequencesInItsMetrics)
{
    PolicyLossTotals totals;
    addIdleSequence({}, 3, Values{1, 2, 3}, false, totals);
    addIdleSequence({}, 5, {}, true, totals);
    const auto metrics = lossMetrics({}, totals);
    EXPECT_DOUBLE_EQ(metrics.at("entropy"), 2.0);
    EXPECT_DOUBLE_EQ(metrics.at("clip_ratio/region_mean"), 0.0);
    EXPECT_EQ(totals.tokens, 3);
}

TEST(PolicyLoss, TakesTheEntropyQuantileBetweenNeighbours)
{
    // torch.quantile([1, 2, 3, 4, 5], 0.8) = 4.2
    EXPECT_DOUBLE_EQ(entropyThreshold({5, 3, 1, 2, 4}, 0.2), 4.2);
    EXPECT_DOUBLE_EQ(entropyThreshold({7}, 0.2), 7.0);
    EXPECT_DOUBLE_EQ(entropyThreshold({}, 0.2), -1.0);
}

TEST(PolicyLoss, RefusesArraysOfDifferentLengths)
{
    const Values two{-1, -2};
    const Values one{-1};
    Values dLogProbs(2);
    PolicyLossTotals totals;
    EXPECT_THROW(addPolicyLoss({}, {}, {two, one, {}, {}, 1, false}, dLogProbs, {}, totals), std::logic_error);
    PolicyLossOptions options;
    options.beta = 1;
    EXPECT_THROW(addPolicyLoss(options, {}, {two, two, {}, {}, 1, false}, dLogProbs, {}, totals), std::logic_error);
}

} // namespace
} // namespace ahascope::train
