// Whole runs on a device that fails: lost at many calls, or out of memory.
#include <functional>
#include <utility>

#include <gmock/gmock.h>

#include "core/pipeline/checkpoint.h"
#include "core/pipeline/run_session.h"
#include "kernels/devices.h"
#include "tests/end_to_end/tiny_experiment.h"
#include "tests/support/temporary_folder.h"

namespace ahascope {
namespace {

using namespace pipeline;
namespace fs = std::filesystem;
using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;

// A session on the processor, whose operations may fail.
struct Session {
    using Hook = std::function<void(std::string_view operation)>;

    explicit Session(const Hook& hook = {}, const std::optional<ResumePoint>& resume = {})
    {
        RunControl control;
        RunSinks sinks;
        sinks.event = [this](const RunEvent& event) {
            if (const auto* notice = std::get_if<Notice>(&event.what))
                notices.push_back(notice->text);
            if (const auto* checkpoint = std::get_if<CheckpointSaved>(&event.what))
                checkpoints.emplace_back(event.at.globalStep, folder.path() / checkpoint->path);
        };
        backend->setFaultHook(hook);
        finished
            = runSession(test::tinyExperiment(), *backend, control, sinks, {folder.path() / "checkpoints", resume});
    }

    std::string summary() const { return finished.failure ? finished.failure->summary : ""; }
    std::string weights() const { return test::contentsOf(checkpoints.back().second / "model.safetensors"); }

    test::TemporaryFolder folder;
    std::unique_ptr<kernels::Backend> backend = kernels::makeCpuBackend({.threads = 1});
    std::vector<std::string> notices;
    std::vector<std::pair<std::int64_t, fs::path>> checkpoints; // global step, folder
    RunFinished finished;
};

const Session& undisturbed()
{
    static const Session session;
    return session;
}

// Operations of the undisturbed run.
std::int64_t operationsInAll()
{
    std::int64_t count = 0;
    const Session counted([&](std::string_view) { ++count; });
    EXPECT_EQ(counted.finished.outcome, Outcome::Finished);
    return count;
}

// Fails at the call `at`, and at every one after it, which it counts.
struct LostDevice {
    std::int64_t at = 0;
    std::int64_t calls = 0;

    void operator()(std::string_view)
    {
        if (++calls >= at)
            throw kernels::DeviceError("an illegal memory access was encountered");
    }
    std::int64_t callsAfter() const { return calls - at; }
};

TEST(LostDeviceInARun, EndsItWithTheLastCheckpointAndIsNotTouchedAgain)
{
    const std::int64_t all = operationsInAll();
    ASSERT_GT(all, 1000);
    for (std::int64_t part = 0; part <= 12; ++part) {
        LostDevice lost{.at = 1 + part * (all - 1) / 12};
        const Session session(std::ref(lost));
        EXPECT_EQ(session.finished.outcome, Outcome::Failed) << lost.at;
        EXPECT_EQ(lost.callsAfter(), 0) << lost.at;
        EXPECT_THAT(session.summary(), AllOf(HasSubstr("illegal memory access"), HasSubstr("look after the device")));
        if (session.checkpoints.empty()) {
            EXPECT_THAT(session.summary(), HasSubstr("nothing was saved yet"));
            continue;
        }
        const auto& [step, folder] = session.checkpoints.back();
        EXPECT_THAT(session.summary(), HasSubstr("at step " + std::to_string(step)));
        EXPECT_NO_THROW(Checkpoint{folder}) << lost.at;
    }
}

TEST(LostDeviceInARun, LosesNothingBeforeItsLastCheckpoint)
{
    LostDevice lost{.at = operationsInAll() * 9 / 10};
    const Session session(std::ref(lost));
    ASSERT_FALSE(session.checkpoints.empty());
    ResumePoint point{session.checkpoints.back().second, {}, {}, false};
    const Session resumed({}, point);
    EXPECT_EQ(resumed.finished.outcome, Outcome::Finished) << resumed.summary();
    EXPECT_EQ(resumed.weights(), undisturbed().weights());
}

// Throws once, at the first call of an operation.
struct OutOfMemoryOnce {
    std::string_view operation;
    bool thrown = false;

    void operator()(std::string_view name)
    {
        if (name != operation || std::exchange(thrown, true))
            return;
        throw kernels::OutOfMemory("no memory for " + std::string(name));
    }
};

TEST(OutOfMemoryInARun, WhileSamplingSamplesFewerAtOnceWithTheSameResult)
{
    for (const char* operation : {"makeKvCache", "decodeAttention", "lmHeadSample"}) {
        OutOfMemoryOnce once{operation};
        const Session session(std::ref(once));
        EXPECT_EQ(session.finished.outcome, Outcome::Finished) << session.summary();
        EXPECT_THAT(session.notices,
            Contains(AllOf(HasSubstr(operation), HasSubstr("sequences are sampled at once instead of"))));
        EXPECT_EQ(session.weights(), undisturbed().weights()) << operation;
    }
}

TEST(OutOfMemoryInARun, WhileTrainingHalvesTheMicroBatchForTheRestOfTheRun)
{
    OutOfMemoryOnce once{"attentionBackward"};
    const Session session(std::ref(once));
    EXPECT_EQ(session.finished.outcome, Outcome::Finished) << session.summary();
    const std::int64_t asked = optimizationOf(test::tinyExperiment().stages[0]).microBatchTokens;
    EXPECT_THAT(session.notices,
        Contains(AllOf(HasSubstr("attentionBackward"),
            HasSubstr("holds " + std::to_string(asked / 2) + " tokens instead of " + std::to_string(asked)))));
    EXPECT_EQ(Checkpoint(session.checkpoints.back().second).progress().microBatchTokens, asked / 2);
}

TEST(OutOfMemoryInARun, ThatNothingHelpsEndsItWithAdvice)
{
    int backward = 0;
    const Session session([&](std::string_view operation) {
        if (operation == "attentionBackward" && ++backward > 30)
            throw kernels::OutOfMemory("no memory");
    });
    EXPECT_EQ(session.finished.outcome, Outcome::Failed);
    ASSERT_FALSE(session.checkpoints.empty());
    EXPECT_THAT(session.summary(),
        AllOf(HasSubstr("there is too little memory: no memory"), HasSubstr("one longest sequence"),
            HasSubstr("max_completion_length"), HasSubstr("[model.lora]"), HasSubstr("gradient_checkpointing"),
            HasSubstr("adamw_8bit"), HasSubstr("bf16"),
            HasSubstr("at step " + std::to_string(session.checkpoints.back().first))));
}

TEST(OutOfMemoryInARun, BeforeTheFirstStepSaysThatNothingWasSaved)
{
    const Session session([](std::string_view operation) {
        if (operation == "allocate")
            throw kernels::OutOfMemory("no memory");
    });
    EXPECT_EQ(session.finished.outcome, Outcome::Failed);
    EXPECT_THAT(session.summary(), AllOf(HasSubstr("nothing was saved yet"), HasSubstr("a smaller max_length")));
}

} // namespace
} // namespace ahascope
