// What a generator keeps on the device, and the host's copy of the decode state.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/model/decoder.h"
#include "core/model/step_decoder.h"
#include "core/rollout/generator.h"
#include "core/rollout/sequence.h"

namespace ahascope::rollout {

// One tensor of the decode state as the host knows it; uploaded when the host has changed it.
class Mirror {
public:
    Mirror() = default;
    Mirror(kernels::Tensor device, std::int32_t value);

    std::int32_t at(std::int64_t index) const { return m_values[static_cast<std::size_t>(index)]; }
    // The device has to be told.
    void set(std::int64_t index, std::int32_t value);
    // The device knows by itself.
    void follow(std::int64_t index, std::int32_t value) { m_values[static_cast<std::size_t>(index)] = value; }
    // The device has moved on to a value that the host does not follow, and has to be told.
    void reset(std::int64_t index, std::int32_t value)
    {
        follow(index, value);
        m_changed = true;
    }
    void flush(kernels::Backend& backend);

private:
    kernels::Tensor m_device;
    std::vector<std::int32_t> m_values;
    bool m_changed = true;
};

// What one look at the device brings: [tokensPerChunk, slots].
struct ChunkOutputs {
    std::vector<std::int32_t> tokens;
    std::vector<float> logProbs;
    std::vector<float> entropies;
};

struct Generator::Device {
    Device(kernels::Backend& backend, const model::ModelConfig& config, GeneratorCapacity capacity);

    kernels::Backend& backend;
    model::ModelConfig config;
    GeneratorCapacity capacity; // prefillTokens raised to one longest sequence
    model::Decoder prefill;
    model::StepDecoder steps;
    std::unique_ptr<kernels::KvCache> cache;
    kernels::DecodeState state; // tokensPerChunk = capacity.tokensPerLook + 1: row 0 is for first tokens
    kernels::Arena arena;
    kernels::Tensor promptHidden; // [slots + 1, C] last hidden state of each resident prompt, by place
    kernels::Tensor firstHidden;  // [slots, C]
    kernels::Tensor firstPlaces;  // I32 [1, slots]

    Mirror token, prefixLength, length, remaining, prefixTable, ownTable, key, rows, ends;
    ChunkOutputs outputs;

    void forgetAll(std::span<const std::int32_t> endTokens); // no slot runs
    void fillSlot(const Sequence& sequence, const Prompt& prompt);
    void setOwnPages(const Sequence& sequence);
    void emptySlot(std::int32_t slot);
    // The device has generated the sequence's tokens by itself.
    void follow(const Sequence& sequence);
    // No slot but these runs.
    void clearOthers(std::span<const std::int32_t> slots);
    // The leading rows work for `slots`, padded with idle ones up to `count`.
    void setRows(std::span<const std::int32_t> slots, std::int64_t count);
    void flush();
    void downloadOutputs();
};

// Bytes of one page of the cache on this backend.
std::size_t bytesPerPage(kernels::Backend& backend, const model::ModelConfig& config, kernels::DType type);

// The number of rows for `running` sequences: few different numbers, so that recordings are used again.
std::int64_t rowsFor(std::int64_t running, std::int64_t slots);

} // namespace ahascope::rollout
