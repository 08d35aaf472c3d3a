#include "core/model/parameters.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <stdexcept>
#include <utility>

#include "kernels/philox.h"

namespace ahascope::model {

using kernels::expect;
using kernels::Weight;

namespace {

// Two uniform numbers in (0, 1) for one value of a tensor.
std::pair<double, double> uniformPair(std::uint64_t seed, std::uint64_t tensor, std::uint64_t index)
{
    const auto low = [](std::uint64_t x) { return static_cast<std::uint32_t>(x); };
    const auto high = [](std::uint64_t x) { return static_cast<std::uint32_t>(x >> 32); };
    const auto words
        = kernels::philox4x32({low(index), high(index), low(tensor), high(tensor)}, {low(seed), high(seed)});
    return {(static_cast<double>(words[0]) + 0.5) * 0x1p-32, (static_cast<double>(words[1]) + 0.5) * 0x1p-32};
}

// One value of a normal distribution with deviation 1 (Box & Muller 1958).
double normal(std::uint64_t seed, std::uint64_t tensor, std::uint64_t index)
{
    const auto [radius, angle] = uniformPair(seed, tensor, index);
    return std::sqrt(-2.0 * std::log(radius)) * std::cos(2.0 * std::numbers::pi * angle);
}

bool writesToResidualStream(const std::string& name)
{
    return name.ends_with("self_attn.o_proj.weight") || name.ends_with("mlp.down_proj.weight");
}

kernels::Weight& weightOf(LayerParameters& layer, LayerWeight which)
{
    switch (which) {
    case LayerWeight::Qkv:
        return layer.qkv;
    case LayerWeight::Output:
        return layer.output;
    case LayerWeight::GateUp:
        return layer.gateUp;
    case LayerWeight::Down:
        return layer.down;
    }
    throw std::logic_error("no such weight");
}

} // namespace

// Where every parameter stands in the flat arenas, and what it is called.
struct Parameters::Layout {
    using Place = ArenaLayout::Place;
    struct Layer {
        Place inputNorm, qkv, qkvBias, queryNorm, keyNorm, output, outputBias, postNorm, gateUp, down;
    };

    Place embedding, finalNorm, head;
    std::vector<Layer> layers;
    ArenaLayout arena;

