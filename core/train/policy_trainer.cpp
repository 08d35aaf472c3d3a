#include "core/train/policy_trainer.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "core/train/batch_planner.h"
#include "core/train/sampler_gap.h"

namespace ahascope::train {

namespace {

// None for an adapter: then the reference is the policy with the adapter off.
std::unique_ptr<model::Parameters> referenceFor(
    kernels::Backend& backend, const model::Parameters& policy, const PolicyTrainerOptions& options)
{
    if (options.loss.beta == 0.0 || policy.lora())
        return nullptr;
    auto reference = std::make_unique<model::Parameters>(
        backend, policy.config(), model::Gradients::None, std::nullopt, policy.stored());
    reference->mixFrom(policy);
    return reference;
}

void check(std::span<const PolicyGroup> groups, std::int64_t longest)
{
    const auto fail = [](const std::string& what) { throw std::invalid_argument("policy update: " + what); };
    for (const PolicyGroup& group : groups) {
        if (group.prompt.empty())
            fail("a prompt is empty");
        for (const PolicySample& sample : group.samples) {
            const std::size_t tokens = sample.tokens.size();
            if (sample.logProbs.size() != tokens)
                fail("a sample needs one log-probability per token");
            if (!sample.entropies.empty() && sample.entropies.size() != tokens)
                fail("a sample needs one entropy per token, or none");
            if (!std::isfinite(sample.advantage))
                fail("an advantage is not a finite number");
            if (static_cast<std::int64_t>(group.prompt.size() + tokens) > longest)
                fail("a sequence of " + std::to_string(group.prompt.size() + tokens)
                    + " tokens is longer than maxSequenceTokens = " + std::to_string(longest));
        }
    }
}

} // namespace

struct PolicyTrainer::Machinery {
    Machinery(kernels::Backend& backend, model::Parameters& policy, PolicyTrainerOptions options_)
        : options(std::move(options_))
        , hasReference(options.loss.beta != 0.0)
        , reference(referenceFor(backend, policy, options))
        , core(backend, policy,
              {options.optimizer, options.tokenBudget, options.maxSequenceTokens, options.temperature,
                  options.gradientCheckpointing, options.budgetHalved})
    {
    }

    PolicyTrainerOptions options;
    bool hasReference;
    std::unique_ptr<model::Parameters> reference; // before the core, which can do with less memory
    TrainingCore core;
    double lastEntropy = std::numeric_limits<double>::infinity(); // of the last update, for the adaptive coefficient
};

// One update.
class PolicyTrainer::Pass {
public:
    Pass(Machinery& machinery, const PolicyUpdate& update)
        : m_machinery(machinery)
        , m_core(machinery.core)
        , m_update(update)
        , m_loss(machinery.options.loss)
    {
        const PolicyTrainerOptions& options = machinery.options;
        if (options.useAdaptiveEntropy && machinery.lastEntropy > options.entropyTarget)
            m_loss.entropyCoef = 0.0;
        countSequences();
    }

    // Everything up to the gradients of the whole update. False: cancelled.
    bool compute()
    {
        m_batches = planPolicyBatches(m_update.groups, m_core.budget(), [&](std::size_t group, std::size_t sample) {
            const PolicySample& it = m_update.groups[group].samples[sample];
            return !hasNoGradient(m_loss, it.advantage, isMasked(it));
        });
        return findEntropyThreshold() && computeGradients();
    }

    // The optimizer step.
    UpdateResult finish()
    {
        addSkippedSamples();
        PolicyTrainerOptions& options = m_machinery.options;
        const double learningRate = learningRateAt(options.schedule, m_core.step());
        const StepOutcome outcome = m_core.finish(learningRate, std::isfinite(m_totals.loss));
        UpdateResult result;
        result.applied = outcome.applied;
        result.metrics = lossMetrics(m_loss, m_totals);
        result.metrics["grad_norm"] = outcome.gradNorm;
        result.metrics["learning_rate"] = learningRate;
        result.metrics["train_tokens"] = static_cast<double>(m_rows);
        result.metrics["skipped_samples"] = m_normalisers.sequences - static_cast<double>(m_computed);
        m_gap.report(result.metrics);
        if (options.useAdaptiveEntropy)
            adaptEntropy(result.metrics);
        return result;
    }

private:
    bool isMasked(const PolicySample& sample) const { return m_loss.maskTruncatedCompletions && sample.truncated; }

