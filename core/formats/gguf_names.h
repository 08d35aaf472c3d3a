// What llama.cpp calls the tensors of the supported families, and how it lays them out.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace ahascope::formats {

// "blk.0.attn_q.weight" for "model.layers.0.self_attn.q_proj.weight", and back; empty when there is none.
std::string ggufTensorName(std::string_view huggingFaceName);
std::string huggingFaceTensorName(std::string_view ggufName);

// Rotary frequencies' divisors of the llama3 scaling, F32 [head_dim / 2].
constexpr const char* RopeFactorsTensor = "rope_freqs.weight";

// The architecture "llama" rotates neighbouring rows of a head of q and k, transformers rows that are half a head
// apart: row p * n/2 + i (p = 0, 1) of a head of n rows there is row 2 * i + p here.
bool hasPairedRows(std::string_view architecture, std::string_view huggingFaceName);
constexpr std::int64_t pairedRow(std::int64_t row, std::int64_t rowsPerHead)
{
    const std::int64_t within = row % rowsPerHead;
    const std::int64_t half = rowsPerHead / 2;
    return row - within + 2 * (within % half) + within / half;
}

} // namespace ahascope::formats
