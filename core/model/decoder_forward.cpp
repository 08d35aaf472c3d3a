#include "core/model/decoder.h"

namespace ahascope::model {

using kernels::expect;
using kernels::Tensor;

void Decoder::forward(const Parameters& parameters, const PackedBatch& batch, KvSink sink)
{
    uploadBatch(batch, sink);
    m_backend.embedding(roomOf(0).x, parameters.embedding(), m_ids.columnRange(0, m_rows));
    for (std::int64_t i = 0; i < m_config.layers; ++i)
        forwardLayer(parameters.layer(i), i, sink);
    m_backend.rmsNorm(hidden(), m_rstdLast.columnRange(0, m_rows), m_last.rowRange(0, m_rows),
        parameters.finalNorm().value, m_config.rmsNormEpsilon);
}

void Decoder::forwardLayer(const LayerParameters& layer, std::int64_t index, const KvSink& sink)
{
    const Room room = roomOf(index);
    const std::int64_t q = m_config.queryWidth();
    const std::int64_t kv = m_config.kvWidth();
    const Tensor queries = room.rotated.columnRange(0, q);
    const Tensor keys = room.rotated.columnRange(q, kv);
    const Tensor values = room.qkv.columnRange(q + kv, kv);
    m_backend.rmsNorm(room.normedInput, room.rstdInput, room.x, layer.inputNorm.value, m_config.rmsNormEpsilon);
    m_backend.linear(room.qkv, room.normedInput, layer.qkv, layer.qkvBias.value);
    if (m_config.qkNorm) {
        const std::int64_t queryHeads = m_rows * m_config.heads;
        m_backend.rmsNorm(queries, room.rstdHeads.columnRange(0, queryHeads), room.qkv.columnRange(0, q),
            layer.queryNorm.value, m_config.rmsNormEpsilon);
        m_backend.rmsNorm(keys, room.rstdHeads.columnRange(queryHeads, m_rows * m_config.kvHeads),
            room.qkv.columnRange(q, kv), layer.keyNorm.value, m_config.rmsNormEpsilon);
    }
    m_backend.rope(room.rotated, m_positions.columnRange(0, m_rows), m_rope, {m_config.headDim});
    if (sink.cache)
        m_backend.storeKv(*sink.cache, index, keys, values, m_destinations.columnRange(0, m_rows));
    m_backend.attention(
        room.attended, room.lse, queries, keys, values, segmentsOf(index), attentionShape(m_config, index));

    // In training each stage of the residual stream is kept; otherwise all of these are the same memory.
    const Tensor next = lastOf(index);
    if (m_capacity.training)
        m_backend.copy(room.middle, room.x);
    m_backend.linear(room.middle, room.attended, layer.output, layer.outputBias.value, {.accumulate = true});
    m_backend.rmsNorm(room.normedPost, room.rstdPost, room.middle, layer.postNorm.value, m_config.rmsNormEpsilon);
    if (m_capacity.training)
        m_backend.copy(next, room.middle);
    m_backend.gatedMlp(next, room.gateUp, room.activated, room.normedPost, layer.gateUp, layer.down);
}

void Decoder::logProbs(
    const Parameters& parameters, float temperature, std::span<float> logProbs, std::span<float> entropies)
{
    expect(static_cast<std::int64_t>(logProbs.size()) == m_outputs, "one log-probability per output");
    expect(entropies.empty() || entropies.size() == logProbs.size(), "one entropy per output, or none");
    m_temperature = temperature;
    if (m_outputs == 0)
        return;
    const Tensor rows = m_outputHidden.rowRange(0, m_outputs);
    const Tensor results = m_logProbs.columnRange(0, m_outputs);
    const Tensor entropy = m_entropies.columnRange(0, m_outputs);
    m_backend.gatherRows(rows, hidden(), m_outputRows.columnRange(0, m_outputs));
    m_backend.lmHeadLogProbs(results, entropy, m_lse.columnRange(0, m_outputs), rows, parameters.head(),
        m_targets.columnRange(0, m_outputs), temperature);
    m_backend.download(logProbs.data(), results);
    if (!entropies.empty())
        m_backend.download(entropies.data(), entropy);
}

} // namespace ahascope::model
