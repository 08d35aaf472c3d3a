#include "core/rollout/prefill_plan.h"

#include <algorithm>
#include <map>

#include "kernels/decode_state.h"

namespace ahascope::rollout {

namespace {

std::int32_t cachePlace(std::span<const std::int32_t> pages, std::int64_t token)
{
    constexpr std::int64_t size = kernels::KvShape::pageTokens;
    return static_cast<std::int32_t>(pages[static_cast<std::size_t>(token / size)] * size + token % size);
}

class Planner {
public:
    Planner(const Scheduler& scheduler, std::span<const GenerationRequest> requests, std::int64_t rows)
        : m_scheduler(scheduler)
        , m_requests(requests)
        , m_rows(rows)
    {
    }

    // One prompt and the sequences of its group that bring tokens of their own.
    void addGroup(std::size_t request, bool compute, std::span<const std::size_t> sequences)
    {
        const Prompt& prompt = m_scheduler.prompt(request);
        std::size_t segment = addPrompt(request, compute);
        for (const std::size_t index : sequences) {
            const Sequence& sequence = m_scheduler.sequences()[index];
            const std::int64_t length = sequence.cached();
            if (current().batch.rows() + length > m_rows && current().batch.rows() > prompt.tokens) {
                m_passes.emplace_back();
                segment = addPrompt(request, false);
            }
            const std::span<const std::int32_t> tokens = sequence.completion.tokens;
            current().batch.addContinuation(segment, tokens.first(static_cast<std::size_t>(length)));
            for (std::int64_t i = 0; i < length; ++i)
                current().destinations.push_back(cachePlace(sequence.pages, i));
        }
    }

    std::vector<PrefillPass> take() { return std::move(m_passes); }

private:
    PrefillPass& current() { return m_passes.back(); }

    std::size_t addPrompt(std::size_t request, bool compute)
    {
        const Prompt& prompt = m_scheduler.prompt(request);
        if (m_passes.empty() || (current().batch.rows() > 0 && current().batch.rows() + prompt.tokens > m_rows))
            m_passes.emplace_back();
        const std::size_t segment = current().batch.addSequence(m_requests[request].prompt);
        for (std::int64_t i = 0; i < prompt.tokens; ++i)
            current().destinations.push_back(compute ? cachePlace(prompt.pages, i) : -1);
        if (compute)
            current().lastRows.push_back({current().batch.rows() - 1, prompt.place});
        return segment;
    }

    const Scheduler& m_scheduler;
    std::span<const GenerationRequest> m_requests;
    std::int64_t m_rows;
    std::vector<PrefillPass> m_passes;
};

} // namespace

std::vector<PrefillPass> planPrefill(const Admission& admission, const Scheduler& scheduler,
    std::span<const GenerationRequest> requests, std::int64_t rows)
{
    // By request: its prompt if it is new, and its sequences that come back.
    std::map<std::size_t, std::vector<std::size_t>> returning;
    for (const std::size_t request : admission.prompts)
        returning[request];
    for (const std::size_t index : admission.sequences) {
        const Sequence& sequence = scheduler.sequences()[index];
        if (sequence.cached() > 0)
            returning[sequence.request].push_back(index);
    }
    Planner planner(scheduler, requests, rows);
    for (const auto& [request, sequences] : returning) {
        const bool compute = std::ranges::find(admission.prompts, request) != admission.prompts.end();
        planner.addGroup(request, compute, sequences);
    }
    return planner.take();
}

} // namespace ahascope::rollout
