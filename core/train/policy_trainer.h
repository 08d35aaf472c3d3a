// Reinforcement learning updates of a policy from scored completions.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/model/parameters.h"
#include "core/train/optimizer.h"
#include "core/train/policy_loss.h"
#include "core/train/schedule.h"
#include "core/train/trainer_state.h"
#include "core/train/training_core.h"
#include "kernels/backend.h"

namespace ahascope::train {

struct PolicySample {
    std::vector<std::int32_t> tokens; // of the completion
    std::vector<float> logProbs;      // as sampled, at the trainer's temperature
    std::vector<float> entropies;     // as sampled; may be empty
    std::vector<float> refLogProbs;   // filled by addReferenceLogProbs(); empty without a reference
    float advantage = 0;
    bool truncated = false; // ended by its length
};

// The completions of one prompt. All of a group are trained in the same update.
struct PolicyGroup {
    std::vector<std::int32_t> prompt; // at least one token
    std::vector<PolicySample> samples;
};

struct PolicyTrainerOptions {
    PolicyLossOptions loss;
    OptimizerOptions optimizer;
    ScheduleOptions schedule;
    float temperature = 1.0f;           // of the logits, as the sampler's reportTemperature
    std::int64_t tokenBudget = 4096;    // rows of one micro-batch
    std::int64_t maxSequenceTokens = 0; // longest prompt and completion together
    bool gradientCheckpointing = false; // less memory for more work; changes no result
    float refModelMixupAlpha = 0.6f;    // 1 = the reference becomes the policy
    std::int64_t refModelSyncSteps = 0; // refresh after every so many updates; 0 = never
    bool useAdaptiveEntropy = false;    // moves entropyCoef so that the entropy stays at its target
    double entropyCoefMin = 0.0;
    double entropyCoefMax = 1.0;
    double entropyCoefDelta = 0.005;
    double entropyTarget = 0.2;
    BudgetListener budgetHalved = {}; // may be empty
};

struct PolicyUpdate {
    std::span<PolicyGroup> groups; // reference log-probabilities are added where they are missing
    // Tokens of the whole rollout that are not masked, divided by its number of updates; 0 = those of this update.
    double items = 0;
    // The weights are still those that sampled: the update also measures the gap of sampler and trainer.
    bool fresh = false;
    std::function<bool()> cancelled = {}; // asked between micro-batches; may be empty
};

struct UpdateResult {
    bool cancelled = false; // nothing changed
    bool applied = false;   // false also when the loss or the gradient was not finite
    // loss, grad_norm, learning_rate, entropy, kl, clip_ratio/*, ...; for a fresh update also
    // sampler_trainer_logprob_gap, sampler_trainer_logprob_gap_max, sampler_trainer_equal_share; train_tokens (rows
    // computed), skipped_samples (exactly without gradient, not computed)
    std::map<std::string, double> metrics;
};

class PolicyTrainer {
public:
    // `policy` must keep gradients. With loss.beta not 0 there is a reference: a copy of the policy as it is now, or,
    // where an adapter is trained, the policy with its adapter switched off, which takes no memory and never changes.
    PolicyTrainer(kernels::Backend& backend, model::Parameters& policy, PolicyTrainerOptions options);
    ~PolicyTrainer();

    // One optimizer update, the same whether it had to be begun anew in smaller micro-batches or not. Throws
    // std::invalid_argument for samples that break the contract above.
    UpdateResult update(const PolicyUpdate& update);

    // Fills refLogProbs of every sample from the reference as it is now; once per rollout is enough. No effect without
    // a reference.
    void addReferenceLogProbs(std::span<PolicyGroup> groups);
    // reference = (1 - refModelMixupAlpha) * reference + refModelMixupAlpha * policy. update() does it by itself every
    // refModelSyncSteps. No effect without a copy.
    void refreshReference();
    const model::Parameters* reference() const; // the copy; nullptr without one

    std::int64_t step() const;       // updates made, those that were not applied included
    PolicyTrainerOptions& options(); // loss coefficients and the schedule may be changed between updates

    // policy/values, reference/values, optimizer/*, trainer/*
    void save(const StateSink& sink) const;
    void load(const StateSource& source);

private:
    class Pass;
    struct Machinery;
    std::unique_ptr<Machinery> m_machinery;
};

// Cuts the `prompts` groups of a rollout into `updates` runs of whole groups, in order; the whole list is repeated for
// each of `iterations` (num_iterations). `updates` must divide `prompts`. Returns {first group, count} per update.
struct GroupRange {
    std::size_t first = 0;
    std::size_t count = 0;

    bool operator==(const GroupRange&) const = default;
};
std::vector<GroupRange> planUpdates(std::size_t prompts, std::size_t updates, std::size_t iterations);

} // namespace ahascope::train
