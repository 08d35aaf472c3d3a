// A small run with every field filled, the same each time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "core/pipeline/run_event.h"
#include "core/store/catalogue.h"
#include "core/store/run_writer.h"

namespace ahascope::store::test {

struct RolloutShape {
    int groups = 2;
    int samplesPerGroup = 3;
    int tokens = 7;
};

// The samples of one rollout; different for every seed.
inline pipeline::Samples exampleSamples(std::uint64_t seed, RolloutShape shape = {})
{
    std::mt19937_64 random(seed);
    auto chance = [&] { return static_cast<double>(random() >> 11) * 0x1p-53; };
    auto samples = std::make_shared<std::vector<pipeline::Sample>>();
    constexpr const char* words[] = {"wait", "so", "48", "is", "12", "times", "4", "but", "no", "then"};
    for (int group = 0; group < shape.groups; ++group) {
        for (int index = 0; index < shape.samplesPerGroup; ++index) {
            pipeline::Sample sample;
            sample.row = static_cast<std::int64_t>(seed) * 100 + group;
            sample.problem = 0x9e3779b97f4a7c15ULL * static_cast<std::uint64_t>(sample.row + 1);
            sample.group = group;
            sample.index = index;
            sample.question = "Make " + std::to_string(group + 20) + " from 3, 4 and 5.";
            sample.answer = std::to_string(group + 20);
            sample.columns = R"({"numbers":[3,4,5]})";
            sample.prompt = "User: " + sample.question + " Assistant: <think>";
            if (index == 0)
                sample.promptIds = {1, 2, 3, group};
            for (int token = 0; token < shape.tokens; ++token) {
                sample.completion += std::string(words[random() % 10]) + " ";
                sample.ids.push_back(static_cast<std::int32_t>(random() % 190));
                sample.logProbs.push_back(static_cast<float>(-chance() * chance() * 4));
                sample.entropies.push_back(static_cast<float>(chance() * 2));
            }
            sample.key = random();
            sample.finish = chance() < 0.2 ? pipeline::FinishReason::Length : pipeline::FinishReason::Stop;
            sample.correct = chance() < 0.4;
            sample.correctLenient = sample.correct || chance() < 0.3;
            sample.wellFormed = chance() < 0.7;
            sample.ungraded = !sample.correct && chance() < 0.2;
            if (!sample.ungraded)
                sample.reward = (sample.correct ? 1.0 : 0.0) + (sample.wellFormed ? 1.0 : 0.0);
            sample.advantage = chance() * 4 - 2;
            sample.extracted = sample.correct ? sample.answer : "7";
            sample.emptyThink = chance() < 0.1;
            sample.rescued = chance() < 0.1;
            sample.reflections = static_cast<std::int32_t>(random() % 5);
            sample.mixed = chance() < 0.3;
            sample.mixing = sample.mixed ? chance() : 0.0;
            sample.targetRatio = 1.0 - sample.mixing;
            sample.repetition = chance() * 0.2;
            pipeline::RuleScore accuracy{"accuracy", sample.correct ? 1.0 : 0.0, 1.0, pipeline::RuleStatus::Graded,
                "the answer is " + sample.extracted};
            if (sample.ungraded) {
                accuracy.score.reset();
                accuracy.status = pipeline::RuleStatus::Ungraded;
            }
            sample.scores = {accuracy,
                {"format", sample.wellFormed ? 1.0 : 0.0, 0.5, pipeline::RuleStatus::Graded, "one think block"}};
            samples->push_back(std::move(sample));
        }
    }
    return samples;
}

inline pipeline::Position at(std::int64_t step, std::int32_t stage = 0)
{
    return {stage, stage == 0 ? "reasoning" : "polish", step, step, 0.5 * static_cast<double>(step)};
}

inline pipeline::RunEvent started(std::int64_t resumedFrom = -1)
{
    return {at(std::max<std::int64_t>(resumedFrom, 0)), pipeline::RunStarted{"cpu", resumedFrom}};
}

inline pipeline::RunEvent stageStarted(std::int64_t steps = 100)
{
    return {at(0), pipeline::StageStarted{steps}};
}

inline pipeline::RunEvent step(std::int64_t number, pipeline::Samples samples, double reward = 0.25)
{
    pipeline::StepFinished finished;
    finished.metrics = {{"reward", reward}, {"accuracy", reward / 2}, {"completions/mean_length", 7.0 + reward}};
    finished.samples = std::move(samples);
    return {at(number), std::move(finished)};
}

inline pipeline::RunEvent step(std::int64_t number)
{
    return step(number, exampleSamples(static_cast<std::uint64_t>(number)), 0.01 * static_cast<double>(number));
}

inline pipeline::RunEvent evaluation(std::int64_t step, double passAt1)
{
    pipeline::EvaluationFinished finished;
    finished.set = "eval";
    finished.metrics = {{"eval/pass@1", passAt1}, {"eval/mean_length", 40.0}};
    finished.samples = exampleSamples(1000 + static_cast<std::uint64_t>(step));
    return {at(step), std::move(finished)};
}

inline pipeline::RunEvent checkpoint(std::int64_t step)
{
    return {at(step), pipeline::CheckpointSaved{"checkpoints/step-" + std::to_string(step), 4096, "abcd", false}};
}

inline pipeline::RunEvent finished(pipeline::Outcome outcome = pipeline::Outcome::Finished)
{
    return {at(0), pipeline::RunFinished{outcome, std::nullopt}};
}

inline NewRun exampleNewRun(const std::string& name = "r1-zero")
{
    NewRun run;
    run.name = name;
    run.description.experiment = "schema_version = 1\nname = \"r1-zero\"\n# 中文\n";
    run.description.templateText = "User: {{prompt}} Assistant: <think>";
    run.description.recipe = "[[rule]]\ntype = \"accuracy\"\n";
    run.description.datasets = {{"train", "countdown", "00ff", 0}, {"eval", "countdown", "ff00", 1000}};
    run.description.seed = 0xfedcba9876543210ULL;
    run.description.build = "0.1.0 67ae0d3";
    run.description.device = "auto";
    return run;
}

// A new run in the store at `store`; its folder.
inline std::filesystem::path writeRun(const std::filesystem::path& store, const std::vector<pipeline::RunEvent>& events)
{
    Catalogue catalogue(store);
    OpenedRun run = catalogue.create(exampleNewRun());
    std::filesystem::path folder = run.lease.folder();
    RunWriter writer(std::move(run.lease));
    for (const pipeline::RunEvent& event : events)
        writer.post(event);
    writer.close();
    return folder;
}

} // namespace ahascope::store::test
