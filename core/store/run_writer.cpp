#include "core/store/run_writer.h"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <thread>
#include <utility>
#include <variant>

#include "core/log.h"
#include "core/store/run_database.h"

namespace ahascope::store {

using pipeline::Notice;
using pipeline::RunEvent;

namespace {

constexpr std::size_t mostHeavy = 2; // steps and evaluations that may wait
constexpr std::size_t mostWaiting = 256;

struct RemovedCheckpoint {
    std::string path;
};
using Item = std::variant<RunEvent, RemovedCheckpoint>;

bool isHeavy(const Item& item)
{
    const auto* event = std::get_if<RunEvent>(&item);
    return event
        && (std::holds_alternative<pipeline::StepFinished>(event->what)
            || std::holds_alternative<pipeline::EvaluationFinished>(event->what));
}

} // namespace

struct RunWriter::State {
    State(Lease held, WriterOptions given)
        : lease(std::move(held))
        , options(std::move(given))
        , database(std::in_place, lease.folder())
        , thread([this] { writeAll(); })
    {
    }

    // ---- The run's thread
    void put(Item item);
    void waitUntilWritten();
    void end(); // lets the thread write what is left, and joins it

    // ---- The writing thread
    void writeAll();
    void writeOne(const Item& item);
    // False: give up.
    bool waitForSpace();

    Lease lease;
    WriterOptions options;
    std::optional<RunDatabase> database; // of the writing thread, once that runs

    std::mutex mutex; // guards what follows
    std::condition_variable changed;
    std::deque<Item> waiting; // the front one is being written
    std::size_t heavy = 0;
    bool ending = false;
    std::exception_ptr error; // set once; nothing is written after it
    bool errorTold = false;
    std::deque<Notice> notices;

    std::atomic<std::int64_t> lastWriteNs{0};
    std::thread thread; // last: it uses all of the above

private:
    void tellNotices(std::unique_lock<std::mutex>& lock);
    template <class Condition>
    void waitFor(std::unique_lock<std::mutex>& lock, const Condition& condition);
};

// Hands notices to the caller outside the lock, so that it may take its time.
void RunWriter::State::tellNotices(std::unique_lock<std::mutex>& lock)
{
    while (!notices.empty()) {
        Notice notice = std::move(notices.front());
        notices.pop_front();
        lock.unlock();
        if (options.onNotice)
            options.onNotice(notice);
        lock.lock();
    }
}

template <class Condition>
void RunWriter::State::waitFor(std::unique_lock<std::mutex>& lock, const Condition& condition)
{
    tellNotices(lock);
    while (!error && !condition()) {
        changed.wait(lock, [&] { return error || !notices.empty() || condition(); });
        tellNotices(lock);
    }
    if (error) {
        errorTold = true;
        std::rethrow_exception(error);
    }
}

void RunWriter::State::put(Item item)
{
    std::unique_lock lock(mutex);
    bool itemIsHeavy = isHeavy(item);
    waitFor(lock, [&] { return waiting.size() < mostWaiting && (!itemIsHeavy || heavy < mostHeavy); });
    heavy += itemIsHeavy;
    waiting.push_back(std::move(item));
    changed.notify_all();
}

void RunWriter::State::waitUntilWritten()
{
    std::unique_lock lock(mutex);
    waitFor(lock, [&] { return waiting.empty(); });
}

void RunWriter::State::end()
{
    {
        std::lock_guard lock(mutex);
        ending = true;
        changed.notify_all();
    }
    if (thread.joinable())
        thread.join();
}

void RunWriter::State::writeAll()
{
    std::unique_lock lock(mutex);
    while (true) {
        changed.wait(lock, [&] { return !waiting.empty() || ending; });
        if (waiting.empty())
            break;
        const Item& item = waiting.front(); // stays in place: put() only appends
        lock.unlock();
        std::exception_ptr failed;
        try {
            writeOne(item);
        } catch (...) {
            failed = std::current_exception();
        }
        lock.lock();
        if (failed) {
            error = failed;
            changed.notify_all();
            break;
        }
        heavy -= isHeavy(item);
        waiting.pop_front();
        changed.notify_all();
    }
    lock.unlock();
    database.reset(); // moves the log into the file
}

void RunWriter::State::writeOne(const Item& item)
{
    auto start = std::chrono::steady_clock::now();
    bool waited = false;
    for (bool written = false; !written;) {
        try {
            if (const auto* event = std::get_if<RunEvent>(&item))
                database->append(*event);
            else
                database->removeCheckpoint(std::get<RemovedCheckpoint>(item).path);
            written = true;
        } catch (const StoreError& full) {
            if (full.kind() != StoreError::Kind::DiskFull)
                throw;
            if (!waited) {
                std::lock_guard lock(mutex);
                notices.push_back({Notice::Level::Warning, std::string(full.what()) + "; the run waits for space"});
                changed.notify_all();
            }
            waited = true;
            if (!waitForSpace())
                throw;
        }
    }
    if (waited) {
        std::lock_guard lock(mutex);
        notices.push_back({Notice::Level::Info, "There is space again; the run goes on"});
        changed.notify_all();
    }
    lastWriteNs = std::chrono::nanoseconds(std::chrono::steady_clock::now() - start).count();
}

bool RunWriter::State::waitForSpace()
{
    if (options.stopRequested && options.stopRequested())
        return false;
    std::unique_lock lock(mutex);
    changed.wait_for(lock, options.retryEvery, [&] { return ending; });
    return !ending;
}

RunWriter::RunWriter(Lease lease, WriterOptions options)
    : m_state(std::make_unique<State>(std::move(lease), std::move(options)))
{
}

RunWriter::~RunWriter()
{
    if (!m_state)
        return;
    m_state->end();
    if (m_state->error && !m_state->errorTold) {
        try {
            std::rethrow_exception(m_state->error);
        } catch (const std::exception& error) {
            log::error(std::string("the end of the run was not stored: ") + error.what());
        } catch (...) {
            log::error("the end of the run was not stored");
        }
    }
}

RunWriter::State& RunWriter::open()
{
    if (!m_state)
        throw std::logic_error("the run's file is closed already");
    return *m_state;
}

void RunWriter::post(const RunEvent& event)
{
    open().put(event);
}

void RunWriter::removeCheckpoint(const std::string& path)
{
    open().put(RemovedCheckpoint{path});
}

void RunWriter::flush()
{
    open().waitUntilWritten();
}

void RunWriter::close()
{
    if (!m_state)
        return;
    m_state->waitUntilWritten();
    m_state->end();
    m_state.reset();
}

std::chrono::nanoseconds RunWriter::lastWriteTime() const
{
    return std::chrono::nanoseconds(m_state ? m_state->lastWriteNs.load() : 0);
}

} // namespace ahascope::store
