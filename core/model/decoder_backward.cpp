#include "core/model/decoder.h"

namespace ahascope::model {

using kernels::expect;
using kernels::Tensor;

void Decoder::backward(Parameters& parameters, std::span<const float> dLogProbs, std::span<const float> dEntropies)
{
    expect(m_capacity.training, "the decoder keeps activations");
    expect(static_cast<std::int64_t>(dLogProbs.size()) == m_outputs, "one gradient per output");
    expect(dEntropies.empty() || dEntropies.size() == dLogProbs.size(), "one gradient per output, or none");
    if (m_outputs == 0)
        return;
    const auto outputs = [&](Tensor tensor) { return tensor.columnRange(0, m_outputs); };
    m_backend.upload(outputs(m_dLogProbs), dLogProbs.data());
    if (!dEntropies.empty())
        m_backend.upload(outputs(m_dEntropies), dEntropies.data());
    const Tensor dRows = m_dOutputHidden.rowRange(0, m_outputs);
    m_backend.lmHeadLogProbsBackward(dRows, parameters.head(), outputs(m_dLogProbs),
        dEntropies.empty() ? Tensor{} : outputs(m_dEntropies), m_outputHidden.rowRange(0, m_outputs), outputs(m_lse),
        outputs(m_entropies), outputs(m_targets), m_temperature);

    const Tensor dx = m_dx.rowRange(0, m_rows);
    const Tensor dHidden = m_dNormed.rowRange(0, m_rows);
    m_backend.fill(dHidden, 0.0f);
    m_backend.scatterAddRows(dHidden, dRows, outputs(m_outputRows));
    m_backend.fill(dx, 0.0f);
    m_backend.rmsNormBackward(dx, parameters.finalNorm().gradient, dHidden, m_last.rowRange(0, m_rows),
        parameters.finalNorm().value, m_rstdLast.columnRange(0, m_rows));
    for (std::int64_t i = m_config.layers; i-- > 0;)
        backwardLayer(parameters.layer(i), i, dx);
    if (!parameters.embeddingGradient().empty())
        m_backend.embeddingBackward(parameters.embeddingGradient(), dx, m_ids.columnRange(0, m_rows));
}

// dx: gradient of the residual stream after the layer; becomes the gradient before it.
void Decoder::backwardLayer(LayerParameters& layer, std::int64_t index, Tensor dx)
{
    if (m_capacity.checkpointing && index + 1 < m_config.layers) // the last one's are still there
        forwardLayer(layer, index, {});
    const Room room = roomOf(index);
    const Tensor dNormed = m_dNormed.rowRange(0, m_rows);
    const Tensor dAttended = m_dAttended.rowRange(0, m_rows);
    const Tensor dQkv = m_dQkv.rowRange(0, m_rows);
    const Tensor dRotated = m_dRotated.rowRange(0, m_rows);
    const std::int64_t q = m_config.queryWidth();
    const std::int64_t kv = m_config.kvWidth();

    m_backend.gatedMlpBackward(dNormed, m_dActivated.rowRange(0, m_rows), layer.gateUp, layer.down, dx, room.gateUp,
        room.activated, room.normedPost);
    m_backend.rmsNormBackward(dx, layer.postNorm.gradient, dNormed, room.middle, layer.postNorm.value, room.rstdPost);

    m_backend.linearBackwardInput(dAttended, dx, layer.output);
    m_backend.linearBackwardWeight(layer.output, layer.outputBias.gradient, dx, room.attended);
    m_backend.attentionBackward(dRotated.columnRange(0, q), dRotated.columnRange(q, kv), dQkv.columnRange(q + kv, kv),
        dAttended, room.attended, room.lse, room.rotated.columnRange(0, q), room.rotated.columnRange(q, kv),
        room.qkv.columnRange(q + kv, kv), segmentsOf(index), attentionShape(m_config, index));
    m_backend.rope(
        dRotated, m_positions.columnRange(0, m_rows), m_rope, {.headDim = m_config.headDim, .inverse = true});
    if (m_config.qkNorm) {
        const std::int64_t queryHeads = m_rows * m_config.heads;
        m_backend.fill(dQkv.columnRange(0, q + kv), 0.0f);
        m_backend.rmsNormBackward(dQkv.columnRange(0, q), layer.queryNorm.gradient, dRotated.columnRange(0, q),
            room.qkv.columnRange(0, q), layer.queryNorm.value, room.rstdHeads.columnRange(0, queryHeads));
        m_backend.rmsNormBackward(dQkv.columnRange(q, kv), layer.keyNorm.gradient, dRotated.columnRange(q, kv),
            room.qkv.columnRange(q, kv), layer.keyNorm.value,
            room.rstdHeads.columnRange(queryHeads, m_rows * m_config.kvHeads));
    }
    m_backend.linearBackwardInput(dNormed, dQkv, layer.qkv);
    m_backend.linearBackwardWeight(layer.qkv, layer.qkvBias.gradient, dQkv, room.normedInput);
    m_backend.rmsNormBackward(dx, layer.inputNorm.gradient, dNormed, room.x, layer.inputNorm.value, room.rstdInput);
}

} // namespace ahascope::model
