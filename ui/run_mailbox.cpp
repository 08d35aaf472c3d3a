#include "ui/run_mailbox.h"

#include <algorithm>
#include <utility>

namespace ahascope::ui {

namespace {
// Adds one event to the news.
struct Reader {
    RunNews& news;
    const pipeline::Position& at;
    std::size_t mostNotices;

    void operator()(const pipeline::RunStarted& event) const
    {
        news.started = true;
        news.device = event.device;
        news.resumedFrom = event.resumedFrom;
    }
    void operator()(const pipeline::StageStarted& event) const { news.stageSteps = event.steps; }
    void operator()(const pipeline::StepFinished& event) const
    {
        news.stepped = true;
        news.metrics = event.metrics;
        news.dataUpTo = std::max(news.dataUpTo, at.globalStep);
    }
    void operator()(const pipeline::EvaluationFinished& event) const
    {
        ++news.evaluations;
        news.evaluation = event.metrics;
        news.dataUpTo = std::max(news.dataUpTo, at.globalStep);
    }
    void operator()(const pipeline::CheckpointSaved&) const { ++news.checkpoints; }
    void operator()(const pipeline::Notice& event) const
    {
        if (news.notices.size() < mostNotices)
            news.notices.emplace_back(at, event);
        else
            ++news.noticesLeftOut;
    }
    void operator()(const pipeline::StageFinished&) const { }
    void operator()(const pipeline::RunPaused&) const { news.paused = true; }
    void operator()(const pipeline::RunContinued&) const { news.paused = false; }
    void operator()(const pipeline::RunFinished& event) const { news.finished = event; }
};
}

RunMailbox::RunMailbox(std::function<void()> wake) : m_wake(std::move(wake)) { }

void RunMailbox::post(const pipeline::RunEvent& event)
{
    const std::lock_guard lock(m_mutex);
    m_news.at = event.at;
    std::visit(Reader{m_news, event.at, mostNotices}, event.what);
    if (!std::exchange(m_waiting, true) && m_wake)
        m_wake();
}

void RunMailbox::close()
{
    const std::lock_guard lock(m_mutex);
    m_wake = nullptr;
}

RunNews RunMailbox::take()
{
    const std::lock_guard lock(m_mutex);
    m_waiting = false;
    RunNews news = m_news;
    m_news.started = false;
    m_news.stepped = false;
    m_news.evaluations = 0;
    m_news.checkpoints = 0;
    m_news.notices.clear();
    m_news.noticesLeftOut = 0;
    m_news.finished.reset();
    return news;
}

void RunMailbox::clear()
{
    const std::lock_guard lock(m_mutex);
    m_waiting = false;
    m_news = {};
}

} // namespace ahascope::ui
