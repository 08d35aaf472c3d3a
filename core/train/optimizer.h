// AdamW over the flat arenas of what is trained: a model, or its adapter.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/model/parameters.h"
#include "core/train/trainer_state.h"
#include "kernels/backend.h"

namespace ahascope::train {

enum class OptimizerType {
    AdamW,
    AdamW8bit // moments in 8 bits, in blocks of 256 (kernels::QuantisedVector)
};

// Defaults as Hugging Face's TrainingArguments.
struct OptimizerOptions {
    OptimizerType type = OptimizerType::AdamW;
    double beta1 = 0.9;
    double beta2 = 0.999;
    double epsilon = 1e-8;
    double weightDecay = 0.0;       // spares norms and biases
    double maxGradNorm = 1.0;       // 0 = no clipping
    std::uint64_t roundingSeed = 0; // of weights in BF16: kernels::AdamWOptions
};

struct StepOutcome {
    bool applied = false; // false: the gradient was not finite, nothing changed
    double gradNorm = 0;  // before clipping
};

class Optimizer {
public:
    // The parameters must keep gradients.
    Optimizer(kernels::Backend& backend, model::Parameters& parameters, OptimizerOptions options);

    // The norm of the gradients, for the step. Waits.
    void measure();
    // After measure(): takes one step along the gradients and refreshes the weights, or, when `lossIsFinite` is false
    // or the norm is not finite, changes nothing.
    StepOutcome step(double learningRate, bool lossIsFinite = true);

    std::int64_t stepsTaken() const { return m_steps; }
    std::size_t bytesOfMoments() const;
    // optimizer/mean, optimizer/variance and optimizer/steps; with 8 bits also optimizer/mean_scales and
    // optimizer/variance_scales
    void save(const StateSink& sink) const;
    void load(const StateSource& source);

private:
    // A running mean over the trained values. In 8 bits its blocks begin anew where the values begin that weight decay
    // spares.
    struct Moment {
        kernels::Tensor values; // [1, n], F32 or U8
        kernels::Tensor scales; // F32, of 8 bits
    };
    void takeAll(kernels::Arena& arena);
    Moment takeMoment(kernels::Arena& arena) const;
    void update(const kernels::Tensor& values, std::int64_t begin, const kernels::AdamWOptions& options);
    std::vector<std::pair<std::string, kernels::Tensor>> state() const;

    kernels::Backend& m_backend;
    model::Parameters& m_parameters;
    OptimizerOptions m_options;
    kernels::Arena m_arena;
    Moment m_mean, m_variance;
    kernels::Tensor m_normSquared; // [1, 1]
    float m_measured = 0;          // what is in it
    std::int64_t m_steps = 0;
};

} // namespace ahascope::train
