#include "ui/run_mailbox.h"

#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include "tests/ui/support/waiting.h"
#include "ui/run_bridge.h"

namespace ahascope::ui {

namespace {

pipeline::RunEvent stepEvent(std::int64_t step)
{
    return {
        {0, "reasoning", step, step, 1.0}, pipeline::StepFinished{{{"reward", static_cast<double>(step)}}, nullptr}};
}

} // namespace

TEST(RunMailbox, WakesOnceForAllThatComesBeforeItIsEmptied)
{
    int wakes = 0;
    RunMailbox box([&] { ++wakes; });
    for (int step = 1; step <= 100; ++step)
        box.post(stepEvent(step));
    EXPECT_EQ(wakes, 1);
    const RunNews news = box.take();
    EXPECT_EQ(news.dataUpTo, 100);
    EXPECT_EQ(news.at.step, 100);
    ASSERT_EQ(news.metrics.size(), 1U);
    EXPECT_EQ(news.metrics[0].second, 100.0);
    box.post(stepEvent(101));
    EXPECT_EQ(wakes, 2);
}

TEST(RunMailbox, KeepsWhereTheRunIsButNotWhatWasFetched)
{
    RunMailbox box([] {});
    box.post({{}, pipeline::StageStarted{200}});
    box.post(stepEvent(3));
    box.post({{}, pipeline::Notice{pipeline::Notice::Level::Warning, "look"}});
    EXPECT_EQ(box.take().notices.size(), 1U);
    const RunNews later = box.take();
    EXPECT_TRUE(later.notices.empty());
    EXPECT_FALSE(later.stepped);
    EXPECT_EQ(later.stageSteps, 200);
    EXPECT_EQ(later.dataUpTo, 3);
}

TEST(RunMailbox, CountsNoticesThatItDoesNotKeep)
{
    RunMailbox box([] {});
    for (int k = 0; k < 510; ++k)
        box.post({{}, pipeline::Notice{pipeline::Notice::Level::Info, "again"}});
    const RunNews news = box.take();
    EXPECT_EQ(news.notices.size(), 500U);
    EXPECT_EQ(news.noticesLeftOut, 10U);
}

TEST(RunMailbox, TellsAPauseUntilTheRunGoesOn)
{
    RunMailbox box([] {});
    box.post({{}, pipeline::RunPaused{}});
    EXPECT_TRUE(box.take().paused);
    EXPECT_TRUE(box.take().paused);
    box.post({{}, pipeline::RunContinued{}});
    EXPECT_FALSE(box.take().paused);
}

TEST(RunMailbox, KnowsNothingOfAnEarlierRun)
{
    int woken = 0;
    RunMailbox box([&] { ++woken; });
    box.post({{0, "base", 3, 3, 1.0}, pipeline::StepFinished{}});
    box.post({{0, "base", 3, 3, 1.0}, pipeline::RunPaused{}}); // stopped while it paused: never told to go on
    box.clear();
    box.post({{}, pipeline::RunStarted{}});
    EXPECT_EQ(woken, 2);
    const RunNews news = box.take();
    EXPECT_FALSE(news.paused);
    EXPECT_FALSE(news.stepped);
    EXPECT_EQ(news.dataUpTo, -1);
}

TEST(RunBridge, LosesNothingUnderPostsFromManyThreads)
{
    RunBridge bridge;
    qint64 upTo = 0;
    int notices = 0;
    bool ended = false;
    QObject::connect(&bridge, &RunBridge::dataArrived, [&](qint64, qint64 step) { upTo = std::max(upTo, step); });
    QObject::connect(&bridge, &RunBridge::noticed, [&] { ++notices; });
    QObject::connect(&bridge, &RunBridge::ended, [&] { ended = true; });
    const pipeline::EventSink sink = bridge.sink();
    std::atomic<int> done = 0;
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&, t] {
            for (int step = 1; step <= 5000; ++step) {
                sink(stepEvent(step * 4 + t));
                if (step % 50 == 0)
                    sink({{}, pipeline::Notice{pipeline::Notice::Level::Info, "notice"}});
            }
            ++done;
        });
    ASSERT_TRUE(eventually([&] { return done == 4; }));
    sink({{}, pipeline::RunFinished{}});
    ASSERT_TRUE(eventually([&] { return ended; }));
    EXPECT_EQ(upTo, 20'003);
    EXPECT_EQ(notices, 400);
    EXPECT_EQ(bridge.status().state, RunState::Finished);
}

TEST(RunBridge, MayGoWhileASinkIsStillHeld)
{
    auto bridge = std::make_unique<RunBridge>();
    const pipeline::EventSink sink = bridge->sink();
    bridge.reset();
    sink(stepEvent(1)); // nobody listens any more
    QTest::qWait(0);
}

TEST(RunBridge, NamesEveryStateInWords)
{
    for (const RunState state : {RunState::Idle, RunState::Starting, RunState::Running, RunState::Pausing,
             RunState::Paused, RunState::Stopping, RunState::Finished, RunState::Stopped, RunState::Failed})
        EXPECT_FALSE(describe(state).isEmpty());
    EXPECT_TRUE(isActive(RunState::Stopping));
    EXPECT_FALSE(isActive(RunState::Stopped));
}

} // namespace ahascope::ui
