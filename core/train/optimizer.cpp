#include "core/train/optimizer.h"

#include <cmath>
#include <vector>

namespace ahascope::train {

using kernels::DType;
using kernels::expect;
using kernels::Tensor;

Optimizer::Optimizer(kernels::Backend& backend, model::Parameters& parameters, OptimizerOptions options)
    : m_backend(backend)
    , m_parameters(parameters)
    , m_options(options)
{
    const std::int64_t count = parameters.flatValues().count();
    expect(!parameters.flatGradients().empty(), "the parameters keep gradients");
    const std::size_t bytes = static_cast<std::size_t>(count) * sizeof(float);
    m_moments = backend.allocate(2 * bytes);
    m_mean = {m_moments.get(), DType::F32, 1, count, count};
    m_variance = {m_moments.get() + bytes, DType::F32, 1, count, count};
    m_normMemory = backend.allocate(sizeof(float));
    m_normSquared = {m_normMemory.get(), DType::F32, 1, 1, 1};
}

StepOutcome Optimizer::step(double learningRate, bool lossIsFinite)
{
    const Tensor gradients = m_parameters.flatGradients();
    m_backend.sumOfSquares(m_normSquared, gradients);
    float normSquared = 0;
    m_backend.download(&normSquared, m_normSquared);
    StepOutcome outcome;
    outcome.gradNorm = std::sqrt(double{normSquared});
    outcome.applied = lossIsFinite && std::isfinite(normSquared);
    if (outcome.applied) {
        ++m_steps;
        kernels::AdamWOptions options;
        options.learningRate = static_cast<float>(learningRate);
        options.beta1 = static_cast<float>(m_options.beta1);
        options.beta2 = static_cast<float>(m_options.beta2);
        options.epsilon = static_cast<float>(m_options.epsilon);
        options.step = m_steps;
        options.maxGradNorm = static_cast<float>(m_options.maxGradNorm);
        const auto update = [&](std::int64_t begin, std::int64_t count, double decay) {
            options.weightDecay = static_cast<float>(decay);
            m_backend.adamW(m_parameters.flatValues().columnRange(begin, count), gradients.columnRange(begin, count),
                m_mean.columnRange(begin, count), m_variance.columnRange(begin, count), m_normSquared, options);
        };
        const std::int64_t decayed = m_parameters.decayedCount();
        update(0, decayed, m_options.weightDecay);
        update(decayed, gradients.count() - decayed, 0.0);
        m_parameters.commit();
    }
    return outcome;
}

void Optimizer::save(const StateSink& sink) const
{
    std::vector<float> values(static_cast<std::size_t>(m_mean.count()));
    for (const auto& [name, tensor] : {std::pair{"optimizer/mean", m_mean}, {"optimizer/variance", m_variance}}) {
        m_backend.download(values.data(), tensor);
        sink(name, std::as_bytes(std::span(values)));
    }
    sink("optimizer/steps", std::as_bytes(std::span(&m_steps, 1)));
}

void Optimizer::load(const StateSource& source)
{
    std::vector<float> values(static_cast<std::size_t>(m_mean.count()));
    for (const auto& [name, tensor] : {std::pair{"optimizer/mean", m_mean}, {"optimizer/variance", m_variance}}) {
        source(name, std::as_writable_bytes(std::span(values)));
        m_backend.upload(tensor, values.data());
    }
    source("optimizer/steps", std::as_writable_bytes(std::span(&m_steps, 1)));
}

} // namespace ahascope::train
