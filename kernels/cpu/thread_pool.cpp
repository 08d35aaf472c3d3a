#include "kernels/cpu/thread_pool.h"

#ifdef __linux__
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace ahascope::kernels {

namespace {

// Longer than the pause between two operations, shorter than a time slice.
constexpr int spins = 4000;

void pauseBriefly()
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#endif
}

// Waits until value differs from `old`; returns what it is then.
std::uint32_t waitForChange(const std::atomic<std::uint32_t>& value, std::uint32_t old)
{
    for (int i = 0; i < spins; ++i) {
        const std::uint32_t now = value.load(std::memory_order_acquire);
        if (now != old)
            return now;
        pauseBriefly();
    }
    value.wait(old, std::memory_order_acquire);
    return value.load(std::memory_order_acquire);
}

void lowerPriority()
{
#ifdef __linux__
    const id_t thread = static_cast<id_t>(syscall(SYS_gettid));
    setpriority(PRIO_PROCESS, thread, getpriority(PRIO_PROCESS, thread) + 1); // refused is no harm
#endif
}

} // namespace

ThreadPool::ThreadPool(int threads)
    : m_threads(threads < 1 ? 1 : threads)
    , m_shares(std::make_unique<Share[]>(static_cast<std::size_t>(m_threads)))
{
    for (int thread = 1; thread < m_threads; ++thread)
        m_workers.emplace_back([this, thread] { workerLoop(thread); });
}

ThreadPool::~ThreadPool()
{
    m_stop.store(true, std::memory_order_relaxed);
    m_round.fetch_add(1, std::memory_order_release);
    m_round.notify_all();
}

void ThreadPool::run(std::int64_t count, std::int64_t grain, Job job)
{
    m_job = job;
    m_count = count;
    m_grain = grain;
    const std::int64_t pieces = (count + grain - 1) / grain;
    const std::uint32_t round = m_round.load(std::memory_order_relaxed) + 1;
    const std::uint64_t tag = std::uint64_t(round) << 32;
    m_left.store(static_cast<std::uint32_t>(pieces), std::memory_order_relaxed);
    for (int thread = 0; thread < m_threads; ++thread) {
        Share& share = m_shares[static_cast<std::size_t>(thread)];
        share.next.store(tag | 0xffffffffu, std::memory_order_relaxed); // closed while `end` changes
        share.end.store(static_cast<std::uint32_t>(pieces * (thread + 1) / m_threads), std::memory_order_release);
        share.next.store(tag | static_cast<std::uint64_t>(pieces * thread / m_threads), std::memory_order_release);
    }
    m_round.store(round, std::memory_order_release);
    m_round.notify_all();
    takePieces(0);
    for (std::uint32_t left = m_left.load(std::memory_order_acquire); left != 0;)
        left = waitForChange(m_left, left);
}

void ThreadPool::takePieces(int thread)
{
    std::uint32_t done = 0;
    for (int i = 0; i < m_threads; ++i) {
        Share& share = m_shares[static_cast<std::size_t>((thread + i) % m_threads)];
        std::uint64_t next = share.next.load(std::memory_order_acquire);
        for (;;) {
            const std::uint32_t piece = static_cast<std::uint32_t>(next);
            if (piece >= share.end.load(std::memory_order_acquire))
                break;
            if (!share.next.compare_exchange_weak(next, next + 1, std::memory_order_acq_rel, std::memory_order_acquire))
                continue;
            const std::int64_t begin = piece * m_grain;
            const std::int64_t end = begin + m_grain < m_count ? begin + m_grain : m_count;
            m_job.call(m_job.context, begin, end, thread);
            ++done;
            next = share.next.load(std::memory_order_acquire);
        }
    }
    if (done != 0 && m_left.fetch_sub(done, std::memory_order_release) == done)
        m_left.notify_one();
}

void ThreadPool::workerLoop(int thread)
{
    lowerPriority();
    std::uint32_t round = 0;
    for (;;) {
        round = waitForChange(m_round, round);
        if (m_stop.load(std::memory_order_relaxed))
            return;
        takePieces(thread);
    }
}

} // namespace ahascope::kernels
