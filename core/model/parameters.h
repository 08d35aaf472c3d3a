// The trained values of a model, under the names Hugging Face gives them.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "core/model/model_config.h"
#include "kernels/backend.h"

namespace ahascope::model {

// One tensor as it stands in a Hugging Face safetensors file.
struct NamedTensor {
    std::string name; // "model.layers.0.self_attn.q_proj.weight"
    std::int64_t rows = 1;
    std::int64_t columns = 0;
    bool vector = false;     // one dimension in the file: [columns]
    std::int64_t offset = 0; // of its first value in the flat arena

    std::int64_t count() const { return rows * columns; }
};

// A norm's scale or a bias: [1, n], and its gradient (empty when not trained).
struct VectorParameter {
    kernels::Tensor value;
    kernels::Tensor gradient;
};

// Shapes: C = hiddenSize, Q = queryWidth, KV = kvWidth, I = intermediateSize.
struct LayerParameters {
    VectorParameter inputNorm; // [C]
    kernels::Weight qkv;       // [Q + 2*KV, C], rows: queries, keys, values
    VectorParameter qkvBias;   // [Q + 2*KV], empty without attentionBias
    VectorParameter queryNorm; // [headDim], empty without qkNorm; keyNorm likewise
    VectorParameter keyNorm;
    kernels::Weight output;     // [C, Q]
    VectorParameter outputBias; // [C], empty without outputBias
    VectorParameter postNorm;   // [C]
    kernels::Weight gateUp;     // [2*I, C], rows: gate, up
    kernels::Weight down;       // [C, I]
};

enum class Gradients { None, Kept };

// All values stand in one flat F32 arena, gradients in a second of the same layout. Every tensor begins at a multiple
// of 64 bytes; the gaps are zero and stay zero, so that whole arenas can be normed, clipped and updated as one vector.
// Matrices (which weight decay shrinks) come first, then norms and biases (which it spares).
class Parameters {
public:
    // Values are zero. Throws std::logic_error for a config with problemWith(), kernels::OutOfMemory.
    Parameters(kernels::Backend& backend, const ModelConfig& config, Gradients gradients);
    Parameters(const Parameters&) = delete;
    Parameters& operator=(const Parameters&) = delete;

    const ModelConfig& config() const { return m_config; }
    kernels::Backend& backend() const { return *m_backend; }

    // ---- By Hugging Face name. tensors() is in file order; without lm_head.weight when the embeddings are tied.
    const std::vector<NamedTensor>& tensors() const { return m_tensors; }
    void forEachTensor(const std::function<void(const NamedTensor&)>& visit) const;
    // nullptr when the model has none of that name.
    const NamedTensor* find(const std::string& name) const;
    // Row after row; the span must hold exactly tensor.count() values (std::logic_error). After the last set() call
    // commit().
    void get(const NamedTensor& tensor, std::span<float> values) const;
    void getGradient(const NamedTensor& tensor, std::span<float> values) const;
    void set(const NamedTensor& tensor, std::span<const float> values);
    // Only the values from `first` on; those that are given must lie within the tensor (std::logic_error).
    void setPart(const NamedTensor& tensor, std::int64_t first, std::span<const float> values);
    // Refreshes what the backend keeps of the weights. Needed after set(), and after any change of flatValues().
    void commit();

    // Normal(0, 0.02) for matrices, divided by sqrt(2 * layers) for those that write to the residual stream (Radford et
    // al. 2019), 1 for norms, 0 for biases. The same values for the same (config, seed) on every device. Commits.
    void initialise(std::uint64_t seed);
    // this = (1 - share) * this + share * other, and commits. Same config. share 1 is a plain copy.
    void mixFrom(const Parameters& other, float share = 1.0f);

    // ---- The flat arenas, [1, n]
    kernels::Tensor flatValues() const { return m_flatValues; }
    kernels::Tensor flatGradients() const { return m_flatGradients; }
    // How many leading values of the arenas belong to matrices.
    std::int64_t decayedCount() const { return m_decayedCount; }
    void clearGradients();

    // ---- For the decoder
    kernels::Tensor embedding() const { return m_embedding.value; } // [V, C]
    kernels::Tensor embeddingGradient() const { return m_embedding.gradient; }
    const LayerParameters& layer(std::int64_t index) const { return m_layers[static_cast<std::size_t>(index)]; }
    LayerParameters& layer(std::int64_t index) { return m_layers[static_cast<std::size_t>(index)]; }
    const VectorParameter& finalNorm() const { return m_finalNorm; }
    const kernels::Weight& head() const { return m_head; } // [V, C]; a view of the embedding when tied
    kernels::Weight& head() { return m_head; }

private:
    struct Layout;

    kernels::Backend* m_backend;
    ModelConfig m_config;
    std::vector<NamedTensor> m_tensors;
    kernels::Buffer m_values;
    kernels::Buffer m_gradients;
    kernels::Tensor m_flatValues;
    kernels::Tensor m_flatGradients;
    std::int64_t m_decayedCount = 0;
    VectorParameter m_embedding; // [V, C]
    std::vector<LayerParameters> m_layers;
    VectorParameter m_finalNorm;
    kernels::Weight m_head;
    std::vector<kernels::Weight*> m_weights; // all that have a form
};

} // namespace ahascope::model
