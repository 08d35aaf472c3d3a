// Threads that share one operation after another.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

namespace ahascope::kernels {

// Belongs to one thread, which takes part in the work as number 0. Workers spin for some microseconds after a piece of
// work, then sleep; they run one step of nice below their creator. With one thread everything runs in the caller.
class ThreadPool {
public:
    explicit ThreadPool(int threads);
    ~ThreadPool();
    ThreadPool(const ThreadPool&) = delete;
    ThreadPool& operator=(const ThreadPool&) = delete;

    int threads() const { return m_threads; }

    // Calls work(begin, end, thread) for pieces [begin, end) that cover [0, count). Every piece but the last has
    // exactly `grain` items and starts at a multiple of it. Each thread works through its own share of neighbouring
    // pieces from the front, then helps with those of others, so which thread does a piece is not fixed: results must
    // not depend on it. `thread`, from 0 to threads() - 1, picks scratch memory. work must not throw.
    template <class Work>
    void forRanges(std::int64_t count, std::int64_t grain, const Work& work)
    {
        if (count <= 0)
            return;
        if (m_threads == 1 || count <= grain) {
            for (std::int64_t begin = 0; begin < count; begin += grain)
                work(begin, begin + grain < count ? begin + grain : count, 0);
            return;
        }
        run(count, grain, {&work, [](const void* context, std::int64_t begin, std::int64_t end, int thread) {
                               (*static_cast<const Work*>(context))(begin, end, thread);
                           }});
    }

private:
    struct Job {
        const void* context = nullptr;
        void (*call)(const void*, std::int64_t begin, std::int64_t end, int thread) = nullptr;
    };
    // Pieces [next, end) of one thread's share are not taken yet. `next` carries the number of its job in the upper
    // half, so that a worker that comes late cannot take a piece of a job by what it saw of an earlier one.
    struct alignas(64) Share {
        std::atomic<std::uint64_t> next{0};
        std::atomic<std::uint32_t> end{0};
    };

    void run(std::int64_t count, std::int64_t grain, Job job);
    void takePieces(int thread);
    void workerLoop(int thread);

    const int m_threads;
    Job m_job;
    std::int64_t m_count = 0;
    std::int64_t m_grain = 0;
    std::unique_ptr<Share[]> m_shares;
    alignas(64) std::atomic<std::uint32_t> m_round{0}; // counts jobs; the workers wait for it to change
    alignas(64) std::atomic<std::uint32_t> m_left{0};  // pieces that are not finished
    std::atomic<bool> m_stop{false};
    std::vector<std::jthread> m_workers;
};

} // namespace ahascope::kernels
