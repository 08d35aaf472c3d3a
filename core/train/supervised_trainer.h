// Supervised updates: next-token prediction on all tokens or on the chosen ones.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "core/model/parameters.h"
#include "core/train/optimizer.h"
#include "core/train/policy_trainer.h"
#include "core/train/schedule.h"
#include "core/train/trainer_state.h"
#include "kernels/backend.h"

namespace ahascope::train {

struct SupervisedExample {
    std::vector<std::int32_t> tokens; // at least two
    // mask[i]: tokens[i] is to be predicted (mask[0] is never used). Empty: every token is (plain language modelling).
    std::vector<bool> mask;
};

struct SupervisedTrainerOptions {
    OptimizerOptions optimizer;
    ScheduleOptions schedule;
    std::int64_t tokenBudget = 4096; // rows of one micro-batch
    std::int64_t maxSequenceTokens = 0;
    bool gradientCheckpointing = false; // less memory for more work; changes no result
    BudgetListener budgetHalved = {};   // may be empty
};

struct SupervisedLoss {
    double loss = 0;         // nats per target token
    double entropy = 0;      // nats, mean over the same tokens
    std::int64_t tokens = 0; // target tokens
};

class SupervisedTrainer {
public:
    SupervisedTrainer(kernels::Backend& backend, model::Parameters& policy, SupervisedTrainerOptions options);
    ~SupervisedTrainer();

    // One optimizer update. loss = - sum over all target tokens of the whole batch of log p / their number, however the
    // batch is cut. Metrics: loss, entropy, grad_norm, learning_rate, num_tokens (targets), train_tokens (rows).
    // `cancelled` is asked between micro-batches. Throws std::invalid_argument for a broken example or no target.
    UpdateResult update(std::span<const SupervisedExample> batch, const std::function<bool()>& cancelled = {});

    // The loss without an update.
    SupervisedLoss evaluate(std::span<const SupervisedExample> batch);

    std::int64_t step() const;
    SupervisedTrainerOptions& options();
    void save(const StateSink& sink) const; // policy/values, optimizer/*, trainer/step
    void load(const StateSource& source);

private:
    struct Machinery;
    std::unique_ptr<Machinery> m_machinery;
};

// Log-probabilities of each token of `sequences` given those before it (temperature 1 unless said otherwise), NaN for
// the first. `tokenBudget` rows at a time, or one longest sequence.
std::vector<std::vector<float>> sequenceLogProbs(const model::Parameters& parameters,
    std::span<const std::vector<std::int32_t>> sequences, std::int64_t tokenBudget = 4096, float temperature = 1.0f);

} // namespace ahascope::train
