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
    expect(!parameters.trained().flatGradients().empty(), "the parameters keep gradients");
    kernels::Arena measure;
    takeAll(measure);
    m_arena = kernels::Arena(backend, measure.bytesTaken());
    takeAll(m_arena);
}

void Optimizer::takeAll(kernels::Arena& arena)
{
    m_mean = takeMoment(arena);
    m_variance = takeMoment(arena);
    m_normSquared = arena.take(DType::F32, 1, 1);
}

Optimizer::Moment Optimizer::takeMoment(kernels::Arena& arena) const
{
    using kernels::QuantisedVector;
    const model::TensorArena& trained = m_parameters.trained();
    const std::int64_t count = trained.count();
    if (m_options.type == OptimizerType::AdamW)
        return {arena.take(DType::F32, 1, count), {}};
    const std::int64_t blocks
        = QuantisedVector::blocks(trained.matrices().count()) + QuantisedVector::blocks(trained.vectors().count());
    const Tensor codes = arena.take(DType::U8, 1, count);
    return {codes, arena.take(DType::F32, 1, blocks)};
}

std::size_t Optimizer::bytesOfMoments() const
{
    std::size_t bytes = 0;
    for (const auto& [name, tensor] : state())
        bytes += tensor.bytes();
    return bytes;
}

void Optimizer::measure()
{
    m_backend.sumOfSquares(m_normSquared, m_parameters.trained().flatGradients());
    m_backend.download(&m_measured, m_normSquared);
}

StepOutcome Optimizer::step(double learningRate, bool lossIsFinite)
{
    const model::TensorArena& trained = m_parameters.trained();
    StepOutcome outcome;
    outcome.gradNorm = std::sqrt(double{m_measured});
    outcome.applied = lossIsFinite && std::isfinite(m_measured);
    if (outcome.applied) {
        ++m_steps;
        kernels::AdamWOptions options;
        options.learningRate = static_cast<float>(learningRate);
        options.beta1 = static_cast<float>(m_options.beta1);
        options.beta2 = static_cast<float>(m_options.beta2);
        options.epsilon = static_cast<float>(m_options.epsilon);
        options.step = m_steps;
        options.maxGradNorm = static_cast<float>(m_options.maxGradNorm);
        options.weightDecay = static_cast<float>(m_options.weightDecay);
        options.roundingSeed = m_options.roundingSeed;
        update(trained.matrices(), 0, options);
        options.weightDecay = 0.0f;
        update(trained.vectors(), trained.matrices().count(), options);
        m_parameters.commit();
    }
    return outcome;
}

// `begin`: the place of the values in the arena
void Optimizer::update(const Tensor& values, std::int64_t begin, const kernels::AdamWOptions& options)
{
    using kernels::QuantisedVector;
    const std::int64_t count = values.count();
    if (count == 0)
        return;
    const Tensor gradients = m_parameters.trained().flatGradients().columnRange(begin, count);
    const Tensor mean = m_mean.values.columnRange(begin, count);
    const Tensor variance = m_variance.values.columnRange(begin, count);
    if (m_options.type == OptimizerType::AdamW)
        return m_backend.adamW(values, gradients, mean, variance, m_normSquared, options);
    const auto scales = [&](const Moment& moment) {
        return moment.scales.columnRange(QuantisedVector::blocks(begin), QuantisedVector::blocks(count));
    };
    m_backend.adamW8bit(
        values, gradients, {mean, scales(m_mean)}, {variance, scales(m_variance)}, m_normSquared, options);
}

std::vector<std::pair<std::string, Tensor>> Optimizer::state() const
{
    std::vector<std::pair<std::string, Tensor>> pieces{
        {"optimizer/mean", m_mean.values}, {"optimizer/variance", m_variance.values}};
    if (m_options.type == OptimizerType::AdamW8bit)
        pieces.insert(
            pieces.end(), {{"optimizer/mean_scales", m_mean.scales}, {"optimizer/variance_scales", m_variance.scales}});
    return pieces;
}

void Optimizer::save(const StateSink& sink) const
{
    for (const auto& [name, tensor] : state())
        saveTensor(m_backend, name, tensor, sink);
    sink("optimizer/steps", std::as_bytes(std::span(&m_steps, 1)));
}

void Optimizer::load(const StateSource& source)
{
    for (const auto& [name, tensor] : state())
        loadTensor(m_backend, name, tensor, source);
    source("optimizer/steps", std::as_writable_bytes(std::span(&m_steps, 1)));
}

} // namespace ahascope::train
