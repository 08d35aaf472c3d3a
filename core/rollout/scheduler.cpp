#include "core/rollout/scheduler.h"

#include <algorithm>

#include "kernels/error.h"

namespace ahascope::rollout {

Scheduler::Scheduler(SchedulerLimits limits, std::span<const GenerationRequest> requests)
    : m_limits(limits)
    , m_pages(limits.pages)
{
    for (std::size_t r = 0; r < requests.size(); ++r) {
        Prompt& prompt = m_prompts.emplace_back();
        prompt.tokens = static_cast<std::int64_t>(requests[r].prompt.size());
        for (std::size_t s = 0; s < requests[r].keys.size(); ++s) {
            Sequence& sequence = m_sequences.emplace_back();
            sequence.request = r;
            sequence.sample = s;
            sequence.key = requests[r].keys[s];
            sequence.maxNewTokens = requests[r].maxNewTokens;
            if (sequence.maxNewTokens == 0) {
                sequence.state = SequenceState::Finished;
                continue;
            }
            m_waiting.insert(m_sequences.size() - 1);
            ++prompt.waiting;
        }
    }
    m_unfinished = m_waiting.size();
    for (std::int64_t slot = limits.slots; slot-- > 0;)
        m_freeSlots.push_back(static_cast<std::int32_t>(slot));
    // One more than slots: while a slot is free, at most slots - 1 prompts have a running sequence.
    for (std::int64_t place = limits.slots + 1; place-- > 0;)
        m_freePlaces.push_back(static_cast<std::int32_t>(place));
}

std::vector<std::size_t> Scheduler::running() const
{
    std::vector<std::size_t> result = m_running;
    std::ranges::sort(result);
    return result;
}

std::int64_t Scheduler::grow()
{
    std::int64_t putBack = 0;
    for (std::size_t i = 0; i < m_running.size(); ++i) {
        while (i < m_running.size() && !giveOwnPages(m_sequences[m_running[i]])) {
            stop(m_running.back(), SequenceState::Waiting);
            ++putBack;
        }
    }
    return putBack;
}

Admission Scheduler::admit()
{
    Admission admission;
    while (!m_waiting.empty() && !m_freeSlots.empty()) {
        const std::size_t index = *m_waiting.begin();
        Sequence& sequence = m_sequences[index];
        Prompt& prompt = m_prompts[sequence.request];
        const bool wasResident = prompt.resident();
        const bool fits = makeResident(sequence.request) && giveOwnPages(sequence) && m_pages.free() >= stillGrowing();
        if (!fits) {
            m_pages.release(sequence.pages);
            sequence.pages.clear();
            if (!wasResident && prompt.resident())
                makeAbsent(prompt);
            if (m_running.empty())
                throw kernels::OutOfMemory("the key/value cache cannot hold one sequence: give it more memory, or "
                                           "lower the maximum lengths of prompt and completion");
            break;
        }
        m_waiting.erase(m_waiting.begin());
        --prompt.waiting;
        ++prompt.running;
        m_pages.hold(prompt.pages);
        sequence.state = SequenceState::Running;
        sequence.slot = m_freeSlots.back();
        m_freeSlots.pop_back();
        m_running.push_back(index);
        admission.sequences.push_back(index);
        if (!wasResident)
            admission.prompts.push_back(sequence.request);
    }
    return admission;
}

void Scheduler::finish(std::size_t index)
{
    stop(index, SequenceState::Finished);
    --m_unfinished;
}

// A resident prompt holds its own pages once, each running sample once more.
bool Scheduler::makeResident(std::size_t request)
{
    Prompt& prompt = m_prompts[request];
    if (prompt.resident())
        return true;
    const std::int64_t pages = pagesFor(prompt.tokens);
    if (m_freePlaces.empty() || m_pages.free() < pages)
        evictIdle(request);
    if (m_freePlaces.empty() || !m_pages.take(pages, prompt.pages))
        return false;
    prompt.place = m_freePlaces.back();
    m_freePlaces.pop_back();
    return true;
}

bool Scheduler::giveOwnPages(Sequence& sequence)
{
    const std::int64_t needed = pagesFor(sequence.cachedAfter(m_limits.tokensPerLook));
    const std::int64_t missing = needed - static_cast<std::int64_t>(sequence.pages.size());
    if (missing <= 0)
        return true;
    if (m_pages.free() < missing)
        evictIdle(sequence.request);
    return m_pages.take(missing, sequence.pages);
}

// Running sequences that may need another page: as many stay free, so that a newcomer is not put back at once.
std::int64_t Scheduler::stillGrowing() const
{
    return std::ranges::count_if(m_running, [&](std::size_t index) {
        const Sequence& sequence = m_sequences[index];
        return static_cast<std::int64_t>(sequence.pages.size()) < pagesFor(sequence.maxNewTokens - 1);
    });
}

void Scheduler::evictIdle(std::size_t except)
{
    for (std::size_t r = 0; r < m_prompts.size(); ++r)
        if (r != except && m_prompts[r].resident() && m_prompts[r].running == 0)
            makeAbsent(m_prompts[r]);
}

void Scheduler::makeAbsent(Prompt& prompt)
{
    m_pages.release(prompt.pages);
    prompt.pages.clear();
    m_freePlaces.push_back(prompt.place);
    prompt.place = -1;
}

void Scheduler::stop(std::size_t index, SequenceState state)
{
    Sequence& sequence = m_sequences.at(index);
    kernels::expect(sequence.state == SequenceState::Running, "the sequence runs");
    Prompt& prompt = m_prompts[sequence.request];
    m_pages.release(sequence.pages);
    m_pages.release(prompt.pages);
    sequence.pages.clear();
    m_freeSlots.push_back(sequence.slot);
    sequence.slot = -1;
    sequence.state = state;
    std::erase(m_running, index);
    --prompt.running;
    if (state == SequenceState::Waiting) {
        m_waiting.insert(index);
        ++prompt.waiting;
    }
    if (prompt.running == 0 && prompt.waiting == 0)
        makeAbsent(prompt);
}

} // namespace ahascope::rollout
