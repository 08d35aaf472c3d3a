// The commands around runs, as a script uses them.
#include <algorithm>
#include <sstream>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "tests/end_to_end/program.h"
#include "tests/end_to_end/tiny_experiment.h"

namespace ahascope {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;

class CommandLine : public testing::Test {
protected:
    CommandLine() { test::writeFile(m_folder.path() / "tiny.toml", test::tinyExperimentToml()); }

    std::string at(const char* name) const { return (m_folder.path() / name).string(); }
    // With the store.
    std::vector<std::string> in(std::vector<std::string> arguments) const
    {
        arguments.insert(arguments.end(), {"--store", at("store")});
        return arguments;
    }
    // Few steps.
    std::vector<std::string> quickRun(const std::vector<std::string>& more = {}) const
    {
        std::vector<std::string> all = in({"run", at("tiny.toml"), "--set", "stage.base.steps=2", "--set",
            "stage.reasoning.steps=4", "--set", "stage.1.evaluation.samples=3"});
        all.insert(all.end(), more.begin(), more.end());
        return all;
    }

    test::TemporaryFolder m_folder;
};

TEST_F(CommandLine, NamesTheSubcommandThatWasPerhapsMeant)
{
    const test::Ran ran = test::run({"tokenise", "--model", "x"});
    EXPECT_EQ(ran.code, 2);
    EXPECT_EQ(ran.err, "tokenise: there is no such subcommand (did you mean \"tokenize\"?)\n");
}

TEST_F(CommandLine, LookingForARunMakesNoStore)
{
    for (const char* command : {"show", "delete", "resume"}) {
        const test::Ran ran = test::run(in({command, "1"}));
        EXPECT_EQ(ran.code, 2);
        EXPECT_THAT(ran.err, HasSubstr("there is no store"));
    }
    EXPECT_EQ(test::run(in({"list", "--json"})).out, "[]\n");
    EXPECT_FALSE(fs::exists(at("store")));
}

TEST_F(CommandLine, SaysThatAResultCannotBeWritten)
{
    const test::Ran ran = test::run({"validate", at("tiny.toml")}, "", RLIM_INFINITY, "/dev/full");
    EXPECT_EQ(ran.code, 1);
    EXPECT_THAT(ran.err, HasSubstr("standard output"));
}

TEST_F(CommandLine, TakesTheCommonOptionsAfterTheSubcommandToo)
{
    const test::Ran ran = test::run({"validate", at("tiny.toml"), "--threads", "1", "--log-level", "debug"});
    EXPECT_EQ(ran.code, 0) << ran.err;
    EXPECT_THAT(test::run({"validate", "--help"}).out, HasSubstr("--log-level"));
}

TEST_F(CommandLine, ValidateNamesTheDeviceOfTheRun)
{
    const test::Ran ran = test::run({"validate", at("tiny.toml"), "--set", "device=cpu", "--json"});
    EXPECT_EQ(ran.code, 0) << ran.err;
    const json device = json::parse(ran.out)["device"];
    EXPECT_EQ(device["id"], "cpu");
    EXPECT_EQ(device["note"], "");
    const test::Ran none = test::run({"validate", at("tiny.toml"), "--set", "device=cuda:15"});
    EXPECT_EQ(none.code, 2);
    EXPECT_THAT(none.err, HasSubstr("device: "));
}

TEST_F(CommandLine, GpuCheckComparesInstructionSetsWhereItIsAskedTo)
{
    const test::Ran ran = test::run({"gpu-check", "--device", "cpu", "--json"});
    EXPECT_EQ(ran.code, 0) << ran.err;
    const json device = json::parse(ran.out)["devices"][0];
    EXPECT_EQ(device["id"], "cpu");
    EXPECT_EQ(device["passed"], true);
    EXPECT_GT(device["cases"].size(), 50u);
    for (const json& parityCase : device["cases"]) {
        EXPECT_EQ(parityCase["passed"], true) << parityCase;
        EXPECT_LE(parityCase["error"].get<double>(), parityCase["tolerance"].get<double>());
    }
    EXPECT_THAT(test::run({"gpu-check", "--device", "cpu"}).out, HasSubstr("cases, 0 failed"));
}

TEST_F(CommandLine, GpuCheckSaysWhyThereIsNoSuchDevice)
{
    for (const char* device : {"cuda:15", "gpu"}) {
        const test::Ran ran = test::run({"gpu-check", "--device", device});
        EXPECT_EQ(ran.code, 2);
        EXPECT_THAT(ran.err, HasSubstr(device));
        EXPECT_EQ(ran.out, "");
    }
}

TEST_F(CommandLine, ValidateShowsTheFirstPromptBesideTheProblems)
{
    const test::Ran ran = test::run({"validate", at("tiny.toml"), "--set", "stage.1.max_completion_length=90"});
    EXPECT_EQ(ran.code, 2);
    EXPECT_THAT(ran.err, HasSubstr("max_completion_length"));
    EXPECT_THAT(ran.out, HasSubstr("User: add mod 5"));
}

TEST_F(CommandLine, RunsForksListsShowsExportsAndDeletes)
{
    const test::Ran ran = test::run(quickRun({"--events", "-"}));
    ASSERT_EQ(ran.code, 0) << ran.err;
    std::istringstream lines(ran.out);
    json last;
    json evaluation;
    for (std::string line; std::getline(lines, line);) {
        last = json::parse(line);
        if (last["event"] == "evaluation")
            evaluation = last;
    }
    EXPECT_EQ(last["event"], "run_finished");
    EXPECT_EQ(last["outcome"], "finished");
    EXPECT_EQ(evaluation["step"], 4) << "the last evaluation is of the final weights";
    for (const char* name : {"eval/pass@1", "eval/pass@3", "eval/maj@3", "eval/reward", "eval/ungraded"})
        EXPECT_TRUE(evaluation["metrics"].contains(name)) << name;

    const json shown = json::parse(test::run(in({"show", "tiny", "--json"})).out);
    std::vector<int> checkpoints;
    for (const json& checkpoint : shown["checkpoints"])
        checkpoints.push_back(checkpoint["global_step"]);
    EXPECT_THAT(checkpoints, testing::ElementsAre(2, 4, 6)) << "each once";

    const test::Ran fork = test::run(in({"fork", "1", "--at", "4", "--set", "name=child"}));
    ASSERT_EQ(fork.code, 0) << fork.err;
    const json list = json::parse(test::run(in({"list", "--json"})).out);
    ASSERT_EQ(list.size(), 2u);
    EXPECT_EQ(list[1]["parent"]["run"], 1);
    EXPECT_EQ(list[1]["global_step"], 6);
    EXPECT_EQ(list[1]["total_steps"], 6);

    EXPECT_EQ(test::run(in({"delete", "child"})).code, 0);
    EXPECT_EQ(json::parse(test::run(in({"list", "--json"})).out).size(), 1u);
}

TEST_F(CommandLine, ExportsAModelIntoAFolderWithoutTouchingWhatElseIsThere)
{
    ASSERT_EQ(test::run(quickRun()).code, 0);
    fs::create_directory(at("model"));
    test::writeFile(fs::path(at("model")) / "README.md", "a card");
    const std::vector<std::string> exported = in({"export", "1", "--what", "model", "--out", at("model")});
    for (int i = 0; i < 2; ++i) {
        const test::Ran ran = test::run(exported);
        EXPECT_EQ(ran.code, 0) << ran.err;
    }
    EXPECT_EQ(test::contentsOf(fs::path(at("model")) / "README.md"), "a card");
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(at("model")))
        names.push_back(entry.path().filename());
    EXPECT_THAT(names,
        testing::UnorderedElementsAre("README.md", "config.json", "generation_config.json", "model.safetensors",
            "tokenizer.json", "tokenizer_config.json"));
    EXPECT_EQ(test::run({"logprobs", "--model", at("model")}, "{\"ids\": [1, 2]}\n").code, 0);
}

