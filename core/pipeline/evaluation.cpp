#include "core/pipeline/evaluation.h"

#include <limits>

#include <sys/resource.h>

#include "core/pipeline/sample_metrics.h"

namespace ahascope::pipeline {

namespace {

train::Advantages rewardsOf(const std::vector<Sample>& samples, std::int64_t groupSize)
{
    std::vector<double> rewards;
    for (const Sample& sample : samples)
        rewards.push_back(sample.reward.value_or(std::numeric_limits<double>::quiet_NaN()));
    return train::computeAdvantages(rewards, static_cast<std::size_t>(groupSize), train::ScaleRewards::None);
}

} // namespace

std::optional<Evaluated> evaluatePolicy(const PolicyModel& policy, const text::PromptTemplate& prompt,
    const Scorer& scorer, const ProblemSource& problems, const std::string& set, const EvaluationPlan& plan,
    const std::function<bool()>& cancelled)
{
    std::vector<PromptedProblem> chosen = problems.evenly(plan.rows);
    Sampler sampler(policy, prompt,
        generatorCapacity(policy.parameters->backend().decodeLoad(),
            static_cast<std::int64_t>(chosen.size()) * plan.samples, problems.longestPrompt(), plan.maxNewTokens),
        plan.room);
    // The log-probabilities reported are the model's own, whatever the draw is restricted to.
    auto sampled = sampler.sample(chosen,
        {.samples = plan.samples,
            .maxNewTokens = plan.maxNewTokens,
            .sampling = {.temperature = static_cast<float>(plan.temperature),
                .topK = static_cast<std::int32_t>(plan.topK),
                .topP = static_cast<float>(plan.topP),
                .reportTemperature = plan.temperature > 0 ? static_cast<float>(plan.temperature) : 1.0f},
            .key = {.seed = plan.seed, .purpose = rollout::Purpose::Evaluation},
            .progress = plan.progress},
        cancelled);
    if (!sampled)
        return std::nullopt;
    auto samples = std::make_shared<std::vector<Sample>>(scorer.score(*sampled, *policy.tokenizer));
    Evaluated evaluated;
    std::string prefix = set == "eval" ? "eval/" : "eval/" + set + "/";
    addPassMetrics(evaluated.metrics, *samples, prefix, plan.seed);
    addRewardMetrics(evaluated.metrics, rewardsOf(*samples, plan.samples), prefix);
    addSampleMetrics(evaluated.metrics, *samples, prefix);
    evaluated.samples = std::move(samples);
    return evaluated;
}

Evaluator::Evaluator(RunContext& context, const config::Stage& stage) : m_stage(stage)
{
    for (const config::NamedData& set : context.experiment.data.eval)
        m_sets.emplace_back(set.name, evaluationProblems(context, set));
}

bool Evaluator::due(std::int64_t step) const
{
    std::int64_t every = evaluationOf(m_stage).every;
    return step == m_stage.steps || (every > 0 && step % every == 0);
}

void Evaluator::evaluatePending(RunContext& context, Which which) const
{
    if (!context.progress.evaluationPending)
        return;
    const config::Evaluation& options = evaluationOf(m_stage);
    EvaluationPlan plan{.samples = options.samples,
        .rows = which.complete ? 0 : options.rows,
        .maxNewTokens = options.maxCompletionLength > 0 ? options.maxCompletionLength : maxCompletionLengthOf(m_stage),
        .temperature = options.temperature,
        .topP = options.topP,
        .topK = options.topK,
        .seed = static_cast<std::uint64_t>(context.experiment.seed)};
    for (const auto& [set, problems] : m_sets) {
        plan.room = context.samplingRoom();
        auto cancelled = [&] { return which.interruptible && context.control.stopRequest() != StopRequest::None; };
        auto evaluated = evaluatePolicy(context.policy, context.prompt, context.scorer, problems, set, plan, cancelled);
        if (!evaluated)
            return;
        context.emit(EvaluationFinished{set, std::move(evaluated->metrics), std::move(evaluated->samples)});
    }
    context.progress.evaluationPending = false;
}

void addMemoryMetrics(Metrics& metrics, const kernels::Backend& backend)
{
    rusage usage{};
    if (getrusage(RUSAGE_SELF, &usage) == 0)
        metrics.emplace_back("memory/host_peak", 1024.0 * static_cast<double>(usage.ru_maxrss));
    metrics.emplace_back("memory/device_peak", static_cast<double>(backend.peakBytes()));
}

} // namespace ahascope::pipeline
