// Shape and options of a decoder-only transformer in Hugging Face layout.
#pragma once

#include <cstdint>
#include <string>

namespace ahascope::model {

enum class Family { Llama, Qwen2, Qwen3, Mistral };

enum class RopeType { Default, Linear, Dynamic, Yarn, Llama3 };

// How the rotary embedding reaches beyond the positions it was trained on: core/model/rope.h.
struct RopeScaling {
    RopeType type = RopeType::Default;
    double factor = 1.0;
    std::int64_t originalPositions = 0; // yarn, llama3: positions before scaling
    double attentionFactor = 1.0;       // yarn: of cosines and sines
    double betaFast = 32.0;             // yarn: turns within the original positions above which a channel is kept
    double betaSlow = 1.0;              // yarn: turns below which its positions are divided by the factor
    bool truncate = true;               // yarn: the channels between are counted in whole ones
    double lowFrequencyFactor = 1.0;    // llama3
    double highFrequencyFactor = 4.0;   // llama3

    bool operator==(const RopeScaling&) const = default;
};

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
    RopeScaling ropeScaling{};
    bool attentionBias = true;      // bias on q, k and v
    bool outputBias = false;        // bias on the attention's output (Llama and Qwen3 with attention_bias)
    bool qkNorm = false;            // RMS norm of each head's query and key before the rotary embedding (Qwen3)
    bool tieEmbeddings = true;      // the LM head is the embedding table
    std::int64_t slidingWindow = 0; // a token sees itself and the slidingWindow - 1 before it; 0 = all before it
    std::int64_t fullLayers = 0;    // max_window_layers: the first so many layers see everything all the same

    bool operator==(const ModelConfig&) const = default;

    std::int64_t queryWidth() const { return heads * headDim; }
    std::int64_t kvWidth() const { return kvHeads * headDim; }
    std::int64_t qkvWidth() const { return queryWidth() + 2 * kvWidth(); }
    std::int64_t windowOf(std::int64_t layer) const { return layer < fullLayers ? 0 : slidingWindow; }
    // Longest sequence: maxPositions, or where the scaling of the rotary embedding reaches.
    std::int64_t contextLength() const;
};

// As people write it: "Qwen3".
const char* nameOf(Family family);

// Number of trained values.
std::int64_t parameterCount(const ModelConfig& config);

// The first thing that makes the shape impossible, in words; empty when it is sound.
std::string problemWith(const ModelConfig& config);

} // namespace ahascope::model