TEST_F(CommandLine, AFullDiskLeavesAnEarlierExportAsItWas)
{
    ASSERT_EQ(test::run(quickRun()).code, 0);
    test::writeFile(at("samples.csv"), "earlier");
    const test::Ran ran = test::run(in({"export", "1", "--what", "samples", "--out", at("samples.csv")}), "", 4096);
    EXPECT_EQ(ran.code, 1);
    EXPECT_THAT(ran.err, HasSubstr("disk"));
    EXPECT_EQ(test::contentsOf(at("samples.csv")), "earlier");
    EXPECT_EQ(m_folder.entries(), 3u) << "nothing is left beside it";
}

TEST_F(CommandLine, ARunWhoseEventsNobodyReadsAnyMoreStopsAndCanBeResumed)
{
    test::Conversation program(quickRun({"--events", "-"}));
    EXPECT_EQ(json::parse(program.hear())["event"], "run_started");
    program.closeOutput();
    EXPECT_EQ(program.end(), 1);
    EXPECT_EQ(json::parse(test::run(in({"list", "--json"})).out)[0]["state"], "stopped");
    EXPECT_EQ(test::run(in({"resume", "1"})).code, 0);
}

TEST_F(CommandLine, StopsAfterACheckpointWhenItIsAskedTo)
{
    test::Conversation program(quickRun({"--events", "-", "--set", "stage.base.steps=100000"}));
    while (json::parse(program.hear())["event"] != "step") { }
    kill(program.pid(), SIGTERM);
    json last;
    for (std::string line = program.hear(); !line.empty(); line = program.hear())
        last = json::parse(line);
    EXPECT_EQ(program.end(), 130);
    EXPECT_EQ(last["outcome"], "stopped");
    EXPECT_EQ(json::parse(test::run(in({"show", "1", "--json"})).out)["checkpoints"].back()["global_step"],
        last["global_step"]);
}

} // namespace
} // namespace ahascope
