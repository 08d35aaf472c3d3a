#include "core/pipeline/grpo_stage.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/pipeline/evaluation.h"
#include "core/pipeline/sample_metrics.h"
#include "core/pipeline/sampling.h"
#include "core/pipeline/stage_loop.h"
#include "core/pipeline/stage_options.h"
#include "core/train/advantages.h"

namespace ahascope::pipeline {

namespace {

// Where a step's time went, in seconds.
struct TimeSplit {
    double generate = 0, score = 0, train = 0, other = 0;
    double sum() const { return generate + score + train + other; }
};

// A rollout, scored, and the same as the trainer takes it.
struct Rollout {
    std::shared_ptr<std::vector<Sample>> samples;
    std::vector<train::PolicyGroup> groups;
    train::Advantages advantages;
    std::int64_t tokens = 0; // generated
};

class GrpoWork : public StageWork {
public:
    GrpoWork(RunContext& context, const config::Stage& stage, const Evaluator& evaluator)
        : m_context(context)
        , m_stage(stage)
        , m_options(std::get<config::GrpoStage>(stage.options))
        , m_problems(trainingProblems(context))
        , m_sampler(context.policy, context.prompt,
              generatorCapacity(context.backend.decodeLoad(), m_options.numPrompts * m_options.numGenerations,
                  m_problems.longestPrompt(), m_options.maxCompletionLength),
              context.samplingRoom())
        , m_trainer(context.backend, *context.policy.parameters, trainerOptions())
        , m_evaluator(evaluator)
    {
    }

    bool advance() override
    {
        Lap lap;
        TimeSplit time;
        std::int64_t index = m_context.progress.step / updatesPerPlan();
        std::vector<PromptedProblem> problems = m_problems.batch(index, m_options.numPrompts, m_options.shuffleDataset);
        time.other += lap.next();
        auto interrupted = [this] { return m_context.interrupted(); };
        auto sampled = m_sampler.sample(problems, samplingPlan(), interrupted);
        if (!sampled)
            return false;
        time.generate += lap.next();
        Rollout rollout = scored(*sampled);
        time.score += lap.next();

        auto ranges = train::planUpdates(rollout.groups.size(), static_cast<std::size_t>(m_options.updatesPerRollout),
            static_cast<std::size_t>(m_options.numIterations));
        for (std::size_t i = 0; i < ranges.size() && m_context.progress.step < m_stage.steps; ++i) {
            bool first = i == 0;
            train::PolicyUpdate update{.groups = std::span(rollout.groups).subspan(ranges[i].first, ranges[i].count),
                .items = itemsPerUpdate(rollout),
                .fresh = first};
            // Once the first update of a rollout is made the others follow, so that a checkpoint always stands between
            // rollouts.
            if (first)
                update.cancelled = interrupted;
            train::UpdateResult result = m_trainer.update(update);
            if (result.cancelled)
                return false;
            time.train += lap.next();
            finishStep(result, rollout, time, first);
            evaluateIfDue(
                m_context, m_stage, m_evaluator, i + 1 == ranges.size() || m_context.progress.step == m_stage.steps);
            lap.next();
            time = {};
        }
        return true;
    }

    void save(const train::StateSink& sink) const override { m_trainer.save(sink); }
    void load(const train::StateSource& source) override { m_trainer.load(source); }

private:
    train::PolicyTrainerOptions trainerOptions()
    {
        train::PolicyTrainerOptions options = policyTrainerOptions(m_options, m_stage.steps,
            m_problems.longestPrompt() + m_options.maxCompletionLength, m_context.roundingSeed());
        options.tokenBudget = m_context.microBatchTokens(m_options.optimization);
        options.budgetHalved = m_context.microBatchListener();
        return options;
    }

    std::int64_t updatesPerPlan() const { return m_options.updatesPerRollout * m_options.numIterations; }

    SamplingPlan samplingPlan() const
    {
        auto temperature = static_cast<float>(m_options.temperature);
        return {.samples = m_options.numGenerations,
            .maxNewTokens = m_options.maxCompletionLength,
            .sampling = {.temperature = temperature,
                .topK = static_cast<std::int32_t>(m_options.topK),
                .topP = static_cast<float>(m_options.topP),
                .reportTemperature = temperature},
            .key = {.seed = static_cast<std::uint64_t>(m_context.experiment.seed),
                .stage = static_cast<std::uint64_t>(m_context.progress.stage),
                .purpose = rollout::Purpose::Rollout,
                .step = static_cast<std::uint64_t>(m_context.progress.step)}};
    }

