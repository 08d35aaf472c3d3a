// Sequences in the middle of decoding, without what came before: to time steps at a given context.
#pragma once

#include <memory>

#include "core/model/step_decoder.h"

namespace ahascope::gpu {

class DecodeRig {
public:
    // `sequences` of `context` tokens each; caches hold whatever random rows were stored.
    DecodeRig(model::Parameters& parameters, std::int64_t sequences, std::int64_t context);

    static constexpr std::int64_t stepsOfRun = 16;
    // Generates stepsOfRun tokens per sequence from the context on; waits.
    void run();

private:
    void setPlaces();

    model::Parameters& m_parameters;
    kernels::Backend& m_backend;
    std::int64_t m_sequences;
    std::int64_t m_context;
    kernels::Buffer m_ropeMemory;
    model::StepDecoder m_steps;
    std::unique_ptr<kernels::KvCache> m_cache;
    kernels::DecodeState m_state;
};

} // namespace ahascope::gpu
