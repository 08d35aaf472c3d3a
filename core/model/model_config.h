// Shape and options of a decoder-only transformer in Hugging Face layout.
#pragma once

#include <cstdint>
#include <string>

namespace ahascope::model {

enum class Family { Llama, Qwen2 };

// Field names and meanings are those of config.json; see formats/model_config_json.h for reading and writing.
struct ModelConfig {
    Family family = Family::Qwen2;
    std::int64_t vocabSize = 0;
    std::int64_t hiddenSize = 0;       // C
    std::int64_t intermediateSize = 0; // I, of the gated MLP
    std::int64_t layers = 0;
    std::int64_t heads = 0;
    std::int64_t kvHeads = 0;
    std::int64_t headDim = 0;
    std::int64_t maxPositions = 0;
    float rmsNormEpsilon = 1e-6f;
    float ropeTheta = 10000.0f;
    bool attentionBias = true; // bias on q, k and v (Qwen2); Llama has none
    bool tieEmbeddings = true; // the LM head is the embedding table

    bool operator==(const ModelConfig&) const = default;

    std::int64_t queryWidth() const { return heads * headDim; }
    std::int64_t kvWidth() const { return kvHeads * headDim; }
    std::int64_t qkvWidth() const { return queryWidth() + 2 * kvWidth(); }
};

// Number of trained values.
std::int64_t parameterCount(const ModelConfig& config);

// The first thing that makes the shape impossible, in words; empty when it is sound.
std::string problemWith(const ModelConfig& config);

} // namespace ahascope::model
