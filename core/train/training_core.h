// What every trainer does with a policy: passes over micro-batches, then one optimizer step.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/model/decoder.h"
#include "core/train/optimizer.h"
#include "core/train/schedule.h"
#include "core/train/trainer_state.h"

namespace ahascope::train {

// Told that micro-batches have fewer rows from now on, and what the device said.
using BudgetListener = std::function<void(std::int64_t before, std::int64_t now, const std::string& reason)>;

struct CoreOptions {
    OptimizerOptions optimizer;
    std::int64_t tokenBudget = 0;
    std::int64_t maxSequenceTokens = 0;
    float temperature = 1.0f;
    bool gradientCheckpointing = false;
    BudgetListener budgetHalved = {}; // may be empty
};

class TrainingCore {
public:
    TrainingCore(kernels::Backend& backend, model::Parameters& policy, const CoreOptions& options);

    model::Parameters& policy() { return m_policy; }
    // Rows that a micro-batch may have, now.
    std::int64_t budget() const { return m_capacity.tokens; }
    std::int64_t longestSequence() const { return m_capacity.positions; }
    std::int64_t step() const { return m_step; } // updates made
    std::size_t bytesOfMoments() const { return m_optimizer.bytesOfMoments(); }

    // Runs `passes`, from planning them to their last result. When the device has too little memory they begin anew
    // with half the rows in a micro-batch, which stays so: the mathematics are the same. Down to one longest sequence;
    // then OutOfMemory goes through.
    void withinMemory(const std::function<void()>& passes);

    // Before the passes of an update: no gradients, whatever became of the update before.
    void begin() { m_policy.clearGradients(); }

    // Log-probabilities and entropies of the outputs of `batch`, under the policy or under other parameters; valid
    // until the next call.
    struct Outputs {
        std::span<const float> logProbs;
        std::span<const float> entropies;
    };
    Outputs forward(const model::PackedBatch& batch) { return forward(m_policy, batch); }
    Outputs forward(const model::Parameters& parameters, const model::PackedBatch& batch);
    // After forward() of the policy: adds to its gradients.
    void backward(std::span<const float> dLogProbs, std::span<const float> dEntropies);
    // One optimizer step at the schedule's rate; counts the update. Not to be called within withinMemory(): half a step
    // cannot be begun anew.
    StepOutcome finish(double learningRate, bool lossIsFinite);

    void save(const StateSink& sink) const; // policy/values, optimizer/*, trainer/step
    void load(const StateSource& source);

private:
    model::Decoder& decoder();

    kernels::Backend& m_backend;
    model::Parameters& m_policy;
    float m_temperature;
    BudgetListener m_budgetHalved;
    Optimizer m_optimizer; // before the decoder, which can be made smaller
    model::DecoderCapacity m_capacity;
    std::optional<model::Decoder> m_decoder; // none between one that was too large and the next
    std::vector<float> m_logProbs;
    std::vector<float> m_entropies;
    std::int64_t m_step = 0;
};

// The whole arena of trained values under one name.
void saveValues(const std::string& name, const model::Parameters& parameters, const StateSink& sink);
void loadValues(const std::string& name, model::Parameters& parameters, const StateSource& source);

} // namespace ahascope::train
