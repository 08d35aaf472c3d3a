// A model as one GGUF file that llama.cpp and Ollama open.
#pragma once

#include <filesystem>

#include "core/formats/gguf_metadata.h"
#include "core/formats/model_folder.h"
#include "core/formats/weight_source.h"

namespace ahascope::formats {

// Weights, config, tokenizer and chat template. Matrices are stored as weights.type (Q8_0: as F16 where a row is not a
// multiple of 32), norms and biases as F32. The target appears whole or not at all. Throws InputError for a model that
// llama.cpp has no counterpart of or whose values do not fit the type, FileError.
void writeGguf(const std::filesystem::path& target, const ModelDescription& model, const WeightSource& weights);

// Throws InputError for an id that is not in the vocabulary.
SpecialTokens specialTokensFromGguf(const GgufMetadata& metadata);

} // namespace ahascope::formats
