#include "core/model/parameters.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "kernels/philox.h"

namespace ahascope::model {

using kernels::DType;
using kernels::expect;
using kernels::Tensor;
using kernels::Weight;

namespace {

constexpr std::int64_t alignment = 16; // floats in 64 bytes

Tensor part(Tensor flat, std::int64_t offset, std::int64_t rows, std::int64_t columns)
{
    if (flat.empty() || rows * columns == 0)
        return {};
    return {flat.data + static_cast<std::size_t>(offset) * sizeof(float), DType::F32, rows, columns, columns};
}

// One value of a normal distribution with deviation 1 (Box & Muller 1958).
double normal(std::uint64_t seed, std::uint64_t tensor, std::uint64_t index)
{
    const auto low = [](std::uint64_t x) { return static_cast<std::uint32_t>(x); };
    const auto high = [](std::uint64_t x) { return static_cast<std::uint32_t>(x >> 32); };
    const auto words
        = kernels::philox4x32({low(index), high(index), low(tensor), high(tensor)}, {low(seed), high(seed)});
    const double radius = (static_cast<double>(words[0]) + 0.5) * 0x1p-32;
    const double angle = (static_cast<double>(words[1]) + 0.5) * 0x1p-32;
    return std::sqrt(-2.0 * std::log(radius)) * std::cos(2.0 * std::numbers::pi * angle);
}

bool writesToResidualStream(const std::string& name)
{
    return name.ends_with("self_attn.o_proj.weight") || name.ends_with("mlp.down_proj.weight");
}

} // namespace

// Where every parameter stands in the flat arenas, and what it is called.
struct Parameters::Layout {
    struct Place {
        std::int64_t offset = 0;
        std::int64_t rows = 0;
        std::int64_t columns = 0;
    };
    struct Layer {
        Place inputNorm, qkv, qkvBias, queryNorm, keyNorm, output, outputBias, postNorm, gateUp, down;
    };

    Place embedding, finalNorm, head;
    std::vector<Layer> layers;
    std::int64_t decayed = 0;
    std::int64_t total = 0;

    explicit Layout(const ModelConfig& config)
    {
        const std::int64_t c = config.hiddenSize;
        layers.resize(static_cast<std::size_t>(config.layers));
        embedding = take(config.vocabSize, c);
        for (Layer& layer : layers) {
            layer.qkv = take(config.qkvWidth(), c);
            layer.output = take(c, config.queryWidth());
            layer.gateUp = take(2 * config.intermediateSize, c);
            layer.down = take(c, config.intermediateSize);
        }
        head = config.tieEmbeddings ? embedding : take(config.vocabSize, c);
        decayed = total;
        for (Layer& layer : layers) {
            layer.inputNorm = take(1, c);
            if (config.attentionBias)
                layer.qkvBias = take(1, config.qkvWidth());
            if (config.qkNorm) {
                layer.queryNorm = take(1, config.headDim);
                layer.keyNorm = take(1, config.headDim);
            }
            if (config.outputBias)
                layer.outputBias = take(1, c);
            layer.postNorm = take(1, c);
        }
        finalNorm = take(1, c);
    }

    Place take(std::int64_t rows, std::int64_t columns)
    {
        const Place place{total, rows, columns};
        total += (rows * columns + alignment - 1) / alignment * alignment;
        return place;
    }

    // Rows [first, first + count) of a fused matrix under their own name.
    static NamedTensor rowsOf(const Place& place, std::int64_t first, std::int64_t count, std::string name)
    {
        return {std::move(name), count, place.columns, false, place.offset + first * place.columns};
    }
    static NamedTensor columnsOf(const Place& place, std::int64_t first, std::int64_t count, std::string name)
    {
        return {std::move(name), 1, count, true, place.offset + first};
    }

