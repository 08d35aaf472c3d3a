#include "core/rollout/generator.h"

#include <algorithm>
#include <stdexcept>
#include <string>

#include "core/rollout/generator_device.h"
#include "core/rollout/prefill_plan.h"
#include "core/rollout/scheduler.h"

namespace ahascope::rollout {

using kernels::Tensor;

// One call of generate().
class Generator::Session {
public:
    Session(Device& device, const model::Parameters& parameters, std::span<const GenerationRequest> requests,
        const GenerationOptions& options)
        : m_device(device)
        , m_parameters(parameters)
        , m_requests(requests)
        , m_options(options)
        , m_scheduler({device.capacity.slots, device.cache->shape().pages, device.capacity.tokensPerLook}, requests)
    {
        m_progress.total = static_cast<std::int64_t>(m_scheduler.sequences().size());
    }

    GenerationResult run()
    {
        m_device.forgetAll(m_options.endTokens);
        reportEmpty();
        while (!m_scheduler.finished()) {
            if (m_options.cancelled && m_options.cancelled()) {
                m_result.cancelled = true;
                break;
            }
            m_result.statistics.preemptions += m_scheduler.grow();
            const Admission admission = m_scheduler.admit();
            prefill(admission);
            prepare(admission);
            sampleFirst(admission);
            decode();
            collect();
            if (m_options.progress)
                m_options.progress(m_progress);
        }
        takeCompletions();
        return std::move(m_result);
    }

private:
    // Requests for no tokens are finished before they begin.
    void reportEmpty()
    {
        for (const Sequence& sequence : m_scheduler.sequences())
            if (sequence.state == SequenceState::Finished)
                report(sequence);
    }

    void report(const Sequence& sequence)
    {
        ++m_progress.finished;
        if (m_options.finished)
            m_options.finished(sequence.request, sequence.sample, sequence.completion);
    }

    void prefill(const Admission& admission)
    {
        for (PrefillPass& pass : planPrefill(admission, m_scheduler, m_requests, m_device.capacity.prefillTokens)) {
            m_result.statistics.prefillRows += pass.batch.rows();
            m_device.prefill.forward(m_parameters, pass.batch, {m_device.cache.get(), pass.destinations});
            for (const PrefillPass::LastRow& last : pass.lastRows)
                m_device.backend.copy(
                    m_device.promptHidden.rowRange(last.place, 1), m_device.prefill.hidden().rowRange(last.row, 1));
        }
    }

    // Brings the decode state up to date. What the device itself moves on (token, length, remaining) may be uploaded
    // here only, before this look's first operation on it.
    void prepare(const Admission& admission)
    {
        m_running = m_scheduler.running();
        m_slots.clear();
        for (const std::size_t index : m_running) {
            m_device.setOwnPages(m_scheduler.sequence(index));
            m_slots.push_back(m_scheduler.sequence(index).slot);
        }
        for (const std::size_t index : admission.sequences) {
            const Sequence& sequence = m_scheduler.sequence(index);
            m_device.fillSlot(sequence, m_scheduler.prompt(sequence.request));
        }
        m_device.clearOthers(m_slots);
    }

    // Draws the first token of newly admitted sequences from their prompts' last hidden states, into output row 0.
    void sampleFirst(const Admission& admission)
    {
        std::vector<std::int32_t> slots, places;
        m_first.clear();
        for (const std::size_t index : admission.sequences) {
            const Sequence& sequence = m_scheduler.sequence(index);
            if (sequence.generated() > 0)
                continue;
            slots.push_back(sequence.slot);
            places.push_back(m_scheduler.prompt(sequence.request).place);
            m_first.push_back(index);
        }
        if (slots.empty())
            return;
        const auto count = static_cast<std::int64_t>(slots.size());
        m_device.setRows(slots, count);
        m_device.flush();
        const Tensor from = m_device.firstPlaces.columnRange(0, count);
        const Tensor hidden = m_device.firstHidden.rowRange(0, count);
        m_device.backend.upload(from, places.data());
        m_device.backend.gatherRows(hidden, m_device.promptHidden, from);
        m_device.backend.lmHeadSample(m_device.state, 0, hidden, m_parameters.head(), m_options.sampling);
    }

    void decode()
    {
        const std::int64_t rows = rowsFor(static_cast<std::int64_t>(m_slots.size()), m_device.capacity.slots);
        m_device.setRows(m_slots, rows);
        m_device.flush();
        m_device.steps.run(m_parameters, *m_device.cache, m_device.state, rows, 1, m_device.capacity.tokensPerLook,
            m_options.sampling);
        m_result.statistics.decodeRows += rows * m_device.capacity.tokensPerLook;
        ++m_result.statistics.chunks;
        m_device.downloadOutputs();
    }

    void collect()
    {
        for (const std::size_t index : m_running) {
            const bool first = std::ranges::binary_search(m_first, index);
            bool ended = false;
            for (std::int64_t row = first ? 0 : 1; row <= m_device.capacity.tokensPerLook && !ended; ++row)
                ended = append(m_scheduler.sequence(index), row);
            settle(index, ended);
        }
    }

