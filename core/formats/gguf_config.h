// config.json of the supported families as GGUF metadata of llama.cpp, and back.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/formats/gguf.h"
#include "core/formats/gguf_writer.h"

namespace ahascope::formats {

// "llama" (Llama and Mistral), "qwen2" or "qwen3". Throws InputError by name for any other.
std::string ggufArchitecture(const GgufMetadata& metadata);
// Rows of one head of the query and key projections; even. Throws InputError.
std::int64_t ggufHeadDim(const GgufMetadata& metadata);

// The config.json that the model would have in a Hugging Face folder; `file` is the file's bytes. Throws InputError: an
// architecture or an option that has no counterpart, a size that is missing or out of range.
std::string configFromGguf(const GgufHeader& header, std::span<const std::byte> file);

struct GgufConfig {
    std::string architecture;
    std::vector<float> ropeFactors; // of the llama3 scaling, for the tensor rope_freqs.weight; else empty
};

// Adds what `config` (the text of a config.json) says under llama.cpp's keys. Throws InputError with `where` for an
// option that llama.cpp has no counterpart of.
GgufConfig addConfig(GgufFields& fields, std::string_view config, const std::string& where);

} // namespace ahascope::formats
