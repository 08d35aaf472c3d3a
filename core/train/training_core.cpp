#include "core/train/training_core.h"

#include <algorithm>

namespace ahascope::train {

namespace {

model::DecoderCapacity capacityFor(
    const kernels::Backend& backend, const model::Parameters& policy, const CoreOptions& options)
{
    kernels::expect(options.maxSequenceTokens > 0, "a trainer knows its longest sequence");
    const std::int64_t longest = std::min(options.maxSequenceTokens, policy.config().contextLength());
    const std::int64_t tokens = std::max(options.tokenBudget, longest);
    return {.tokens = tokens,
        .outputs = tokens,
        .positions = longest,
        .training = true,
        .checkpointing = options.gradientCheckpointing,
        .rows = backend.rowType(policy.stored())};
}

} // namespace

TrainingCore::TrainingCore(kernels::Backend& backend, model::Parameters& policy, const CoreOptions& options)
    : m_backend(backend)
    , m_policy(policy)
    , m_temperature(options.temperature)
    , m_budgetHalved(options.budgetHalved)
    , m_optimizer(backend, policy, options.optimizer)
    , m_capacity(capacityFor(backend, policy, options))
{
    withinMemory([this] { decoder(); });
}

model::Decoder& TrainingCore::decoder()
{
    if (!m_decoder)
        m_decoder.emplace(m_backend, m_policy.config(), m_capacity);
    return *m_decoder;
}

void TrainingCore::withinMemory(const std::function<void()>& passes)
{
    while (true) {
        try {
            return passes();
        } catch (const kernels::OutOfMemory& error) {
            const std::int64_t before = m_capacity.tokens;
            if (before == m_capacity.positions)
                throw kernels::OutOfMemory(std::string(error.what()) + " (and micro-batches hold no more than one "
                    + "longest sequence of " + std::to_string(before) + " tokens)");
            m_decoder.reset(); // its memory first
            m_capacity.tokens = m_capacity.outputs = std::max(before / 2, m_capacity.positions);
            if (m_budgetHalved)
                m_budgetHalved(before, m_capacity.tokens, error.what());
        }
    }
}

TrainingCore::Outputs TrainingCore::forward(const model::Parameters& parameters, const model::PackedBatch& batch)
{
    const auto outputs = static_cast<std::size_t>(batch.outputs());
    m_logProbs.resize(std::max(m_logProbs.size(), outputs));
    m_entropies.resize(m_logProbs.size());
    const auto logProbs = std::span(m_logProbs).first(outputs);
    const auto entropies = std::span(m_entropies).first(outputs);
    decoder().forward(parameters, batch);
    decoder().logProbs(parameters, m_temperature, logProbs, entropies);
    return {logProbs, entropies};
}

void TrainingCore::backward(std::span<const float> dLogProbs, std::span<const float> dEntropies)
{
    decoder().backward(m_policy, dLogProbs, dEntropies);
}

StepOutcome TrainingCore::finish(double learningRate, bool lossIsFinite)
{
    withinMemory([this] { m_optimizer.measure(); });
    ++m_step;
    return m_optimizer.step(learningRate, lossIsFinite);
}

void TrainingCore::save(const StateSink& sink) const
{
    saveValues("policy/values", m_policy, sink);
    m_optimizer.save(sink);
    sink("trainer/step", std::as_bytes(std::span(&m_step, 1)));
}

void TrainingCore::load(const StateSource& source)
{
    loadValues("policy/values", m_policy, source);
    m_optimizer.load(source);
    source("trainer/step", std::as_writable_bytes(std::span(&m_step, 1)));
}

void saveValues(const std::string& name, const model::Parameters& parameters, const StateSink& sink)
{
    saveTensor(parameters.backend(), name, parameters.trained().bytes(), sink);
}

void loadValues(const std::string& name, model::Parameters& parameters, const StateSource& source)
{
    loadTensor(parameters.backend(), name, parameters.trained().bytes(), source);
    parameters.commit();
}

} // namespace ahascope::train
