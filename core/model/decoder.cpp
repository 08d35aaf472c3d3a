#include "core/model/decoder.h"

#include <algorithm>
#include <cmath>

namespace ahascope::model {

using kernels::DType;
using kernels::expect;
using kernels::Tensor;

kernels::AttentionShape attentionShape(const ModelConfig& config)
{
    return {config.heads, config.kvHeads, config.headDim, 1.0f / std::sqrt(static_cast<float>(config.headDim))};
}

std::vector<float> ropeValues(const ModelConfig& config, std::int64_t positions)
{
    const std::int64_t half = config.headDim / 2;
    std::vector<float> values(static_cast<std::size_t>(positions * config.headDim));
    for (std::int64_t i = 0; i < half; ++i) {
        const float exponent = static_cast<float>(2 * i) / static_cast<float>(config.headDim);
        const float power = static_cast<float>(std::pow(double{config.ropeTheta}, double{exponent}));
        const float frequency = 1.0f / power;
        for (std::int64_t p = 0; p < positions; ++p) {
            const float angle = static_cast<float>(p) * frequency;
            const auto at = static_cast<std::size_t>(p * config.headDim + i);
            values[at] = static_cast<float>(std::cos(double{angle}));
            values[at + static_cast<std::size_t>(half)] = static_cast<float>(std::sin(double{angle}));
        }
    }
    return values;
}

Decoder::Decoder(kernels::Backend& backend, const ModelConfig& config, DecoderCapacity capacity)
    : m_backend(backend)
    , m_config(config)
    , m_capacity(capacity)
{
    expect(problemWith(config).empty(), "the model's config is sound");
    expect(capacity.tokens > 0 && capacity.outputs >= 0, "a decoder has room for a token");
    expect(capacity.positions > 0 && capacity.positions <= config.maxPositions, "positions fit the model");
    kernels::Arena measure;
    takeAll(measure);
    m_arena = kernels::Arena(backend, measure.bytesTaken());
    takeAll(m_arena);
    backend.upload(m_rope, ropeValues(config, capacity.positions).data());
}

void Decoder::takeAll(kernels::Arena& arena)
{
    const std::int64_t t = m_capacity.tokens;
    const std::int64_t c = m_config.hiddenSize;
    m_rope = arena.take(DType::F32, m_capacity.positions, m_config.headDim);
    m_rooms.clear();
    const std::int64_t rooms = m_capacity.training ? m_config.layers : 1;
    for (std::int64_t i = 0; i < rooms; ++i)
        m_rooms.push_back(takeRoom(arena));
    m_last = m_capacity.training ? arena.take(DType::F32, t, c) : m_rooms.front().x;
    m_rstdLast = arena.take(DType::F32, 1, t);
    m_hidden = arena.take(DType::F32, t, c);
    m_ids = arena.take(DType::I32, 1, t);
    m_positions = arena.take(DType::I32, 1, t);
    m_destinations = arena.take(DType::I32, 1, t);
    m_segmentTable = arena.take(DType::I32, t, 4);
    if (m_capacity.outputs == 0)
        return;
    const std::int64_t n = m_capacity.outputs;
    m_outputHidden = arena.take(DType::F32, n, c);
    m_logProbs = arena.take(DType::F32, 1, n);
    m_entropies = arena.take(DType::F32, 1, n);
    m_lse = arena.take(DType::F32, 1, n);
    m_outputRows = arena.take(DType::I32, 1, n);
    m_targets = arena.take(DType::I32, 1, n);
    if (m_capacity.training)
        takeGradients(arena);
}

Decoder::Room Decoder::takeRoom(kernels::Arena& arena) const
{
    const std::int64_t t = m_capacity.tokens;
    const std::int64_t c = m_config.hiddenSize;
    Room room;
    room.x = arena.take(DType::F32, t, c);
    room.rstdInput = arena.take(DType::F32, 1, t);
    room.normedInput = arena.take(DType::F32, t, c);
    room.qkv = arena.take(DType::F32, t, m_config.qkvWidth());
    room.attended = arena.take(DType::F32, t, m_config.queryWidth());
    room.lse = arena.take(DType::F32, t, m_config.heads);
    room.middle = m_capacity.training ? arena.take(DType::F32, t, c) : room.x;
    room.rstdPost = arena.take(DType::F32, 1, t);
    room.normedPost = arena.take(DType::F32, t, c);
    room.gateUp = arena.take(DType::F32, t, 2 * m_config.intermediateSize);
    room.activated = arena.take(DType::F32, t, m_config.intermediateSize);
    return room;
}

void Decoder::takeGradients(kernels::Arena& arena)
{
    const std::int64_t t = m_capacity.tokens;
    const std::int64_t n = m_capacity.outputs;
    const std::int64_t c = m_config.hiddenSize;
    m_dLogProbs = arena.take(DType::F32, 1, n);
    m_dEntropies = arena.take(DType::F32, 1, n);
    m_dOutputHidden = arena.take(DType::F32, n, c);
    m_dx = arena.take(DType::F32, t, c);
    m_dNormed = arena.take(DType::F32, t, c);
    m_dAttended = arena.take(DType::F32, t, m_config.queryWidth());
    m_dQkv = arena.take(DType::F32, t, m_config.qkvWidth());
    m_dActivated = arena.take(DType::F32, t, m_config.intermediateSize);
}

Decoder::Room Decoder::roomOf(std::int64_t layer) const
{
    Room room = m_capacity.training ? m_rooms[static_cast<std::size_t>(layer)] : m_rooms.front();
    for (Tensor* tensor : {&room.x, &room.normedInput, &room.qkv, &room.attended, &room.lse, &room.middle,
             &room.normedPost, &room.gateUp, &room.activated})
        *tensor = tensor->rowRange(0, m_rows);
    room.rstdInput = room.rstdInput.columnRange(0, m_rows);
    room.rstdPost = room.rstdPost.columnRange(0, m_rows);
    return room;
}

Tensor Decoder::lastOf(std::int64_t layer) const
{
    const bool hasNext = m_capacity.training && layer + 1 < m_config.layers;
    return (hasNext ? m_rooms[static_cast<std::size_t>(layer) + 1].x : m_last).rowRange(0, m_rows);
}

void Decoder::uploadBatch(const PackedBatch& batch, const KvSink& sink)
{
    m_rows = batch.rows();
    m_outputs = batch.outputs();
    expect(m_rows > 0 && m_rows <= m_capacity.tokens, "the batch fits the decoder's rows");
    expect(m_outputs <= m_capacity.outputs, "the batch fits the decoder's outputs");
    expect(std::ranges::max(batch.positions) < m_capacity.positions, "positions fit the decoder");
    const auto known = [&](std::int32_t id) { return id >= 0 && id < m_config.vocabSize; };
    expect(std::ranges::all_of(batch.ids, known), "token ids are in the vocabulary");
    expect(std::ranges::all_of(batch.targets, known), "targets are in the vocabulary");
    m_backend.upload(m_ids.columnRange(0, m_rows), batch.ids.data());
    m_backend.upload(m_positions.columnRange(0, m_rows), batch.positions.data());
    if (m_outputs > 0) {
        m_backend.upload(m_outputRows.columnRange(0, m_outputs), batch.outputRows.data());
        m_backend.upload(m_targets.columnRange(0, m_outputs), batch.targets.data());
    }
    if (sink.cache) {
        expect(static_cast<std::int64_t>(sink.destinations.size()) == m_rows, "one destination per row");
        m_backend.upload(m_destinations.columnRange(0, m_rows), sink.destinations.data());
    }

    m_segments = {};
    m_segments.count = static_cast<std::int64_t>(batch.segments.size());
    m_segments.rows = m_rows;
    m_segments.table = m_segmentTable.rowRange(0, m_segments.count);
    std::vector<std::int32_t> table;
    for (const kernels::Segment& segment : batch.segments) {
        table.insert(table.end(), {segment.begin, segment.length, segment.prefixBegin, segment.prefixLength});
        const std::int64_t length = segment.length;
        m_segments.longest = std::max(m_segments.longest, length);
        m_segments.pairs += length * segment.prefixLength + length * (length + 1) / 2;
    }
    m_backend.upload(m_segments.table, table.data());
}

} // namespace ahascope::model
