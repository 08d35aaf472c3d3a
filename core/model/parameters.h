// The trained values of a model, under the names Hugging Face gives them.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/model/lora.h"
#include "core/model/model_config.h"
#include "core/model/tensor_arena.h"
#include "kernels/backend.h"

namespace ahascope::model {

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

// The values of a model, and of the adapter it carries, if any: then the adapter alone is trained.
class Parameters {
public:
    // Values are zero. Gradients are kept of what is trained. The model's matrices are stored in F32 or BF16
    // (`stored`), everything else, an adapter included, in F32. Throws std::logic_error for a config with
    // problemWith(), kernels::OutOfMemory.
    Parameters(kernels::Backend& backend, const ModelConfig& config, Gradients gradients,
        std::optional<LoraConfig> lora = std::nullopt, kernels::DType stored = kernels::DType::F32);
    Parameters(const Parameters&) = delete;
    Parameters& operator=(const Parameters&) = delete;

    const ModelConfig& config() const { return m_config; }
    kernels::Backend& backend() const { return *m_backend; }
    kernels::DType stored() const { return m_base.matrices().dtype; }

    // ---- The model's own tensors by Hugging Face name, as TensorArena; tensors() is in file order, without
    // lm_head.weight when the embeddings are tied. After the last set() call commit().
    const std::vector<NamedTensor>& tensors() const { return m_base.tensors(); }
    void forEachTensor(const std::function<void(const NamedTensor&)>& visit) const;
    const NamedTensor* find(const std::string& name) const { return m_base.find(name); }
    void get(const NamedTensor& tensor, std::span<float> values) const { m_base.get(tensor, values); }
    void getGradient(const NamedTensor& tensor, std::span<float> values) const { m_base.getGradient(tensor, values); }
    void set(const NamedTensor& tensor, std::span<const float> values) { m_base.set(tensor, values); }
    // Only the values from `first` on; those that are given must lie within the tensor (std::logic_error).
    void setPart(const NamedTensor& tensor, std::int64_t first, std::span<const float> values)
    {
        m_base.setPart(tensor, first, values);
    }
    // Refreshes what the backend keeps of the weights. Needed after any change of values.
    void commit();

    // Normal(0, deviation) for matrices, divided by sqrt(2 * layers) for those that write to the residual stream
    // (Radford et al. 2019), 1 for norms, 0 for biases. The same values for the same (config, seed, deviation) on every
    // device. Commits.
    void initialise(std::uint64_t seed, double deviation = 0.02);
    // this = (1 - share) * this + share * other, and commits. Same config. share 1 is a plain copy. The models' own
    // values alone.
    void mixFrom(const Parameters& other, float share = 1.0f);

    TensorArena& base() { return m_base; }
    const TensorArena& base() const { return m_base; }

    // ---- What is trained: the adapter, or without one the model itself
    TensorArena& trained() { return m_adapter ? *m_adapter : m_base; }
    const TensorArena& trained() const { return m_adapter ? *m_adapter : m_base; }
    void clearGradients() { trained().clearGradients(); }

    // ---- The adapter
    const std::optional<LoraConfig>& lora() const { return m_lora; }
    // Its tensors by PEFT's names; nullptr without one. After the last set() call commit().
    TensorArena* adapter() { return m_adapter.get(); }
    const TensorArena* adapter() const { return m_adapter.get(); }
    // A uniform in +-1/sqrt(in), as PEFT's kaiming_uniform_(a=sqrt(5)), B zero: at first the adapter changes nothing.
    // The same values for the same (config, seed). Commits.
    void initialiseAdapter(std::uint64_t seed);
    // Off: the parameters behave as those of the model without its adapter.
    void switchAdapter(bool on);
    bool adapterOn() const { return m_adapter && m_adapterOn; }
    // W += scale * B A, and the adapter is gone. Commits.
    void mergeAdapter();

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

    void addAdapter(Gradients gradients);
    void mergeModule(const LoraModule& module, std::int64_t layer);

    kernels::Backend* m_backend;
    ModelConfig m_config;
    std::optional<LoraConfig> m_lora;
    TensorArena m_base;
    std::unique_ptr<TensorArena> m_adapter;
    bool m_adapterOn = true;
    VectorParameter m_embedding; // [V, C]
    std::vector<LayerParameters> m_layers;
    VectorParameter m_finalNorm;
    kernels::Weight m_head;
    std::vector<kernels::Weight*> m_weights; // all that have a form
};

// While it lives the adapter is switched off.
class AdapterOff {
public:
    explicit AdapterOff(Parameters& parameters) : m_parameters(parameters) { m_parameters.switchAdapter(false); }
    ~AdapterOff() { m_parameters.switchAdapter(true); }
    AdapterOff(const AdapterOff&) = delete;
    AdapterOff& operator=(const AdapterOff&) = delete;

private:
    Parameters& m_parameters;
};

} // namespace ahascope::model
