// Scaled rotary embeddings in GGUF: llama.cpp's keys for linear and yarn, a tensor of divisors for llama3.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "core/formats/gguf.h"
#include "core/formats/gguf_writer.h"
#include "core/formats/json.h"

namespace ahascope::formats {

// "rope_parameters" as in transformers 5, rope_theta included; `file` is the file's bytes. Throws InputError.
nlohmann::json ropeFromGguf(const GgufHeader& header, std::span<const std::byte> file, const std::string& architecture);

// The other way; returns the divisors of the llama3 scaling, [head_dim / 2], or nothing. `rope` is rope_parameters or
// rope_scaling of a config.json. Throws InputError by name for a scaling that llama.cpp does not have.
std::vector<float> addRope(GgufFields& fields, const std::string& architecture, const JsonObject& rope, double theta,
    std::int64_t headDim, std::int64_t maxPositions);

} // namespace ahascope::formats
