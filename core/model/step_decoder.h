// Generation of tokens, one per running sequence and step, without the host.
#pragma once

#include <cstdint>

#include "core/model/parameters.h"
#include "kernels/backend.h"

namespace ahascope::model {

class StepDecoder {
public:
    // Room for `rows` sequences at once, of rows of the given type. ropeTable: [positions, headDim], must stay
    // (Decoder::ropeTable()).
    StepDecoder(kernels::Backend& backend, const ModelConfig& config, std::int64_t rows, kernels::DType type,
        kernels::Tensor ropeTable);

    // Runs `steps` decode steps over the leading `rows` entries of state.rows: feeds each slot's token, draws the next,
    // writes row firstStep + i of the state's outputs. Under Backend::replay.
    void run(const Parameters& parameters, kernels::KvCache& cache, kernels::DecodeState& state, std::int64_t rows,
        std::int64_t firstStep, std::int64_t steps, kernels::SamplingOptions sampling);

private:
    void step(const Parameters& parameters, kernels::KvCache& cache, kernels::DecodeState& state, std::int64_t rows,
        std::int64_t outputStep, kernels::SamplingOptions sampling);

    kernels::Backend& m_backend;
    ModelConfig m_config;
    kernels::Tensor m_rope;
    kernels::Arena m_arena;
    kernels::Tensor m_x;      // F32 [rows, C], the residual stream
    kernels::Tensor m_hidden; // [rows, C]
    kernels::DecodeScratch m_scratch;
};

} // namespace ahascope::model
