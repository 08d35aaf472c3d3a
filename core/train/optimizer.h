// AdamW over the flat arenas of a model.
#pragma once

#include <cstdint>

#include "core/model/parameters.h"
#include "core/train/trainer_state.h"
#include "kernels/backend.h"

namespace ahascope::train {

// Defaults as Hugging Face's TrainingArguments.
struct OptimizerOptions {
    double beta1 = 0.9;
    double beta2 = 0.999;
    double epsilon = 1e-8;
    double weightDecay = 0.0; // spares norms and biases
    double maxGradNorm = 1.0; // 0 = no clipping
};

struct StepOutcome {
    bool applied = false; // false: the gradient was not finite, nothing changed
    double gradNorm = 0;  // before clipping
};

class Optimizer {
public:
    // The parameters must keep gradients.
    Optimizer(kernels::Backend& backend, model::Parameters& parameters, OptimizerOptions options);

    // Takes one step along the gradients and refreshes the weights, or, when `lossIsFinite` is false or the norm of the
    // gradients is not finite, changes nothing. Waits.
    StepOutcome step(double learningRate, bool lossIsFinite = true);

    std::int64_t stepsTaken() const { return m_steps; }
    void save(const StateSink& sink) const; // optimizer/mean, optimizer/variance, optimizer/steps
    void load(const StateSource& source);

private:
    kernels::Backend& m_backend;
    model::Parameters& m_parameters;
    OptimizerOptions m_options;
    kernels::Buffer m_moments;          // mean, then variance
    kernels::Tensor m_mean, m_variance; // [1, n], the layout of Parameters
    kernels::Buffer m_normMemory;
    kernels::Tensor m_normSquared; // [1, 1]
    std::int64_t m_steps = 0;
};

} // namespace ahascope::train
