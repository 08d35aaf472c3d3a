#include "core/pipeline/run_control.h"

#include <thread>

#include <gtest/gtest.h>

namespace ahascope::pipeline {
namespace {

TEST(RunControl, TheFirstInterruptStopsAfterACheckpointTheSecondAtOnce)
{
    RunControl control;
    EXPECT_EQ(control.stopRequest(), StopRequest::None);
    control.interrupt();
    EXPECT_EQ(control.stopRequest(), StopRequest::AfterCheckpoint);
    control.interrupt();
    EXPECT_EQ(control.stopRequest(), StopRequest::AtOnce);
}

TEST(RunControl, AStopNeverBecomesLessUrgent)
{
    RunControl control;
    control.requestStop(StopRequest::AtOnce);
    control.requestStop(StopRequest::AfterCheckpoint);
    EXPECT_EQ(control.stopRequest(), StopRequest::AtOnce);
}

TEST(RunControl, APauseLastsUntilItIsLifted)
{
    RunControl control;
    control.requestPause();
    bool over = false;
    std::thread run([&] {
        control.waitWhilePaused();
        over = true;
    });
    control.requestContinue();
    run.join();
    EXPECT_TRUE(over);
    EXPECT_FALSE(control.pauseRequested());
}

TEST(RunControl, AStopEndsAPause)
{
    RunControl control;
    control.requestPause();
    std::thread run([&] { control.waitWhilePaused(); });
    control.requestStop();
    run.join();
    EXPECT_TRUE(control.pauseRequested());
}

TEST(RunControl, ACheckpointRequestIsTakenOnce)
{
    RunControl control;
    control.requestCheckpoint();
    EXPECT_TRUE(control.takeCheckpointRequest());
    EXPECT_FALSE(control.takeCheckpointRequest());
}

} // namespace
} // namespace ahascope::pipeline