    void nameLayer(const ModelConfig& config, std::size_t index, std::vector<NamedTensor>& names) const
    {
        const Layer& layer = layers[index];
        const std::string prefix = "model.layers." + std::to_string(index) + ".";
        const std::int64_t q = config.queryWidth();
        const std::int64_t kv = config.kvWidth();
        const std::int64_t i = config.intermediateSize;
        const std::int64_t c = config.hiddenSize;
        const std::string attention = prefix + "self_attn.";
        names.push_back(columnsOf(layer.inputNorm, 0, c, prefix + "input_layernorm.weight"));
        names.push_back(rowsOf(layer.qkv, 0, q, attention + "q_proj.weight"));
        names.push_back(rowsOf(layer.qkv, q, kv, attention + "k_proj.weight"));
        names.push_back(rowsOf(layer.qkv, q + kv, kv, attention + "v_proj.weight"));
        if (config.attentionBias) {
            names.push_back(columnsOf(layer.qkvBias, 0, q, attention + "q_proj.bias"));
            names.push_back(columnsOf(layer.qkvBias, q, kv, attention + "k_proj.bias"));
            names.push_back(columnsOf(layer.qkvBias, q + kv, kv, attention + "v_proj.bias"));
        }
        names.push_back(rowsOf(layer.output, 0, c, attention + "o_proj.weight"));
        if (config.outputBias)
            names.push_back(columnsOf(layer.outputBias, 0, c, attention + "o_proj.bias"));
        if (config.qkNorm) {
            names.push_back(columnsOf(layer.queryNorm, 0, config.headDim, attention + "q_norm.weight"));
            names.push_back(columnsOf(layer.keyNorm, 0, config.headDim, attention + "k_norm.weight"));
        }
        names.push_back(columnsOf(layer.postNorm, 0, c, prefix + "post_attention_layernorm.weight"));
        names.push_back(rowsOf(layer.gateUp, 0, i, prefix + "mlp.gate_proj.weight"));
        names.push_back(rowsOf(layer.gateUp, i, i, prefix + "mlp.up_proj.weight"));
        names.push_back(rowsOf(layer.down, 0, c, prefix + "mlp.down_proj.weight"));
    }

