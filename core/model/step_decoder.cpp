#include "core/model/step_decoder.h"

#include <bit>

#include "core/model/decoder.h"

namespace ahascope::model {

using kernels::DType;
using kernels::expect;
using kernels::Tensor;

namespace {

// A recording may be replayed exactly when everything it was made from is the same: addresses and options.
class ReplayKey {
public:
    ReplayKey& with(std::uint64_t value)
    {
        m_hash = (m_hash ^ value) * 0x9e3779b97f4a7c15ULL;
        m_hash ^= m_hash >> 29;
        return *this;
    }
    ReplayKey& with(const void* address) { return with(reinterpret_cast<std::uintptr_t>(address)); }
    std::uint64_t value() const { return m_hash; }

private:
    std::uint64_t m_hash = 0x243f6a8885a308d3ULL;
};

} // namespace

StepDecoder::StepDecoder(
    kernels::Backend& backend, const ModelConfig& config, std::int64_t rows, DType type, Tensor ropeTable)
    : m_backend(backend)
    , m_config(config)
    , m_rope(ropeTable)
{
    const auto takeAll = [&](kernels::Arena& arena) {
        m_x = arena.take(DType::F32, rows, config.hiddenSize);
        m_hidden = arena.take(type, rows, config.hiddenSize);
        m_scratch.normed = arena.take(type, rows, config.hiddenSize);
        m_scratch.qkv = arena.take(type, rows, config.qkvWidth());
        m_scratch.attended = arena.take(type, rows, config.queryWidth());
        m_scratch.gateUp = arena.take(type, rows, 2 * config.intermediateSize);
        m_scratch.activated = arena.take(type, rows, config.intermediateSize);
    };
    kernels::Arena measure;
    takeAll(measure);
    m_arena = kernels::Arena(backend, measure.bytesTaken());
    takeAll(m_arena);
}

void StepDecoder::run(const Parameters& parameters, kernels::KvCache& cache, kernels::DecodeState& state,
    std::int64_t rows, std::int64_t firstStep, std::int64_t steps, kernels::SamplingOptions sampling)
{
    expect(rows > 0 && rows <= m_x.rows, "the rows fit the decoder");
    expect(firstStep >= 0 && firstStep + steps <= state.shape.tokensPerChunk, "the steps fit the state's outputs");
    ReplayKey key;
    key.with(parameters.embedding().data).with(&parameters).with(&cache).with(state.token.data).with(m_x.data);
    key.with(static_cast<std::uint64_t>(parameters.adapterOn()));
    key.with(static_cast<std::uint64_t>(rows)).with(static_cast<std::uint64_t>(firstStep * 65536 + steps));
    key.with(std::bit_cast<std::uint32_t>(sampling.temperature)).with(static_cast<std::uint32_t>(sampling.topK));
    key.with(std::bit_cast<std::uint32_t>(sampling.topP));
    key.with(std::bit_cast<std::uint32_t>(sampling.reportTemperature));
    m_backend.replay(key.value(), [&] {
        for (std::int64_t i = 0; i < steps; ++i)
            step(parameters, cache, state, rows, firstStep + i, sampling);
    });
}

void StepDecoder::step(const Parameters& parameters, kernels::KvCache& cache, kernels::DecodeState& state,
    std::int64_t rows, std::int64_t outputStep, kernels::SamplingOptions sampling)
{
    const Tensor x = m_x.rowRange(0, rows);
    const Tensor hidden = m_hidden.rowRange(0, rows);
    const kernels::DecodeScratch scratch{m_scratch.normed.rowRange(0, rows), m_scratch.qkv.rowRange(0, rows),
        m_scratch.attended.rowRange(0, rows), m_scratch.gateUp.rowRange(0, rows),
        m_scratch.activated.rowRange(0, rows)};
    m_backend.beginDecodeStep(state, rows);
    m_backend.embedding(x, parameters.embedding(), state.ids.columnRange(0, rows));
    for (std::int64_t i = 0; i < m_config.layers; ++i) {
        const LayerParameters& layer = parameters.layer(i);
        m_backend.decodeLayer(x, scratch,
            {layer.inputNorm.value, layer.qkv, layer.qkvBias.value, layer.queryNorm.value, layer.keyNorm.value,
                layer.output, layer.outputBias.value, layer.postNorm.value, layer.gateUp, layer.down,
                attentionShape(m_config, i), m_config.rmsNormEpsilon},
            i, cache, state, m_rope);
    }
    m_backend.rmsNorm(hidden, {}, x, parameters.finalNorm().value, m_config.rmsNormEpsilon);
    m_backend.lmHeadSample(state, outputStep, hidden, parameters.head(), sampling);
}

} // namespace ahascope::model
