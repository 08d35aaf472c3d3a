// Completions of prompts, sampled with continuous batching.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "core/model/parameters.h"
#include "kernels/backend.h"

namespace ahascope::rollout {

// Fixed when the generator is made; all memory is planned from it. None of these numbers changes a result.
struct GeneratorCapacity {
    std::int64_t slots = 64; // sequences decoded at once
    std::int64_t maxPromptTokens = 0;
    std::int64_t maxNewTokens = 0;
    std::int64_t prefillTokens = 2048; // rows of one prefill pass; at least one longest sequence is always allowed
    std::int64_t tokensPerLook = 4;    // k: tokens generated between two looks of the host
    std::int64_t endTokens = 4;        // most ids that may end a sequence
    std::size_t kvBytes = 0;           // for keys and values; 0 = enough for all slots at full length
    kernels::DType weights = kernels::DType::F32; // the type that the model's matrices are stored in
};

// One prompt and its group. The prompt is computed once for all samples.
struct GenerationRequest {
    std::vector<std::int32_t> prompt; // at least one token
    std::vector<std::uint64_t> keys;  // one per sample, from sequenceKey()
    std::int64_t maxNewTokens = 0;
};

enum class FinishReason : std::uint8_t { Stop, Length };

struct Completion {
    std::vector<std::int32_t> tokens; // the token that ended it included
    std::vector<float> logProbs;      // natural log, under softmax(z / reportTemperature), of each token
    std::vector<float> entropies;     // nats, of the same distributions
    FinishReason finishReason = FinishReason::Length;

    bool operator==(const Completion&) const = default;
};

// True when the sequence ends with the last of `tokens`. Called once for each new token in order, so that the result
// does not depend on tokensPerLook. `request` and `sample` say whose tokens they are.
using StopMatcher = std::function<bool(std::size_t request, std::size_t sample, std::span<const std::int32_t> tokens)>;

struct GenerationProgress {
    std::int64_t finished = 0; // completions
    std::int64_t total = 0;
    std::int64_t tokens = 0; // generated and kept so far
};

struct GenerationOptions {
    kernels::SamplingOptions sampling = {}; // reportTemperature: the trainer's temperature
    std::vector<std::int32_t> endTokens = {};
    StopMatcher stopMatcher = {};                                 // may be empty
    std::function<void(const GenerationProgress&)> progress = {}; // between chunks; may be empty
    std::function<bool()> cancelled = {};                         // asked between chunks; may be empty
    // Called for each new token, a sample's in order, after it was added; may be empty.
    std::function<void(std::size_t request, std::size_t sample, const Completion&)> grown = {};
    // Called when a completion is finished, in the order of finishing; may be empty.
    std::function<void(std::size_t request, std::size_t sample, const Completion&)> finished = {};
};

struct GenerationStatistics {
    std::int64_t tokens = 0;     // kept
    std::int64_t decodeRows = 0; // rows computed by decode steps, padding and overshoot included
    std::int64_t prefillRows = 0;
    std::int64_t chunks = 0;
    std::int64_t preemptions = 0; // sequences put back because the pages ran out
};

struct GenerationResult {
    std::vector<std::vector<Completion>> completions; // [request][sample]
    bool cancelled = false; // then unfinished completions hold what there is, as FinishReason::Length
    GenerationStatistics statistics;
};

// Completions depend on the weights, the prompt, the key and the sampling options alone: not on slots, tokensPerLook,
// kvBytes, threads or the other requests, bit for bit (on the processor).
class Generator {
public:
    // Throws kernels::OutOfMemory when kvBytes or the device cannot hold one longest sequence.
    Generator(kernels::Backend& backend, const model::ModelConfig& config, GeneratorCapacity capacity);
    ~Generator();

    const GeneratorCapacity& capacity() const;
    std::int64_t pages() const; // of the key/value cache
    std::size_t bytesForKeysAndValues() const;

    // Throws std::invalid_argument for an empty prompt, one longer than the capacity, a token id outside the
    // vocabulary, too many end tokens, or more new tokens than the capacity.
    GenerationResult generate(const model::Parameters& parameters, std::span<const GenerationRequest> requests,
        const GenerationOptions& options);

private:
    class Session;
    struct Device;
    std::unique_ptr<Device> m_device;
};

} // namespace ahascope::rollout