    bool cancelled() const { return m_update.cancelled && m_update.cancelled(); }

    void countSequences()
    {
        for (const PolicyGroup& group : m_update.groups)
            for (const PolicySample& sample : group.samples) {
                ++m_normalisers.sequences;
                if (!isMasked(sample))
                    m_normalisers.tokens += static_cast<double>(sample.tokens.size());
            }
        m_normalisers.items = m_update.items > 0 ? m_update.items : m_normalisers.tokens;
        m_normalisers.entropyTokens = m_normalisers.tokens;
    }

    // Looks at every token's entropy before any gradient. False: cancelled.
    bool findEntropyThreshold()
    {
        if (m_loss.topEntropyQuantile >= 1.0)
            return true;
        std::vector<float> entropies;
        for (const PolicyMicroBatch& micro : m_batches) {
            if (cancelled())
                return false;
            const std::span<const float> all = m_core.forward(micro.batch).entropies;
            entropies.insert(entropies.end(), all.begin(), all.end());
        }
        m_normalisers.entropyThreshold = entropyThreshold(entropies, m_loss.topEntropyQuantile);
        m_normalisers.entropyTokens = static_cast<double>(std::ranges::count_if(
            entropies, [&](float entropy) { return double{entropy} >= m_normalisers.entropyThreshold; }));
        return true;
    }

    bool computeGradients()
    {
        std::vector<float> dLogProbs, dEntropies;
        m_core.begin();
        for (const PolicyMicroBatch& micro : m_batches) {
            if (cancelled())
                return false;
            const TrainingCore::Outputs outputs = m_core.forward(micro.batch);
            dLogProbs.resize(outputs.logProbs.size());
            dEntropies.resize(m_loss.entropyCoef != 0.0 ? outputs.logProbs.size() : 0);
            for (const PlannedSample& planned : micro.samples)
                addSample(planned, outputs, dLogProbs, dEntropies);
            m_core.backward(dLogProbs, dEntropies);
            m_rows += micro.batch.rows();
            m_computed += micro.samples.size();
        }
        return true;
    }

    void addSample(const PlannedSample& planned, const TrainingCore::Outputs& outputs, std::span<float> dLogProbs,
        std::span<float> dEntropies)
    {
        const PolicySample& sample = m_update.groups[planned.group].samples[planned.sample];
        const auto mine
            = [&](auto span) { return span.empty() ? span : span.subspan(planned.firstOutput, planned.outputs); };
        SequenceTokens tokens;
        tokens.logProbs = mine(outputs.logProbs);
        tokens.oldLogProbs = sample.logProbs;
        tokens.refLogProbs = sample.refLogProbs;
        tokens.entropies = mine(outputs.entropies);
        tokens.advantage = sample.advantage;
        tokens.masked = isMasked(sample);
        addPolicyLoss(m_loss, m_normalisers, tokens, mine(dLogProbs), mine(dEntropies), m_totals);
        if (m_update.fresh)
            m_gap.add(tokens.logProbs, sample.logProbs);
    }

    void addSkippedSamples()
    {
        for (const PolicyGroup& group : m_update.groups)
            for (const PolicySample& sample : group.samples) {
                const bool masked = isMasked(sample);
                if (hasNoGradient(m_loss, sample.advantage, masked) || sample.tokens.empty())
                    addIdleSequence(m_loss, sample.tokens.size(), sample.entropies, masked, m_totals);
            }
    }

    // (Skywork-OR1, arXiv 2505.22312) As in TRL the coefficient moves by a fixed amount, for the next update.
    void adaptEntropy(std::map<std::string, double>& metrics)
    {
        PolicyTrainerOptions& options = m_machinery.options;
        const double entropy = m_totals.tokens > 0 ? m_totals.entropy / m_totals.tokens : 0;
        const double direction = entropy <= options.entropyTarget ? 1 : -1;
        options.loss.entropyCoef = std::clamp(options.loss.entropyCoef + direction * options.entropyCoefDelta,
            options.entropyCoefMin, options.entropyCoefMax);
        m_machinery.lastEntropy = entropy;
        metrics["entropy_coef"] = options.loss.entropyCoef;
    }