    explicit Layout(const ModelConfig& config)
    {
        expect(problemWith(config).empty(), "the model's config is sound");
        const std::int64_t c = config.hiddenSize;
        layers.resize(static_cast<std::size_t>(config.layers));
        embedding = arena.take(config.vocabSize, c);
        for (Layer& layer : layers) {
            layer.qkv = arena.take(config.qkvWidth(), c);
            layer.output = arena.take(c, config.queryWidth());
            layer.gateUp = arena.take(2 * config.intermediateSize, c);
            layer.down = arena.take(c, config.intermediateSize);
        }
        head = config.tieEmbeddings ? embedding : arena.take(config.vocabSize, c);
        arena.decayed = arena.total;
        for (Layer& layer : layers) {
            layer.inputNorm = arena.take(1, c);
            if (config.attentionBias)
                layer.qkvBias = arena.take(1, config.qkvWidth());
            if (config.qkNorm) {
                layer.queryNorm = arena.take(1, config.headDim);
                layer.keyNorm = arena.take(1, config.headDim);
            }
            if (config.outputBias)
                layer.outputBias = arena.take(1, c);
            layer.postNorm = arena.take(1, c);
        }
        finalNorm = arena.take(1, c);
        arena.tensors = names(config);
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

Parameters::Parameters(kernels::Backend& backend, const ModelConfig& config, Gradients gradients,
    std::optional<LoraConfig> lora, kernels::DType stored)
    : m_backend(&backend)
    , m_config(config)
    , m_lora(std::move(lora))
    , m_base(backend, Layout(config).arena, m_lora ? Gradients::None : gradients, stored)
{
    const Layout layout(config);
    const auto vector = [&](const Layout::Place& place) -> VectorParameter {
        return {m_base.values(place), m_base.gradients(place)};
    };
    const auto weight = [&](Weight& to, const Layout::Place& place, bool passesGradient) {
        to.value = m_base.values(place);
        to.gradient = m_base.gradients(place);
        to.passesGradient = passesGradient;
        backend.prepare(to);
        m_weights.push_back(&to);
    };
    const bool trains = gradients == Gradients::Kept;
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
        weight(layer.qkv, places.qkv, trains);
        weight(layer.output, places.output, trains);
        weight(layer.gateUp, places.gateUp, trains);
        weight(layer.down, places.down, trains);
    }
    weight(m_head, layout.head, false); // lmHeadLogProbsBackward() needs no form
    if (m_lora)
        addAdapter(gradients);
}

void Parameters::addAdapter(Gradients gradients)
{
    expect(problemWith(*m_lora).empty(), "the adapter's config is sound");
    ArenaLayout layout;
    const auto take = [&](std::int64_t layer, const LoraModule& module, char matrix) {
        const bool isA = matrix == 'A';
        const auto place = isA ? layout.take(m_lora->rank, module.columns) : layout.take(module.rows, m_lora->rank);
        layout.tensors.push_back(
            {loraTensorName(layer, module, matrix), place.rows, place.columns, false, place.offset});
        return place;
    };
    struct Placed {
        Weight* weight = nullptr;
        std::int64_t firstRow = 0;
        ArenaLayout::Place a, b;
    };
    std::vector<Placed> placed;
    for (std::int64_t i = 0; i < m_config.layers; ++i)
        for (const LoraModule& module : targetsOf(m_config, *m_lora))
            placed.push_back(
                {&weightOf(layer(i), module.weight), module.firstRow, take(i, module, 'A'), take(i, module, 'B')});
    layout.decayed = layout.total;
    m_adapter = std::make_unique<TensorArena>(*m_backend, std::move(layout), gradients);

    const auto matrix = [&](const ArenaLayout::Place& place) {
        Weight weight;
        weight.value = m_adapter->values(place);
        weight.gradient = m_adapter->gradients(place);
        weight.passesGradient = gradients == Gradients::Kept;
        m_backend->prepare(weight);
        return weight;
    };
    for (const Placed& one : placed)
        one.weight->adapters.push_back({one.firstRow, m_lora->scale(), matrix(one.a), matrix(one.b)});
    for (LayerParameters& layer : m_layers)
        for (Weight* weight : {&layer.qkv, &layer.output, &layer.gateUp, &layer.down})
            for (kernels::Adapter& adapter : weight->adapters)
                m_weights.insert(m_weights.end(), {&adapter.a, &adapter.b});
}

void Parameters::forEachTensor(const std::function<void(const NamedTensor&)>& visit) const
{
    std::ranges::for_each(tensors(), visit);
}

void Parameters::commit()
{
    m_backend->commit(m_weights);
}

void Parameters::initialise(std::uint64_t seed, double deviation)
{
    const double residual = 1.0 / std::sqrt(2.0 * static_cast<double>(m_config.layers));
    std::vector<float> values;
    for (std::size_t t = 0; t < tensors().size(); ++t) {
        const NamedTensor& tensor = tensors()[t];
        values.assign(static_cast<std::size_t>(tensor.count()), tensor.name.ends_with(".bias") ? 0.0f : 1.0f);
        if (!tensor.vector) {
            const double scale = deviation * (writesToResidualStream(tensor.name) ? residual : 1.0);
            for (std::size_t i = 0; i < values.size(); ++i)
                values[i] = static_cast<float>(scale * normal(seed, t, i));
        }
        set(tensor, values);
    }
    commit();
}

void Parameters::mixFrom(const Parameters& other, float share)
{
    expect(m_config == other.m_config, "both models have the same config");
    if (share == 1.0f && m_backend == other.m_backend && stored() == other.stored()) {
        m_backend->copy(m_base.bytes(), other.m_base.bytes());
    } else {
        // Rare (once in many steps), so not worth an operation of its own.
        std::vector<float> mine, theirs;
        for (const NamedTensor& tensor : tensors()) {
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

void Parameters::initialiseAdapter(std::uint64_t seed)
{
    std::vector<float> values;
    for (std::size_t t = 0; t < m_adapter->tensors().size(); ++t) {
        const NamedTensor& tensor = m_adapter->tensors()[t];
        const bool isA = tensor.name.ends_with("lora_A.weight");
        const double bound = isA ? 1.0 / std::sqrt(static_cast<double>(tensor.columns)) : 0.0;
        values.resize(static_cast<std::size_t>(tensor.count()));
        for (std::size_t i = 0; i < values.size(); ++i)
            values[i] = static_cast<float>(bound * (2.0 * uniformPair(seed, t, i).first - 1.0));
        m_adapter->set(tensor, values);
    }
    commit();
}

void Parameters::switchAdapter(bool on)
{
    m_adapterOn = on;
    for (LayerParameters& layer : m_layers)
        for (Weight* weight : {&layer.qkv, &layer.output, &layer.gateUp, &layer.down})
            weight->adapted = on;
}

void Parameters::mergeAdapter()
{
    for (std::int64_t i = 0; i < m_config.layers; ++i)
        for (const LoraModule& module : targetsOf(m_config, *m_lora))
            mergeModule(module, i);
    m_weights.resize(4 * m_layers.size() + 1); // the model's own come first
    for (LayerParameters& layer : m_layers)
        for (Weight* weight : {&layer.qkv, &layer.output, &layer.gateUp, &layer.down})
            weight->adapters.clear();
    m_adapter.reset();
    m_lora.reset();
    commit();
}

void Parameters::mergeModule(const LoraModule& module, std::int64_t layer)
{
    const auto read = [&](const TensorArena& arena, const std::string& name) {
        const NamedTensor& tensor = *arena.find(name);
        std::vector<float> values(static_cast<std::size_t>(tensor.count()));
        arena.get(tensor, values);
        return values;
    };
    const std::string name = loraModulePath(layer, module) + ".weight";
    const std::vector<float> a = read(*m_adapter, loraTensorName(layer, module, 'A'));
    const std::vector<float> b = read(*m_adapter, loraTensorName(layer, module, 'B'));
    std::vector<float> w = read(m_base, name);
    const auto columns = static_cast<std::size_t>(module.columns);
    const auto rank = static_cast<std::size_t>(m_lora->rank);
    std::vector<double> sum(columns);
    for (std::size_t row = 0; row < static_cast<std::size_t>(module.rows); ++row) {
        std::ranges::fill(sum, 0.0);
        for (std::size_t r = 0; r < rank; ++r)
            for (std::size_t i = 0; i < columns; ++i)
                sum[i] += double{b[row * rank + r]} * double{a[r * columns + i]};
        for (std::size_t i = 0; i < columns; ++i)
            w[row * columns + i] += static_cast<float>(double{m_lora->scale()} * sum[i]);
    }
    set(*find(name), w);
}

} // namespace ahascope::model
