#include "core/train/supervised_trainer.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <stdexcept>

#include "core/train/batch_planner.h"

namespace ahascope::train {

struct SupervisedTrainer::Machinery {
    SupervisedTrainerOptions options;
    TrainingCore core;
};

namespace {

void check(std::span<const SupervisedExample> batch, std::int64_t longest)
{
    const auto fail = [](const std::string& what) { throw std::invalid_argument("supervised batch: " + what); };
    for (const SupervisedExample& example : batch) {
        if (!example.mask.empty() && example.mask.size() != example.tokens.size())
            fail("a mask needs one entry per token, or none");
        if (static_cast<std::int64_t>(example.tokens.size()) > longest)
            fail("a text of " + std::to_string(example.tokens.size())
                + " tokens is longer than maxSequenceTokens = " + std::to_string(longest));
    }
}

std::int64_t targetsIn(std::span<const model::PackedBatch> batches)
{
    std::int64_t targets = 0;
    for (const model::PackedBatch& batch : batches)
        targets += batch.outputs();
    if (targets == 0)
        throw std::invalid_argument("supervised batch: no token is to be predicted");
    return targets;
}

struct Sums {
    std::int64_t targets = 0; // of the whole batch
    std::int64_t rows = 0;    // computed
    double logProbs = 0;
    double entropies = 0;

    void add(const TrainingCore::Outputs& outputs)
    {
        for (const float value : outputs.logProbs)
            logProbs += double{value};
        for (const float value : outputs.entropies)
            entropies += double{value};
    }
};

// None: cancelled.
std::optional<Sums> computeGradients(
    TrainingCore& core, std::span<const SupervisedExample> batch, const std::function<bool()>& cancelled)
{
    const std::vector<model::PackedBatch> batches = planSupervisedBatches(batch, core.budget());
    Sums sums{.targets = targetsIn(batches)};
    std::vector<float> gradients;
    core.begin();
    for (const model::PackedBatch& micro : batches) {
        if (cancelled && cancelled())
            return std::nullopt;
        sums.add(core.forward(micro));
        gradients.assign(
            static_cast<std::size_t>(micro.outputs()), static_cast<float>(-1.0 / static_cast<double>(sums.targets)));
        core.backward(gradients, {});
        sums.rows += micro.rows();
    }
    return sums;
}

} // namespace

SupervisedTrainer::SupervisedTrainer(
    kernels::Backend& backend, model::Parameters& policy, SupervisedTrainerOptions options)
    : m_machinery(new Machinery{options,
        TrainingCore(backend, policy,
            {options.optimizer, options.tokenBudget, options.maxSequenceTokens, 1.0f, options.gradientCheckpointing,
                options.budgetHalved})})
{
}

SupervisedTrainer::~SupervisedTrainer() = default;

UpdateResult SupervisedTrainer::update(std::span<const SupervisedExample> batch, const std::function<bool()>& cancelled)
{
    TrainingCore& core = m_machinery->core;
    check(batch, m_machinery->options.maxSequenceTokens);
    std::optional<Sums> sums;
    core.withinMemory([&] { sums = computeGradients(core, batch, cancelled); });
    if (!sums)
        return {.cancelled = true, .applied = false, .metrics = {}};
    const double targets = static_cast<double>(sums->targets);
    const double loss = -sums->logProbs / targets;
    const double learningRate = learningRateAt(m_machinery->options.schedule, core.step());
    const StepOutcome outcome = core.finish(learningRate, std::isfinite(loss));
    UpdateResult result;
    result.applied = outcome.applied;
    result.metrics = {{"loss", loss}, {"entropy", sums->entropies / targets}, {"grad_norm", outcome.gradNorm},
        {"learning_rate", learningRate}, {"num_tokens", targets}, {"train_tokens", static_cast<double>(sums->rows)}};
    return result;
}

SupervisedLoss SupervisedTrainer::evaluate(std::span<const SupervisedExample> batch)
{
    TrainingCore& core = m_machinery->core;
    check(batch, m_machinery->options.maxSequenceTokens);
    Sums sums;
    core.withinMemory([&] {
        const std::vector<model::PackedBatch> batches = planSupervisedBatches(batch, core.budget());
        sums = {.targets = targetsIn(batches)};
        for (const model::PackedBatch& micro : batches)
            sums.add(core.forward(micro));
    });
    const double targets = static_cast<double>(sums.targets);
    return {-sums.logProbs / targets, sums.entropies / targets, sums.targets};
}

std::int64_t SupervisedTrainer::step() const
{
    return m_machinery->core.step();
}

SupervisedTrainerOptions& SupervisedTrainer::options()
{
    return m_machinery->options;
}

void SupervisedTrainer::save(const StateSink& sink) const
{
    m_machinery->core.save(sink);
}

void SupervisedTrainer::load(const StateSource& source)
{
    m_machinery->core.load(source);
}

std::vector<std::vector<float>> sequenceLogProbs(const model::Parameters& parameters,
    std::span<const std::vector<std::int32_t>> sequences, std::int64_t tokenBudget, float temperature)
{
    std::vector<std::vector<float>> result;
    std::int64_t longest = 1;
    for (const std::vector<std::int32_t>& sequence : sequences) {
        result.emplace_back(sequence.size(), std::numeric_limits<float>::quiet_NaN());
        longest = std::max(longest, static_cast<std::int64_t>(sequence.size()));
    }
    if (longest > parameters.config().contextLength())
        throw std::invalid_argument("a sequence of " + std::to_string(longest) + " tokens is longer than the model's "
            + std::to_string(parameters.config().contextLength()) + " positions");
    const std::int64_t tokens = std::max(tokenBudget, longest);
    model::Decoder decoder(parameters.backend(), parameters.config(),
        {.tokens = tokens,
            .outputs = tokens,
            .positions = longest,
            .training = false,
            .rows = parameters.backend().rowType(parameters.stored())});

    model::PackedBatch batch;
    std::vector<std::size_t> packed; // sequences in the batch
    std::vector<float> values;
    const auto flush = [&] {
        values.resize(static_cast<std::size_t>(batch.outputs()));
        if (batch.rows() > 0) {
            decoder.forward(parameters, batch);
            decoder.logProbs(parameters, temperature, values, {});
        }
        auto next = values.begin();
        for (const std::size_t index : packed)
            for (std::size_t i = 1; i < sequences[index].size(); ++i)
                result[index][i] = *next++;
        batch.clear();
        packed.clear();
    };
    for (std::size_t index = 0; index < sequences.size(); ++index) {
        const std::span<const std::int32_t> sequence = sequences[index];
        if (sequence.size() < 2)
            continue;
        if (batch.rows() + static_cast<std::int64_t>(sequence.size()) > tokens)
            flush();
        const std::int64_t first = batch.rows();
        batch.addSequence(sequence.first(sequence.size() - 1));
        for (std::size_t i = 1; i < sequence.size(); ++i)
            batch.addOutput(first + static_cast<std::int64_t>(i) - 1, sequence[i]);
        packed.push_back(index);
    }
    flush();
    return result;
}

} // namespace ahascope::train
