#include "kernels/cpu/thread_pool.h"

#include <numeric>

#include <gtest/gtest.h>

namespace ahascope::kernels {
namespace {

TEST(ThreadPool, CoversEveryItemOnceInPiecesOfTheGrain)
{
    for (int threads : {1, 2, 3, 8}) {
        ThreadPool pool(threads);
        for (std::int64_t count : {0, 1, 5, 64, 1000}) {
            for (std::int64_t grain : {1, 7, 64, 5000}) {
                std::vector<std::atomic<int>> touched(static_cast<std::size_t>(count));
                std::atomic<int> badPieces{0};
                pool.forRanges(count, grain, [&](std::int64_t begin, std::int64_t end, int thread) {
                    const bool good = begin % grain == 0 && end == std::min(count, begin + grain) && thread >= 0
                        && thread < threads;
                    badPieces += good ? 0 : 1;
                    for (std::int64_t i = begin; i < end; ++i)
                        ++touched[static_cast<std::size_t>(i)];
                });
                EXPECT_EQ(badPieces, 0);
                for (const auto& times : touched)
                    ASSERT_EQ(times, 1) << threads << " threads, " << count << " items, grain " << grain;
            }
        }
    }
}

TEST(ThreadPool, EachJobSeesWhatTheOneBeforeWrote)
{
    ThreadPool pool(3);
    std::vector<std::int64_t> values(97, 0);
    for (int round = 1; round <= 5000; ++round) {
        pool.forRanges(97, 10, [&](std::int64_t begin, std::int64_t end, int) {
            for (std::int64_t i = begin; i < end; ++i)
                values[static_cast<std::size_t>(i)] += round;
        });
        ASSERT_EQ(values[static_cast<std::size_t>(round) % 97], std::int64_t(round) * (round + 1) / 2);
    }
}

TEST(ThreadPool, ThreadsHelpOneThatIsHeldUp)
{
    ThreadPool pool(2);
    std::atomic<int> others{0};
    pool.forRanges(20, 1, [&](std::int64_t begin, std::int64_t, int) {
        if (begin != 0) {
            ++others;
            return;
        }
        while (others.load() != 19) // returns only if the other thread takes this thread's share as well
            std::this_thread::yield();
    });
    EXPECT_EQ(others, 19);
}

TEST(ThreadPool, OneThreadRunsInTheCaller)
{
    ThreadPool pool(1);
    const auto caller = std::this_thread::get_id();
    pool.forRanges(100, 1, [&](std::int64_t, std::int64_t, int) { ASSERT_EQ(std::this_thread::get_id(), caller); });
}

TEST(ThreadPool, PoolsOfDifferentThreadsDoNotDisturbEachOther)
{
    std::vector<std::int64_t> sums(3, 0);
    std::vector<std::jthread> callers;
    for (std::size_t caller = 0; caller < sums.size(); ++caller) {
        callers.emplace_back([&sums, caller] {
            ThreadPool pool(2);
            for (int round = 0; round < 300; ++round) {
                std::vector<std::int64_t> parts(50, 0);
                pool.forRanges(50, 1,
                    [&](std::int64_t begin, std::int64_t, int) { parts[static_cast<std::size_t>(begin)] = begin; });
                sums[caller] += std::accumulate(parts.begin(), parts.end(), std::int64_t(0));
            }
        });
    }
    callers.clear();
    for (std::int64_t sum : sums)
        EXPECT_EQ(sum, 300 * 1225);
}

} // namespace
} // namespace ahascope::kernels
