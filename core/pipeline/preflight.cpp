#include "core/pipeline/preflight.h"

#include <algorithm>
#include <set>

#include "core/config/validate.h"
#include "core/pipeline/base_model.h"
#include "core/pipeline/data_files.h"
#include "core/pipeline/problem_source.h"
#include "core/pipeline/scoring.h"
#include "core/pipeline/stage_options.h"
#include "core/train/memory_plan.h"
#include "kernels/devices.h"

namespace ahascope::pipeline {

namespace {

// Runs one part of the check and keeps what it complains of.
template <typename Part>
void guarded(std::vector<Problem>& problems, Part part)
{
    try {
        part();
    } catch (const InputError& error) {
        problems.insert(problems.end(), error.problems().begin(), error.problems().end());
    } catch (const std::exception& error) {
        problems.push_back({"experiment", error.what(), ""});
    }
}

std::int64_t longest(const std::vector<PromptedProblem>& problems)
{
    std::int64_t most = 0;
    for (const PromptedProblem& problem : problems)
        most = std::max(most, static_cast<std::int64_t>(problem.ids.size()));
    return most;
}

// Tokens of the longest prompts.
struct Lengths {
    std::int64_t training = 0;
    std::int64_t heldOut = 0;
    std::int64_t heldOutRows = 0; // of the largest set
};

std::int64_t evaluationLengthOf(const config::Stage& stage)
{
    const std::int64_t own = evaluationOf(stage).maxCompletionLength;
    return own > 0 ? own : maxCompletionLengthOf(stage);
}

train::PlannedRun plannedRun(const config::Experiment& experiment, const config::Stage& stage,
    const formats::ModelDescription& model, const std::optional<model::LoraConfig>& lora, const Lengths& lengths,
    bool onGpu)
{
    const config::Optimization& optimization = optimizationOf(stage);
    train::PlannedRun run{.device = onGpu ? kernels::PlannedDevice::Gpu : kernels::PlannedDevice::Processor,
        .model = model.config,
        .lora = lora,
        .stored = storedType(experiment.model.dtype),
        .tokenBudget = optimization.microBatchTokens,
        .gradientCheckpointing = optimization.gradientCheckpointing,
        .optimizerIn8bit = optimization.optim == "adamw_8bit"};
    const kernels::DecodeLoad load = kernels::makePlanBackend(0, run.device)->decodeLoad();
    if (const auto* grpo = std::get_if<config::GrpoStage>(&stage.options)) {
        run.reference = grpo->beta != 0;
        run.maxSequenceTokens = lengths.training + grpo->maxCompletionLength;
        run.rollout = generatorCapacity(
            load, grpo->numPrompts * grpo->numGenerations, lengths.training, grpo->maxCompletionLength);
    } else {
        run.maxSequenceTokens = maxLengthOf(stage);
    }
    if (lengths.heldOut > 0)
        run.evaluation = generatorCapacity(
            load, lengths.heldOutRows * evaluationOf(stage).samples, lengths.heldOut, evaluationLengthOf(stage));
    return run;
}

// What the most demanding stage takes.
MemoryPlan planOf(const config::Experiment& experiment, const formats::ModelDescription& model,
    const std::optional<model::LoraConfig>& lora, const Lengths& lengths, const Preflight& device)
{
    MemoryPlan plan;
    for (const config::Stage& stage : experiment.stages) {
        const train::MemoryPlan bytes
            = train::planMemory(plannedRun(experiment, stage, model, lora, lengths, device.device.starts_with("cuda")));
        const std::uint64_t peak = bytes.total + bytes.saving;
        if (peak > plan.peak)
            plan = {.weights = bytes.weights,
                .gradients = bytes.gradients,
                .optimizer = bytes.optimizer,
                .reference = bytes.reference,
                .rolloutCache = bytes.keysAndValues + bytes.generation,
                .activations = bytes.activations,
                .saving = bytes.saving,
                .peak = peak};
    }
    plan.available = device.memory.available;
    return plan;
}

void checkLengths(const config::Experiment& experiment, const formats::ModelDescription& model,
    std::int64_t longestPrompt, std::vector<Problem>& problems)
{
    for (std::size_t i = 0; i < experiment.stages.size(); ++i) {
        std::int64_t completion = maxCompletionLengthOf(experiment.stages[i]);
        std::int64_t room = model.config.contextLength() - longestPrompt;
        if (completion > room)
            problems.push_back({"stage." + std::to_string(i) + ".max_completion_length",
                std::to_string(completion) + " tokens after a prompt of " + std::to_string(longestPrompt)
                    + " do not fit the model's " + std::to_string(model.config.contextLength()) + " positions",
                room > 0 ? "use at most " + std::to_string(room) : "use a shorter template"});
    }
}

// The same problem in training and in a held-out set makes the evaluation worthless.
void checkSplit(const std::vector<PromptedProblem>& training, const std::string& set,
    const std::vector<PromptedProblem>& heldOut, std::vector<Problem>& problems)
{
    std::set<std::uint64_t> seen;
    for (const PromptedProblem& problem : training)
        seen.insert(problem.id);
    auto shared = std::count_if(
        heldOut.begin(), heldOut.end(), [&](const PromptedProblem& problem) { return seen.contains(problem.id); });
    if (shared > 0)
        problems.push_back({"data." + set,
            std::to_string(shared) + " of its " + std::to_string(heldOut.size())
                + " problems are in the training set too",
            "set split = \"train\" and split = \"held_out\", or take them out of one of the files"});
}

void checkData(const config::Experiment& experiment, const formats::ModelDescription& model,
    const std::optional<model::LoraConfig>& lora, Preflight& result)
{
    text::PromptTemplate prompt = templateOf(experiment);
    auto training = promptedProblems(experiment, experiment.data.train, true, prompt, *model.tokenizer);
    result.trainRows = static_cast<std::int64_t>(training.size());
    if (training.empty())
        throw InputError({"data.train", "it has no rows", "check path, split and rows"});
    result.firstPrompt = training.front().prompt;
    for (std::int32_t id : training.front().ids)
        result.firstTokens.push_back({id, model.tokenizer->decode(std::span(&id, 1))});
    Lengths lengths{.training = longest(training)};
    for (const config::NamedData& set : experiment.data.eval) {
        auto heldOut = promptedProblems(experiment, set.source, false, prompt, *model.tokenizer);
        result.evalRows.emplace_back(set.name, static_cast<std::int64_t>(heldOut.size()));
        lengths.heldOut = std::max(lengths.heldOut, longest(heldOut));
        lengths.heldOutRows = std::max(lengths.heldOutRows, static_cast<std::int64_t>(heldOut.size()));
        checkSplit(training, set.name, heldOut, result.problems);
    }
    for (std::size_t i = 0; i < experiment.stages.size(); ++i) {
        const auto* grpo = std::get_if<config::GrpoStage>(&experiment.stages[i].options);
        if (grpo && grpo->numPrompts > result.trainRows)
            result.problems.push_back({"stage." + std::to_string(i) + ".num_prompts",
                "a rollout of " + std::to_string(grpo->numPrompts) + " prompts out of "
                    + std::to_string(result.trainRows) + " problems",
                "use at most as many prompts as there are problems"});
    }
    checkLengths(experiment, model, std::max(lengths.training, lengths.heldOut), result.problems);
    result.memory = planOf(experiment, model, lora, lengths, result);
    if (!result.device.empty() && result.memory.peak > result.memory.available)
        result.problems.push_back({"experiment",
            "the run needs " + std::to_string(result.memory.peak >> 20) + " MiB and " + result.device + " has "
                + std::to_string(result.memory.available >> 20) + " MiB",
            "lower micro_batch_tokens or max_completion_length, or use a smaller model"});
}

void chooseDevice(const std::string& name, Preflight& result)
{
    try {
        const kernels::ChosenDevice chosen = kernels::chooseDevice(name);
        result.device = chosen.device.id;
        result.deviceName = chosen.device.name;
        result.deviceNote = chosen.fallback;
        result.memory.available = chosen.device.memory;
    } catch (const kernels::DeviceError& error) {
        throw InputError({"device", error.what(), "use \"cpu\" or \"auto\""});
    }
}

} // namespace

Preflight preflight(const config::Experiment& experiment)
{
    return preflight(experiment, experiment.device);
}

Preflight preflight(const config::Experiment& experiment, const std::string& device)
{
    Preflight result;
    guarded(result.problems, [&] {
        auto fields = config::validate(experiment);
        auto files = config::missingFiles(experiment);
        result.problems.insert(result.problems.end(), fields.begin(), fields.end());
        result.problems.insert(result.problems.end(), files.begin(), files.end());
    });
    if (!result.problems.empty())
        return result;
    guarded(result.problems, [&] { chooseDevice(device, result); });
    guarded(result.problems, [&] { Scorer(experiment, templateOf(experiment)); });
    guarded(result.problems, [&] {
        formats::ModelDescription model = outlineOf(experiment);
        const std::optional<model::LoraConfig> lora = adapterOf(experiment, model.config);
        result.modelSummary = summaryOf(model.config, lora);
        checkData(experiment, model, lora, result);
    });
    return result;
}

} // namespace ahascope::pipeline
