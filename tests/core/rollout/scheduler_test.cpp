#include "core/rollout/scheduler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kernels/error.h"

namespace ahascope::rollout {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<GenerationRequest> requests(
    std::size_t prompts, std::size_t samples, std::size_t promptTokens, std::int64_t maxNewTokens)
{
    return std::vector<GenerationRequest>(
        prompts, {std::vector<std::int32_t>(promptTokens, 1), std::vector<std::uint64_t>(samples, 0), maxNewTokens});
}

// What the device would do in one look: `count` more tokens for each running sequence.
void generate(Scheduler& scheduler, std::int64_t count)
{
    for (const std::size_t index : scheduler.running()) {
        auto& tokens = scheduler.sequence(index).completion.tokens;
        tokens.resize(tokens.size() + static_cast<std::size_t>(count), 1);
    }
}

TEST(Scheduler, AdmitsInTheOrderOfTheRequestsUntilTheSlotsAreFull)
{
    const auto all = requests(2, 3, 4, 8);
    Scheduler scheduler({.slots = 4, .pages = 100, .tokensPerLook = 4}, all);
    const Admission admission = scheduler.admit();
    EXPECT_THAT(admission.sequences, ElementsAre(0, 1, 2, 3));
    EXPECT_THAT(admission.prompts, ElementsAre(0, 1));
    scheduler.finish(1);
    EXPECT_THAT(scheduler.admit().sequences, ElementsAre(4));
    EXPECT_THAT(scheduler.running(), ElementsAre(0, 2, 3, 4));
}

TEST(Scheduler, TakesThePagesOfAPromptOnceForItsGroup)
{
    const auto all = requests(1, 4, 33, 8);
    Scheduler scheduler({.slots = 4, .pages = 100, .tokensPerLook = 4}, all);
    scheduler.admit();
    const std::int64_t own = 4 * pagesFor(4);
    EXPECT_EQ(scheduler.pages().free(), 100 - pagesFor(33) - own);
    EXPECT_EQ(scheduler.pages().holders(scheduler.prompt(0).pages.front()), 1 + 4);
}

TEST(Scheduler, GivesEveryPageBackWhenAllIsFinished)
{
    const auto all = requests(3, 2, 20, 40);
    Scheduler scheduler({.slots = 3, .pages = 12, .tokensPerLook = 4}, all);
    int looks = 0;
    while (!scheduler.finished()) {
        scheduler.grow();
        scheduler.admit();
        generate(scheduler, 4);
        for (const std::size_t index : scheduler.running())
            if (scheduler.sequence(index).generated() >= 40)
                scheduler.finish(index);
        ASSERT_LT(++looks, 1000);
    }
    EXPECT_EQ(scheduler.pages().free(), 12);
    for (const Sequence& sequence : scheduler.sequences())
        EXPECT_EQ(sequence.state, SequenceState::Finished);
}

TEST(Scheduler, KeepsThePromptForSamplesThatStillWait)
{
    const auto all = requests(1, 2, 4, 8);
    Scheduler scheduler({.slots = 1, .pages = 10, .tokensPerLook = 4}, all);
    EXPECT_THAT(scheduler.admit().prompts, ElementsAre(0));
    scheduler.finish(0);
    EXPECT_TRUE(scheduler.prompt(0).resident());
    const Admission second = scheduler.admit();
    EXPECT_THAT(second.sequences, ElementsAre(1));
    EXPECT_THAT(second.prompts, IsEmpty());
    scheduler.finish(1);
    EXPECT_FALSE(scheduler.prompt(0).resident());
}

TEST(Scheduler, PutsTheSequenceAdmittedLastBackWhenPagesRunOut)
{
    // Prompt 1 page; 64 tokens need 4 pages each. 1 + 4 + 1 pages let the second grow only while the first is short.
    const auto all = requests(1, 2, 16, 64);
    Scheduler scheduler({.slots = 2, .pages = 6, .tokensPerLook = 16}, all);
    EXPECT_THAT(scheduler.admit().sequences, ElementsAre(0, 1)); // 1 + 1 + 1 pages
    generate(scheduler, 17);
    EXPECT_EQ(scheduler.grow(), 0); // 1 + 2 + 2
    generate(scheduler, 16);
    EXPECT_EQ(scheduler.grow(), 1); // 3 for the first, so the second has to go
    EXPECT_THAT(scheduler.running(), ElementsAre(0));
    EXPECT_EQ(scheduler.sequence(1).state, SequenceState::Waiting);
    EXPECT_EQ(scheduler.sequence(1).generated(), 33) << "what it has generated is kept";
    EXPECT_THAT(scheduler.admit().sequences, IsEmpty());
    scheduler.finish(0);
    EXPECT_THAT(scheduler.admit().sequences, ElementsAre(1));
    EXPECT_EQ(scheduler.sequence(1).pages.size(), 3U) << "32 cached tokens and 16 more";
}

TEST(Scheduler, LeavesAPageForEverySequenceThatMayGrow)
{
    const auto all = requests(4, 1, 16, 33);
    // Each takes 1 + 1 pages and may need one more: after three there are 2 free pages, and 3 that may grow.
    Scheduler scheduler({.slots = 4, .pages = 8, .tokensPerLook = 4}, all);
    EXPECT_THAT(scheduler.admit().sequences, ElementsAre(0, 1, 2));
}

TEST(Scheduler, SaysSoWhenASingleSequenceDoesNotFit)
{
    const auto all = requests(1, 1, 100, 8);
    Scheduler scheduler({.slots = 1, .pages = 3, .tokensPerLook = 4}, all);
    EXPECT_THROW(scheduler.admit(), kernels::OutOfMemory);
}

TEST(Scheduler, DropsAnIdlePromptBeforeItGivesUp)
{
    // Group 0 is interrupted with one sample left while its prompt stays; group 1 needs the room.
    auto all = requests(2, 1, 32, 16);
    all[0].keys.resize(2);
    Scheduler scheduler({.slots = 1, .pages = 3, .tokensPerLook = 4}, all);
    scheduler.admit();
    scheduler.finish(0);
    EXPECT_TRUE(scheduler.prompt(0).resident());
    scheduler.admit();
    scheduler.finish(1);
    EXPECT_THAT(scheduler.admit().prompts, ElementsAre(1));
}

TEST(Scheduler, CountsRequestsForNoTokensAsFinished)
{
    const auto all = requests(1, 2, 4, 0);
    Scheduler scheduler({.slots = 1, .pages = 3, .tokensPerLook = 4}, all);
    EXPECT_TRUE(scheduler.finished());
}

} // namespace
} // namespace ahascope::rollout
