#include "core/store/export.h"

#include <sstream>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "tests/core/store/example_run.h"
#include "tests/support/temporary_folder.h"

namespace ahascope::store {

using namespace test;
using ahascope::test::TemporaryFolder;
using nlohmann::json;
using testing::SizeIs;

namespace {

std::vector<std::string> linesOf(const std::string& text)
{
    std::vector<std::string> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);)
        lines.push_back(line);
    return lines;
}

template <class Export>
std::string exported(const std::filesystem::path& run, const Export& function)
{
    RunReader reader(run);
    std::ostringstream out;
    function(reader, out);
    return out.str();
}

} // namespace

TEST(Export, WritesMetricsAsOneTable)
{
    TemporaryFolder folder;
    auto run = writeRun(
        folder.path(), {started(), stageStarted(), evaluation(0, 0.125), step(1, nullptr, 0.1), step(2, nullptr, NAN)});
    EXPECT_EQ(exported(run, exportMetricsCsv),
        "event,stage,step,global_step,time,set,eval/pass@1,eval/mean_length,reward,accuracy,completions/mean_length\n"
        "evaluation,reasoning,0,0,0,eval,0.125,40,,,\n"
        "step,reasoning,1,1,0.5,,,,0.1,0.05,7.1\n"
        "step,reasoning,2,2,1,,,,nan,nan,nan\n");
}

TEST(Export, WritesMetricsAsLines)
{
    TemporaryFolder folder;
    auto run = writeRun(folder.path(), {started(), stageStarted(), evaluation(0, 0.125), step(1, nullptr, 0.1)});
    EXPECT_EQ(exported(run, exportMetricsJsonLines),
        R"({"event":"evaluation","stage":"reasoning","step":0,"global_step":0,"time":0.0,"set":"eval","eval/pass@1":0.125,"eval/mean_length":40.0})"
        "\n"
        R"({"event":"step","stage":"reasoning","step":1,"global_step":1,"time":0.5,"reward":0.1,"accuracy":0.05,"completions/mean_length":7.1})"
        "\n");
}

TEST(Export, WritesSamplesAsLines)
{
    TemporaryFolder folder;
    auto samples = exampleSamples(5);
    auto run = writeRun(folder.path(), {started(), stageStarted(), step(1, samples)});
    std::vector<std::string> lines = linesOf(exported(run, exportSamplesJsonLines));
    ASSERT_THAT(lines, SizeIs(6));
    for (std::size_t i = 0; i < lines.size(); ++i) {
        json line = json::parse(lines[i]);
        const pipeline::Sample& sample = samples->at(i);
        EXPECT_EQ(line["completion"], sample.completion);
        EXPECT_EQ(line["ids"], json(sample.ids));
        EXPECT_EQ(line["prompt_ids"].size(), 4U);
        EXPECT_EQ(line["reward"], sample.reward ? json(*sample.reward) : json(nullptr));
        EXPECT_EQ(line["rules"]["format"]["weight"], 0.5);
        EXPECT_EQ(line["rules"]["accuracy"]["status"], sample.ungraded ? "ungraded" : "graded");
        EXPECT_EQ(line["columns"]["numbers"], json::array({3, 4, 5}));
        EXPECT_EQ(line["length"], 7);
        EXPECT_NEAR(line["logprobs"][0].get<double>(), sample.logProbs[0], 0.002);
    }
}

TEST(Export, WritesSamplesAsATable)
{
    TemporaryFolder folder;
    auto samples = std::make_shared<std::vector<pipeline::Sample>>(*exampleSamples(5));
    samples->at(0).completion = "first \"quoted\", then\nanother line";
    auto run = writeRun(folder.path(), {started(), stageStarted(), step(1, samples)});
    std::string text = exported(run, exportSamplesCsv);
    EXPECT_EQ(text.substr(0, text.find('\n')),
        "id,event,stage,step,global_step,set,group,index,row,problem,question,answer,prompt,completion,extracted,"
        "reward,advantage,correct,correct_lenient,well_formed,ungraded,empty_think,rescued,finish_reason,length,"
        "reflections,mixed,mixing,target_ratio,repetition,key,columns,rules");
    EXPECT_NE(text.find("\"first \"\"quoted\"\", then\nanother line\""), std::string::npos);
    EXPECT_NE(text.find("1,rollout,reasoning,1,1,,0,0,500,"), std::string::npos);
    EXPECT_THAT(linesOf(text), SizeIs(1 + 6 + 1));
}

TEST(Export, WritesTheHeadOfATableWithoutSamples)
{
    TemporaryFolder folder;
    EXPECT_THAT(linesOf(exported(writeRun(folder.path(), {started()}), exportSamplesCsv)), SizeIs(1));
}

TEST(Export, WritesTheExperimentToTheLetter)
{
    TemporaryFolder folder;
    EXPECT_EQ(exported(writeRun(folder.path(), {}), exportConfigToml), exampleNewRun().description.experiment);
}

TEST(Export, SaysWhenItCannotBeWritten)
{
    TemporaryFolder folder;
    RunReader reader(writeRun(folder.path(), {started(), step(1)}));
    std::ostringstream out;
    out.setstate(std::ios::badbit);
    EXPECT_THROW(exportMetricsCsv(reader, out), std::runtime_error);
}

} // namespace ahascope::store