    std::vector<NamedTensor> names(const ModelConfig& config) const
    {
        std::vector<NamedTensor> result;
        result.push_back(rowsOf(embedding, 0, config.vocabSize, "model.embed_tokens.weight"));
        for (std::size_t index = 0; index < layers.size(); ++index)
            nameLayer(config, index, result);
        result.push_back(columnsOf(finalNorm, 0, config.hiddenSize, "model.norm.weight"));
        if (!config.tieEmbeddings)
            result.push_back(rowsOf(head, 0, config.vocabSize, "lm_head.weight"));
        return result;
    }
};

Parameters::Parameters(kernels::Backend& backend, const ModelConfig& config, Gradients gradients)
    : m_backend(&backend)
    , m_config(config)
{
    expect(problemWith(config).empty(), "the model's config is sound");
    const Layout layout(config);
    const auto flat = [&](kernels::Buffer& memory) -> Tensor {
        memory = backend.allocate(static_cast<std::size_t>(layout.total) * sizeof(float));
        return {memory.get(), DType::F32, 1, layout.total, layout.total};
    };
    m_tensors = layout.names(config);
    m_decayedCount = layout.decayed;
    m_flatValues = flat(m_values);
    if (gradients == Gradients::Kept)
        m_flatGradients = flat(m_gradients);

    const auto vector = [&](const Layout::Place& place) -> VectorParameter {
        return {part(m_flatValues, place.offset, place.rows, place.columns),
            part(m_flatGradients, place.offset, place.rows, place.columns)};
    };
    const auto weight = [&](Weight& to, const Layout::Place& place) {
        to.value = part(m_flatValues, place.offset, place.rows, place.columns);
        to.gradient = part(m_flatGradients, place.offset, place.rows, place.columns);
        backend.prepare(to);
        m_weights.push_back(&to);
    };
    m_embedding = vector(layout.embedding);
    m_finalNorm = vector(layout.finalNorm);
    m_layers.resize(layout.layers.size());
    for (std::size_t i = 0; i < m_layers.size(); ++i) {
        const Layout::Layer& places = layout.layers[i];
        LayerParameters& layer = m_layers[i];
        layer.inputNorm = vector(places.inputNorm);
        layer.qkvBias = vector(places.qkvBias);
        layer.queryNorm = vector(places.queryNorm);
        layer.keyNorm = vector(places.keyNorm);
        layer.outputBias = vector(places.outputBias);
        layer.postNorm = vector(places.postNorm);
        weight(layer.qkv, places.qkv);
        weight(layer.output, places.output);
        weight(layer.gateUp, places.gateUp);
        weight(layer.down, places.down);
    }
    weight(m_head, layout.head);
}

void Parameters::forEachTensor(const std::function<void(const NamedTensor&)>& visit) const
{
    std::ranges::for_each(m_tensors, visit);
}

const NamedTensor* Parameters::find(const std::string& name) const
{
    const auto found = std::ranges::find(m_tensors, name, &NamedTensor::name);
    return found == m_tensors.end() ? nullptr : &*found;
}

void Parameters::get(const NamedTensor& tensor, std::span<float> values) const
{
    expect(static_cast<std::int64_t>(values.size()) == tensor.count(), "the span has the tensor's size");
    m_backend->download(values.data(), part(m_flatValues, tensor.offset, 1, tensor.count()));
}

void Parameters::getGradient(const NamedTensor& tensor, std::span<float> values) const
{
    expect(static_cast<std::int64_t>(values.size()) == tensor.count(), "the span has the tensor's size");
    expect(!m_flatGradients.empty(), "the parameters keep gradients");
    m_backend->download(values.data(), part(m_flatGradients, tensor.offset, 1, tensor.count()));
}

void Parameters::set(const NamedTensor& tensor, std::span<const float> values)
{
    expect(static_cast<std::int64_t>(values.size()) == tensor.count(), "the span has the tensor's size");
    setPart(tensor, 0, values);
}

void Parameters::setPart(const NamedTensor& tensor, std::int64_t first, std::span<const float> values)
{
    const auto count = static_cast<std::int64_t>(values.size());
    expect(first >= 0 && count <= tensor.count() - first, "the values lie within the tensor");
    m_backend->upload(part(m_flatValues, tensor.offset + first, 1, count), values.data());
}

void Parameters::commit()
{
    m_backend->commit(m_weights);
}

void Parameters::initialise(std::uint64_t seed)
{
    const double residual = 1.0 / std::sqrt(2.0 * static_cast<double>(m_config.layers));
    std::vector<float> values;
    for (std::size_t t = 0; t < m_tensors.size(); ++t) {
        const NamedTensor& tensor = m_tensors[t];
        values.assign(static_cast<std::size_t>(tensor.count()), tensor.name.ends_with(".bias") ? 0.0f : 1.0f);
        if (!tensor.vector) {
            const double deviation = 0.02 * (writesToResidualStream(tensor.name) ? residual : 1.0);
            for (std::size_t i = 0; i < values.size(); ++i)
                values[i] = static_cast<float>(deviation * normal(seed, t, i));
        }
        set(tensor, values);
    }
    commit();
}

void Parameters::mixFrom(const Parameters& other, float share)
{
    expect(m_config == other.m_config, "both models have the same config");
    if (share == 1.0f && m_backend == other.m_backend) {
        m_backend->copy(m_flatValues, other.m_flatValues);
    } else {
        // Rare (once in many steps), so not worth an operation of its own.
        std::vector<float> mine, theirs;
        for (const NamedTensor& tensor : m_tensors) {
            mine.resize(static_cast<std::size_t>(tensor.count()));
            theirs.resize(mine.size());
            get(tensor, mine);
            other.get(tensor, theirs);
            for (std::size_t i = 0; i < mine.size(); ++i)
                mine[i] = (1.0f - share) * mine[i] + share * theirs[i];
            set(tensor, mine);
        }
    }
    commit();
}

void Parameters::clearGradients()
{
    m_backend->fill(m_flatGradients, 0.0f);
}

} // namespace ahascope::model
