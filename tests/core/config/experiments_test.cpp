#include <filesystem>
#include <set>

#include <gtest/gtest.h>

#include "core/config/toml.h"
#include "core/config/validate.h"

namespace ahascope::config {

namespace {

const std::filesystem::path experiments = std::filesystem::path(AHASCOPE_SOURCE_DIR) / "resources" / "experiments";

std::set<std::string> shipped()
{
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(experiments)) {
        if (entry.path().extension() == ".toml") {
            names.insert(entry.path().stem().string());
        }
    }
    return names;
}

} // namespace

TEST(Experiments, AreThereForEveryDemonstration)
{
    const std::set<std::string> names = shipped();
    for (const char* name : {"pretrain-countdown", "pretrain-running-sum", "r1-zero-countdown",
             "r1-zero-countdown-format-only", "r1-zero-running-sum", "r1-zero-gsm8k-qwen2.5-0.5b"}) {
        EXPECT_TRUE(names.contains(name)) << name;
    }
}

TEST(Experiments, AreSoundAndRoundTrip)
{
    for (const std::string& name : shipped()) {
        SCOPED_TRACE(name);
        const Experiment experiment = loadExperiment(experiments / (name + ".toml"));
        EXPECT_EQ(experiment.name, name);
        EXPECT_EQ(validate(experiment), std::vector<Problem>());
        EXPECT_FALSE(experiment.notes.empty());
        EXPECT_FALSE(experiment.prompt.text.empty());
        EXPECT_EQ(
            parseExperiment(toToml(experiment, SaveForm::Short, experiments), name + ".toml", experiments), experiment);
    }
}

TEST(Experiments, TrainTheBaseModelOnTheProblemsThatReinforcementLearningHoldsOutToo)
{
    for (const std::string task : {"countdown", "running-sum"}) {
        const Experiment base = loadExperiment(experiments / ("pretrain-" + task + ".toml"));
        const Experiment run = loadExperiment(experiments / ("r1-zero-" + task + ".toml"));
        EXPECT_EQ(base.data.heldOut, run.data.heldOut);
        EXPECT_EQ(base.data.train.task, run.data.train.task);
        EXPECT_EQ(base.data.train.options, run.data.train.options);
        EXPECT_EQ(run.data.eval.at(0).source.options, run.data.train.options);
        EXPECT_EQ(base.prompt.text, run.prompt.text);
    }
}

TEST(Experiments, DifferFromTheControlInTheRewardForCorrectnessAlone)
{
    Experiment run = loadExperiment(experiments / "r1-zero-countdown.toml");
    Experiment control = loadExperiment(experiments / "r1-zero-countdown-format-only.toml");
    EXPECT_EQ(run.rules.at(0).weight, 1.0);
    EXPECT_EQ(control.rules.at(0).weight, 0.0);
    control.rules[0].weight = 1.0;
    control.name = run.name;
    control.notes = run.notes;
    EXPECT_EQ(control, run);
}

} // namespace ahascope::config
