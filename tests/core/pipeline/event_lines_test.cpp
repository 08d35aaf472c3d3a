#include "core/pipeline/event_lines.h"

#include <cmath>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace ahascope::pipeline {
namespace {

const Position at{.stage = 0, .stageName = "reasoning", .step = 3, .globalStep = 13, .seconds = 1.5};

nlohmann::json lineOf(decltype(RunEvent::what) what)
{
    return nlohmann::json::parse(toJsonLine({at, std::move(what)}, 7));
}

TEST(EventLines, CarryTheCommonFieldsOfTheContract)
{
    nlohmann::json line = lineOf(StepFinished{{{"loss", 0.25}}, nullptr});
    EXPECT_EQ(line["event"], "step");
    EXPECT_EQ(line["run"], 7);
    EXPECT_EQ(line["stage"], "reasoning");
    EXPECT_EQ(line["step"], 3);
    EXPECT_EQ(line["global_step"], 13);
    EXPECT_EQ(line["time"], 1.5);
    EXPECT_EQ(line["metrics"]["loss"], 0.25);
}

TEST(EventLines, WriteNullForAValueThatIsNotFinite)
{
    EXPECT_TRUE(lineOf(StepFinished{{{"kl", std::nan("")}}, nullptr})["metrics"]["kl"].is_null());
}

TEST(EventLines, TellOutcomeAndFailureOfAFinishedRun)
{
    nlohmann::json line = lineOf(RunFinished{Outcome::Failed, Failure{"no memory", "needed 3 GiB"}});
    EXPECT_EQ(line["event"], "run_finished");
    EXPECT_EQ(line["outcome"], "failed");
    EXPECT_EQ(line["failure"]["summary"], "no memory");
    EXPECT_EQ(line["failure"]["detail"], "needed 3 GiB");
    EXPECT_EQ(lineOf(RunFinished{Outcome::Stopped, {}})["outcome"], "stopped");
    EXPECT_FALSE(lineOf(RunFinished{Outcome::Finished, {}}).contains("failure"));
}

TEST(EventLines, AreOneLineWhateverTheTextHolds)
{
    std::string line = toJsonLine({at, Notice{Notice::Level::Warning, "a\nb\xff"}}, 1);
    EXPECT_EQ(line.find('\n'), std::string::npos);
    EXPECT_NO_THROW(nlohmann::json::parse(line));
}

} // namespace
} // namespace ahascope::pipeline