    // Appends the token of one output row; true when the sequence is complete.
    bool append(Sequence& sequence, std::int64_t row)
    {
        const auto at = static_cast<std::size_t>(row * m_device.capacity.slots + sequence.slot);
        const std::int32_t token = m_device.outputs.tokens[at];
        // The plan backend brings no tokens: its sequences run to their full length, the worst case.
        const bool computes = m_device.backend.computes();
        kernels::expect(!computes || token >= 0, "a running sequence has a token");
        Completion& completion = sequence.completion;
        completion.tokens.push_back(computes ? token : 0);
        completion.logProbs.push_back(m_device.outputs.logProbs[at]);
        completion.entropies.push_back(m_device.outputs.entropies[at]);
        ++m_progress.tokens;
        if (m_options.grown)
            m_options.grown(sequence.request, sequence.sample, completion);
        const bool stopped = computes
            && (std::ranges::find(m_options.endTokens, token) != m_options.endTokens.end()
                || (m_options.stopMatcher
                    && m_options.stopMatcher(sequence.request, sequence.sample, completion.tokens)));
        completion.finishReason = stopped ? FinishReason::Stop : FinishReason::Length;
        return stopped || sequence.generated() == sequence.maxNewTokens;
    }

    void settle(std::size_t index, bool ended)
    {
        const Sequence& sequence = m_scheduler.sequence(index);
        if (!ended) {
            m_device.follow(sequence);
            return;
        }
        m_device.emptySlot(sequence.slot);
        m_scheduler.finish(index);
        report(sequence);
    }

    void takeCompletions()
    {
        m_result.statistics.tokens = m_progress.tokens;
        for (const GenerationRequest& request : m_requests)
            m_result.completions.emplace_back(request.keys.size());
        for (std::size_t i = 0; i < m_scheduler.sequences().size(); ++i) {
            Sequence& sequence = m_scheduler.sequence(i);
            m_result.completions[sequence.request][sequence.sample] = std::move(sequence.completion);
        }
    }

    Device& m_device;
    const model::Parameters& m_parameters;
    std::span<const GenerationRequest> m_requests;
    const GenerationOptions& m_options;
    Scheduler m_scheduler;
    GenerationProgress m_progress;
    GenerationResult m_result;
    std::vector<std::size_t> m_running; // in this look
    std::vector<std::int32_t> m_slots;  // theirs
    std::vector<std::size_t> m_first;   // those among them whose first token is in output row 0, ascending
};

namespace {

void check(const GeneratorCapacity& capacity, const model::ModelConfig& config, const GenerationRequest& request,
    std::size_t index)
{
    const auto fail = [&](const std::string& what) {
        throw std::invalid_argument("request " + std::to_string(index) + ": " + what);
    };
    const auto length = static_cast<std::int64_t>(request.prompt.size());
    if (length == 0)
        fail("the prompt is empty");
    if (length > capacity.maxPromptTokens)
        fail("the prompt has " + std::to_string(length) + " tokens, at most " + std::to_string(capacity.maxPromptTokens)
            + " fit");
    if (request.maxNewTokens < 0 || request.maxNewTokens > capacity.maxNewTokens)
        fail(std::to_string(request.maxNewTokens) + " new tokens asked for, at most "
            + std::to_string(capacity.maxNewTokens) + " fit");
    if (length + request.maxNewTokens > config.contextLength())
        fail("prompt and completion need " + std::to_string(length + request.maxNewTokens)
            + " positions, the model has " + std::to_string(config.contextLength()));
    for (const std::int32_t id : request.prompt)
        if (id < 0 || id >= config.vocabSize)
            fail(
                "token id " + std::to_string(id) + " is outside the vocabulary of " + std::to_string(config.vocabSize));
}

} // namespace

Generator::Generator(kernels::Backend& backend, const model::ModelConfig& config, GeneratorCapacity capacity)
    : m_device(std::make_unique<Device>(backend, config, capacity))
{
}

Generator::~Generator() = default;

const GeneratorCapacity& Generator::capacity() const
{
    return m_device->capacity;
}

std::int64_t Generator::pages() const
{
    return m_device->cache->shape().pages;
}

std::size_t Generator::bytesForKeysAndValues() const
{
    return static_cast<std::size_t>(pages())
        * bytesPerPage(m_device->backend, m_device->config, m_device->prefill.capacity().rows);
}

GenerationResult Generator::generate(
    const model::Parameters& parameters, std::span<const GenerationRequest> requests, const GenerationOptions& options)
{
    kernels::expect(parameters.config() == m_device->config, "the generator was made for this model");
    if (static_cast<std::int64_t>(options.endTokens.size()) > m_device->capacity.endTokens)
        throw std::invalid_argument("at most " + std::to_string(m_device->capacity.endTokens) + " end tokens, "
            + std::to_string(options.endTokens.size()) + " given");
    for (std::size_t i = 0; i < requests.size(); ++i)
        check(m_device->capacity, m_device->config, requests[i], i);
    return Session(*m_device, parameters, requests, options).run();
}

} // namespace ahascope::rollout