    Rollout scored(std::vector<SampledGroup>& sampled) const
    {
        Rollout rollout;
        rollout.samples
            = std::make_shared<std::vector<Sample>>(m_context.scorer.score(sampled, *m_context.policy.tokenizer));
        std::vector<double> rewards;
        for (const Sample& sample : *rollout.samples)
            rewards.push_back(sample.reward.value_or(std::numeric_limits<double>::quiet_NaN()));
        rollout.advantages = train::computeAdvantages(
            rewards, static_cast<std::size_t>(m_options.numGenerations), scaleRewards(m_options.scaleRewards));
        for (std::size_t i = 0; i < rewards.size(); ++i)
            (*rollout.samples)[i].advantage = rollout.advantages.values[i];
        std::size_t next = 0;
        for (SampledGroup& group : sampled) {
            train::PolicyGroup& out = rollout.groups.emplace_back();
            out.prompt = group.problem->ids;
            for (rollout::Completion& completion : group.completions) {
                rollout.tokens += static_cast<std::int64_t>(completion.tokens.size());
                out.samples.push_back({.tokens = std::move(completion.tokens),
                    .logProbs = std::move(completion.logProbs),
                    .entropies = std::move(completion.entropies),
                    .refLogProbs = {},
                    .advantage = rollout.advantages.values[next++],
                    .truncated = completion.finishReason == rollout::FinishReason::Length});
            }
        }
        return rollout;
    }

    double itemsPerUpdate(const Rollout& rollout) const
    {
        double items = 0;
        for (const train::PolicyGroup& group : rollout.groups)
            for (const train::PolicySample& sample : group.samples)
                if (!(m_options.maskTruncatedCompletions && sample.truncated))
                    items += static_cast<double>(sample.tokens.size());
        return items / static_cast<double>(m_options.updatesPerRollout);
    }

    void finishStep(const train::UpdateResult& result, const Rollout& rollout, TimeSplit& time, bool first)
    {
        Progress& progress = m_context.progress;
        ++progress.step;
        ++progress.globalStep;
        StepFinished step;
        if (first) {
            for (const Sample& sample : *rollout.samples)
                progress.numTokens += static_cast<std::int64_t>(sample.ids.size() + sample.promptIds.size());
            addRolloutMetrics(step.metrics, rollout);
            step.samples = rollout.samples;
        }
        m_context.countUpdate(result.applied);
        addTrainerMetrics(step.metrics, result, rollout, time);
        m_context.emit(std::move(step));
        progress.evaluationPending = m_evaluator.due(progress.step);
    }

    void addRolloutMetrics(Metrics& metrics, const Rollout& rollout) const
    {
        addRewardMetrics(metrics, rollout.advantages, "");
        addSampleMetrics(metrics, *rollout.samples, "");
    }

    void addTrainerMetrics(
        Metrics& metrics, const train::UpdateResult& result, const Rollout& rollout, const TimeSplit& time) const
    {
        for (const auto& [name, value] : result.metrics)
            if (!find(metrics, name)) // the sampler's entropy over all tokens is there already
                metrics.emplace_back(name, value);
        const Progress& progress = m_context.progress;
        metrics.emplace_back("num_tokens", static_cast<double>(progress.numTokens));
        metrics.emplace_back("non_finite_steps", static_cast<double>(progress.nonFiniteSteps));
        metrics.emplace_back("step_time", time.sum());
        metrics.emplace_back("time/generate", time.generate);
        metrics.emplace_back("time/score", time.score);
        metrics.emplace_back("time/train", time.train);
        metrics.emplace_back("time/other", time.other);
        if (time.generate > 0)
            metrics.emplace_back("tokens_per_second/generate", static_cast<double>(rollout.tokens) / time.generate);
        auto trained = result.metrics.find("train_tokens");
        if (time.train > 0 && trained != result.metrics.end())
            metrics.emplace_back("tokens_per_second/train", trained->second / time.train);
        addMemoryMetrics(metrics, m_context.backend);
    }

    RunContext& m_context;
    const config::Stage& m_stage;
    const config::GrpoStage& m_options;
    ProblemSource m_problems;
    Sampler m_sampler;
    train::PolicyTrainer m_trainer;
    const Evaluator& m_evaluator;
};

} // namespace

StageEnd runGrpoStage(
    RunContext& context, const config::Stage& stage, Checkpointer& checkpointer, const train::StateSource& trainerState)
{
    Evaluator evaluator(context, stage);
    GrpoWork work(context, stage, evaluator);
    return runStageLoop(context, stage, evaluator, checkpointer, work, trainerState);
}

} // namespace ahascope::pipeline
