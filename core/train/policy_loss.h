// The policy losses: from log-probabilities to a number and its gradient, one sequence at a time.
//
// Names, defaults and behaviour are TRL's (GRPOConfig, GRPOTrainer._compute_loss). One update is one accumulation
// window: every normaliser counts the whole update, however it is cut into micro-batches.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace ahascope::train {

enum class LossType { Grpo, Bnpo, Dapo, DrGrpo, Cispo, Sapo, Luspo, Vespo };
enum class ImportanceSamplingLevel { Token, Sequence };

struct PolicyLossOptions {
    LossType lossType = LossType::Dapo;
    ImportanceSamplingLevel importanceSamplingLevel = ImportanceSamplingLevel::Token;
    double epsilon = 0.2;
    std::optional<double> epsilonHigh; // epsilon when absent; for cispo the ceiling of the ratio itself
    std::optional<double> delta;       // upper bound of the unclipped ratio (two-sided clipping)
    double beta = 0.0;                 // weight of the k3 estimate of KL(policy || reference)
    bool useBiasCorrectionKl = false;  // multiplies the estimate by the importance ratio
    bool maskTruncatedCompletions = false;
    double topEntropyQuantile = 1.0; // below 1: only this share of tokens, those of highest entropy, carry policy loss
    double entropyCoef = 0.0;        // loss -= entropyCoef * mean entropy
    double sapoTemperatureNeg = 1.05;
    double sapoTemperaturePos = 1.0;
    double vespoKPos = 2.0;
    double vespoLambdaPos = 3.0;
    double vespoKNeg = 3.0;
    double vespoLambdaNeg = 2.0;
    std::int64_t maxCompletionLength = 512; // the constant of dr_grpo

    double epsilonUpper() const { return epsilonHigh.value_or(epsilon); }
};

// One completion. All arrays have its number of tokens, except those that may be empty.
struct SequenceTokens {
    std::span<const float> logProbs;    // of the policy now
    std::span<const float> oldLogProbs; // of the policy that sampled; empty: the same as logProbs
    std::span<const float> refLogProbs; // needed when beta is not 0
    std::span<const float> entropies;   // of the policy now
    double advantage = 0;
    bool masked = false; // truncated and left out: no token of it counts, the sequence does
};

// What the whole update counts; see countUpdate().
struct LossNormalisers {
    double sequences = 0; // masked ones included
    double tokens = 0;    // of sequences that are not masked
    double items = 0;     // tokens per update as dapo, cispo and vespo count them: of the whole rollout, divided by its
                          // number of updates; equal to `tokens` with one update
    double entropyThreshold = -1; // tokens below it carry no policy loss and no entropy bonus
    double entropyTokens = 0;     // tokens at or above it
};

// Sums over the sequences added so far.
struct PolicyLossTotals {
    double loss = 0;       // policy, KL and entropy together, as minimised
    double policyLoss = 0; // without the entropy bonus
    double tokens = 0;
    double entropy = 0; // sum over tokens
    double kl = 0;
    double ratioCount = 0; // tokens, or sequences at the sequence level
    double lowClipped = 0;
    double highClipped = 0;
    double cispoClipped = 0;
    double vespoPhi = 0;
    double vespoSequences = 0;
    double lowClippedMin = std::numeric_limits<double>::quiet_NaN(); // smallest share of one sequence
    double highClippedMax = std::numeric_limits<double>::quiet_NaN();
};

// Adds one sequence to `totals` and writes d loss / d logProbs and d loss / d entropies (both cleared first; the
// latter may be empty without an entropy bonus). Computed in double.
void addPolicyLoss(const PolicyLossOptions& options, const LossNormalisers& normalisers, const SequenceTokens& sequence,
    std::span<float> dLogProbs, std::span<float> dEntropies, PolicyLossTotals& totals);

// Adds a sequence whose gradient is known to be zero (see hasNoGradient) without looking at the policy: `entropies`
// are the sampler's and may be empty.
void addIdleSequence(const PolicyLossOptions& options, std::size_t tokens, std::span<const float> entropies,
    bool masked, PolicyLossTotals& totals);

// True when every gradient of the sequence is exactly zero whatever the policy says.
bool hasNoGradient(const PolicyLossOptions& options, double advantage, bool masked);

// The value below which tokens are left out: the (1 - topEntropyQuantile) quantile, linearly interpolated.
double entropyThreshold(std::vector<float> entropies, double topEntropyQuantile);

// TRL's names: loss, policy_loss (with an entropy bonus), entropy, kl (beta not 0), clip_ratio/*, cispo_clip_ratio,
// vespo/phi_seq_mean; a mean over nothing is left out.
std::map<std::string, double> lossMetrics(const PolicyLossOptions& options, const PolicyLossTotals& totals);

} // namespace ahascope::train
