#include "core/rollout/kv_pages.h"

#include <gtest/gtest.h>
#include <stdexcept>

namespace ahascope::rollout {
namespace {

using Pages = std::vector<std::int32_t>;

TEST(KvPages, HandsOutTheLowestNumbersFirst)
{
    KvPages pages(4);
    Pages mine;
    ASSERT_TRUE(pages.take(3, mine));
    EXPECT_EQ(mine, (Pages{0, 1, 2}));
    EXPECT_EQ(pages.free(), 1);
}

TEST(KvPages, TakesAllOrNothing)
{
    KvPages pages(2);
    Pages mine{7};
    EXPECT_FALSE(pages.take(3, mine));
    EXPECT_EQ(mine, (Pages{7}));
    EXPECT_EQ(pages.free(), 2);
}

TEST(KvPages, KeepASharedPageUntilItsLastHolderLetsGo)
{
    KvPages pages(1);
    Pages prompt;
    ASSERT_TRUE(pages.take(1, prompt));
    pages.hold(prompt);
    pages.hold(prompt);
    EXPECT_EQ(pages.holders(0), 3);
    pages.release(prompt);
    pages.release(prompt);
    EXPECT_EQ(pages.free(), 0);
    pages.release(prompt);
    EXPECT_EQ(pages.free(), 1);
}

TEST(KvPages, RefuseToReleaseWhatNobodyHolds)
{
    KvPages pages(2);
    EXPECT_THROW(pages.release(Pages{1}), std::logic_error);
    EXPECT_THROW(pages.hold(Pages{1}), std::logic_error);
}

TEST(KvPages, CountTokensInWholePages)
{
    EXPECT_EQ(pagesFor(0), 0);
    EXPECT_EQ(pagesFor(1), 1);
    EXPECT_EQ(pagesFor(16), 1);
    EXPECT_EQ(pagesFor(17), 2);
}

} // namespace
} // namespace ahascope::rollout