    Machinery& m_machinery;
    TrainingCore& m_core;
    const PolicyUpdate& m_update;
    PolicyLossOptions m_loss;
    LossNormalisers m_normalisers;
    PolicyLossTotals m_totals;
    SamplerGap m_gap;
    std::vector<PolicyMicroBatch> m_batches;
    std::int64_t m_rows = 0;
    std::size_t m_computed = 0;
};

PolicyTrainer::PolicyTrainer(kernels::Backend& backend, model::Parameters& policy, PolicyTrainerOptions options)
    : m_machinery(std::make_unique<Machinery>(backend, policy, options))
{
}

PolicyTrainer::~PolicyTrainer() = default;

UpdateResult PolicyTrainer::update(const PolicyUpdate& update)
{
    check(update.groups, m_machinery->options.maxSequenceTokens);
    addReferenceLogProbs(update.groups);
    std::optional<Pass> pass;
    bool complete = false;
    m_machinery->core.withinMemory([&] { complete = pass.emplace(*m_machinery, update).compute(); });
    if (!complete)
        return {.cancelled = true, .applied = false, .metrics = {}};
    UpdateResult result = pass->finish();
    const std::int64_t every = m_machinery->options.refModelSyncSteps;
    if (every > 0 && step() % every == 0)
        refreshReference();
    return result;
}

void PolicyTrainer::addReferenceLogProbs(std::span<PolicyGroup> groups)
{
    if (!m_machinery->hasReference)
        return;
    model::Parameters& policy = m_machinery->core.policy();
    std::optional<model::AdapterOff> off;
    if (!m_machinery->reference)
        off.emplace(policy);
    const model::Parameters& reference = off ? policy : *m_machinery->reference;
    check(groups, m_machinery->options.maxSequenceTokens);
    const auto missing = [&](std::size_t group, std::size_t sample) {
        return groups[group].samples[sample].refLogProbs.size() != groups[group].samples[sample].tokens.size();
    };
    TrainingCore& core = m_machinery->core;
    core.withinMemory([&] {
        for (const PolicyMicroBatch& micro : planPolicyBatches(groups, core.budget(), missing)) {
            const std::span<const float> logProbs = core.forward(reference, micro.batch).logProbs;
            for (const PlannedSample& planned : micro.samples) {
                const auto mine = logProbs.subspan(planned.firstOutput, planned.outputs);
                groups[planned.group].samples[planned.sample].refLogProbs.assign(mine.begin(), mine.end());
            }
        }
    });
}

void PolicyTrainer::refreshReference()
{
    if (m_machinery->reference)
        m_machinery->reference->mixFrom(m_machinery->core.policy(), m_machinery->options.refModelMixupAlpha);
}

const model::Parameters* PolicyTrainer::reference() const
{
    return m_machinery->reference.get();
}

std::int64_t PolicyTrainer::step() const
{
    return m_machinery->core.step();
}

PolicyTrainerOptions& PolicyTrainer::options()
{
    return m_machinery->options;
}

void PolicyTrainer::save(const StateSink& sink) const
{
    m_machinery->core.save(sink);
    if (m_machinery->reference)
        saveValues("reference/values", *m_machinery->reference, sink);
    const double controller[] = {m_machinery->options.loss.entropyCoef, m_machinery->lastEntropy};
    sink("trainer/entropy_controller", std::as_bytes(std::span(controller)));
}

void PolicyTrainer::load(const StateSource& source)
{
    m_machinery->core.load(source);
    if (m_machinery->reference)
        loadValues("reference/values", *m_machinery->reference, source);
    double controller[2] = {};
    source("trainer/entropy_controller", std::as_writable_bytes(std::span(controller)));
    if (m_machinery->options.useAdaptiveEntropy)
        m_machinery->options.loss.entropyCoef = controller[0];
    m_machinery->lastEntropy = controller[1];
}

} // namespace ahascope::train
