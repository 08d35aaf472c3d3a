#include "core/rollout/generator_device.h"

#include <algorithm>

#include "core/rollout/kv_pages.h"

namespace ahascope::rollout {

using kernels::DType;
using kernels::expect;

namespace {

kernels::KvShape kvShape(const model::ModelConfig& config, std::int64_t pages, DType type)
{
    return {config.layers, config.kvHeads, config.headDim, pages, type};
}

GeneratorCapacity completed(GeneratorCapacity capacity, const model::ModelConfig& config)
{
    expect(capacity.slots > 0 && capacity.tokensPerLook > 0 && capacity.endTokens >= 0, "a generator's capacity");
    expect(capacity.maxPromptTokens > 0 && capacity.maxNewTokens > 0, "a generator's lengths");
    capacity.maxPromptTokens = std::min(capacity.maxPromptTokens, config.contextLength());
    capacity.maxNewTokens = std::min(capacity.maxNewTokens, config.contextLength());
    const std::int64_t longest = std::min(capacity.maxPromptTokens + capacity.maxNewTokens, config.contextLength());
    capacity.prefillTokens = std::max(capacity.prefillTokens, longest);
    return capacity;
}

model::DecoderCapacity prefillCapacity(
    const kernels::Backend& backend, const GeneratorCapacity& capacity, const model::ModelConfig& config)
{
    const std::int64_t longest = std::min(capacity.maxPromptTokens + capacity.maxNewTokens, config.contextLength());
    return {.tokens = capacity.prefillTokens,
        .outputs = 0,
        .positions = longest,
        .training = false,
        .rows = backend.rowType(capacity.weights)};
}

std::int64_t pagesOfOne(const GeneratorCapacity& capacity)
{
    return pagesFor(capacity.maxPromptTokens) + pagesFor(capacity.maxNewTokens - 1);
}

std::int64_t pageCount(kernels::Backend& backend, const model::ModelConfig& config, const GeneratorCapacity& capacity)
{
    const std::int64_t all = capacity.slots * pagesOfOne(capacity);
    if (capacity.kvBytes == 0)
        return all;
    const std::int64_t pages = static_cast<std::int64_t>(
        capacity.kvBytes / bytesPerPage(backend, config, backend.rowType(capacity.weights)));
    if (pages < pagesOfOne(capacity))
        throw kernels::OutOfMemory("the memory for keys and values holds " + std::to_string(pages)
            + " pages, the longest sequence needs " + std::to_string(pagesOfOne(capacity))
            + ": give it more memory, or lower the maximum lengths of prompt and completion");
    return std::min(pages, all);
}

kernels::DecodeShape decodeShape(const GeneratorCapacity& capacity)
{
    return {.slots = capacity.slots,
        .prefixPages = pagesFor(capacity.maxPromptTokens),
        .ownPages = std::max<std::int64_t>(1, pagesFor(capacity.maxNewTokens - 1)),
        .tokensPerChunk = capacity.tokensPerLook + 1,
        .endTokens = std::max<std::int64_t>(1, capacity.endTokens)};
}

} // namespace

Mirror::Mirror(kernels::Tensor device, std::int32_t value)
    : m_device(device)
    , m_values(static_cast<std::size_t>(device.count()), value)
{
}

void Mirror::set(std::int64_t index, std::int32_t value)
{
    std::int32_t& mine = m_values.at(static_cast<std::size_t>(index));
    m_changed = m_changed || mine != value;
    mine = value;
}

void Mirror::flush(kernels::Backend& backend)
{
    if (m_changed)
        backend.upload(m_device, m_values.data());
    m_changed = false;
}

std::size_t bytesPerPage(kernels::Backend& backend, const model::ModelConfig& config, DType type)
{
    const std::size_t before = backend.bytesInUse();
    const auto probe = backend.makeKvCache(kvShape(config, 1, type));
    return std::max<std::size_t>(1, backend.bytesInUse() - before);
}

std::int64_t rowsFor(std::int64_t running, std::int64_t slots)
{
    std::int64_t rows = 1;
    while (rows < running)
        rows = rows < 8 ? rows * 2 : rows + 8;
    return std::min(rows, slots);
}

Generator::Device::Device(kernels::Backend& backend_, const model::ModelConfig& config_, GeneratorCapacity capacity_)
    : backend(backend_)
    , config(config_)
    , capacity(completed(capacity_, config_))
    , prefill(backend, config, prefillCapacity(backend, capacity, config))
    , steps(backend, config, capacity.slots, prefill.capacity().rows, prefill.ropeTable())
    , cache(backend.makeKvCache(kvShape(config, pageCount(backend, config, capacity), prefill.capacity().rows)))
    , state(backend.makeDecodeState(decodeShape(capacity)))
{
    const auto takeAll = [&](kernels::Arena& from) {
        promptHidden = from.take(prefill.capacity().rows, capacity.slots + 1, config.hiddenSize);
        firstHidden = from.take(prefill.capacity().rows, capacity.slots, config.hiddenSize);
        firstPlaces = from.take(DType::I32, 1, capacity.slots);
    };
    kernels::Arena measure;
    takeAll(measure);
    arena = kernels::Arena(backend, measure.bytesTaken());
    takeAll(arena);
    const auto count = static_cast<std::size_t>(state.outTokens.count());
    outputs = {std::vector<std::int32_t>(count, -1), std::vector<float>(count), std::vector<float>(count)};
}

void Generator::Device::forgetAll(std::span<const std::int32_t> endTokens)
{
    token = Mirror(state.token, -1);
    prefixLength = Mirror(state.prefixLength, 0);
    length = Mirror(state.length, 0);
    remaining = Mirror(state.remaining, 0);
    prefixTable = Mirror(state.prefixTable, 0);
    ownTable = Mirror(state.ownTable, 0);
    key = Mirror(state.key, 0);
    rows = Mirror(state.rows, 0);
    ends = Mirror(state.ends, -1);
    for (std::size_t i = 0; i < endTokens.size(); ++i)
        ends.set(static_cast<std::int64_t>(i), endTokens[i]);
}

void Generator::Device::fillSlot(const Sequence& sequence, const Prompt& prompt)
{
    const std::int32_t slot = sequence.slot;
    token.set(slot, sequence.generated() == 0 ? -1 : sequence.completion.tokens.back());
    prefixLength.set(slot, static_cast<std::int32_t>(prompt.tokens));
    length.set(slot, static_cast<std::int32_t>(sequence.cached()));
    remaining.set(slot, static_cast<std::int32_t>(sequence.maxNewTokens - sequence.generated()));
    key.set(2 * slot, static_cast<std::int32_t>(static_cast<std::uint32_t>(sequence.key)));
    key.set(2 * slot + 1, static_cast<std::int32_t>(static_cast<std::uint32_t>(sequence.key >> 32)));
    for (std::size_t i = 0; i < prompt.pages.size(); ++i)
        prefixTable.set(slot * state.shape.prefixPages + static_cast<std::int64_t>(i), prompt.pages[i]);
    setOwnPages(sequence);
}

void Generator::Device::setOwnPages(const Sequence& sequence)
{
    for (std::size_t i = 0; i < sequence.pages.size(); ++i)
        ownTable.set(sequence.slot * state.shape.ownPages + static_cast<std::int64_t>(i), sequence.pages[i]);
}

void Generator::Device::emptySlot(std::int32_t slot)
{
    token.reset(slot, -1);
    length.reset(slot, 0);
    remaining.reset(slot, 0);
}

void Generator::Device::follow(const Sequence& sequence)
{
    token.follow(sequence.slot, sequence.completion.tokens.back());
    length.follow(sequence.slot, static_cast<std::int32_t>(sequence.cached()));
    remaining.follow(sequence.slot, static_cast<std::int32_t>(sequence.maxNewTokens - sequence.generated()));
}

void Generator::Device::clearOthers(std::span<const std::int32_t> slots)
{
    std::vector<bool> runs(static_cast<std::size_t>(capacity.slots), false);
    for (const std::int32_t slot : slots)
        runs[static_cast<std::size_t>(slot)] = true;
    for (std::int64_t slot = 0; slot < capacity.slots; ++slot)
        if (!runs[static_cast<std::size_t>(slot)])
            remaining.set(slot, 0);
}

void Generator::Device::setRows(std::span<const std::int32_t> slots, std::int64_t count)
{
    std::vector<bool> used(static_cast<std::size_t>(capacity.slots), false);
    std::int64_t row = 0;
    for (const std::int32_t slot : slots) {
        used[static_cast<std::size_t>(slot)] = true;
        rows.set(row++, slot);
    }
    for (std::int32_t slot = 0; row < count; ++slot)
        if (!used[static_cast<std::size_t>(slot)])
            rows.set(row++, slot);
}

void Generator::Device::flush()
{
    for (Mirror* mirror : {&token, &prefixLength, &length, &remaining, &prefixTable, &ownTable, &key, &rows, &ends})
        mirror->flush(backend);
}

void Generator::Device::downloadOutputs()
{
    backend.download(outputs.tokens.data(), state.outTokens);
    backend.download(outputs.logProbs.data(), state.outLogProbs);
    backend.download(outputs.entropies.data(), state.outEntropy);
}

} // namespace ahascope::rollout
