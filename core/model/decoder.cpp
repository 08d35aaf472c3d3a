#include "core/model/decoder.h"

#include <algorithm>
#include <cmath>

#include "core/model/rope.h"

namespace ahascope::model {

using kernels::DType;
using kernels::expect;
using kernels::Tensor;

kernels::AttentionShape attentionShape(const ModelConfig& config, std::int64_t layer)
{
    return {.heads = config.heads,
        .kvHeads = config.kvHeads,
        .headDim = config.headDim,
        .scale = 1.0f / std::sqrt(static_cast<float>(config.headDim)),
        .window = config.windowOf(layer)};
}

namespace {

// Query-key pairs of a run whose rows see `window` tokens at most; 0 = all.
std::int64_t pairsInWindow(const kernels::Segment& segment, std::int64_t window)
{
    std::int64_t pairs = 0;
    for (std::int64_t i = 0; i < segment.length; ++i) {
        const std::int64_t before = segment.prefixLength + i + 1;
        pairs += window > 0 ? std::min(before, window) : before;
    }
    return pairs;
}

} // namespace

Decoder::Decoder(kernels::Backend& backend, const ModelConfig& config, DecoderCapacity capacity)
    : m_backend(backend)
    , m_config(config)
    , m_capacity(capacity)
{
    expect(problemWith(config).empty(), "the model's config is sound");
    expect(capacity.training || !capacity.checkpointing, "only training has anything to checkpoint");
    expect(capacity.tokens > 0 && capacity.outputs >= 0, "a decoder has room for a token");
    expect(capacity.positions > 0 && capacity.positions <= config.contextLength(), "positions fit the model");
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
    const DType rows = m_capacity.rows;
    m_rope = arena.take(DType::F32, m_capacity.positions, m_config.headDim);
    m_rooms.clear();
    const std::int64_t rooms = keepsRooms() ? m_config.layers : 1;
    for (std::int64_t i = 0; i < rooms; ++i)
        m_rooms.push_back(takeRoom(arena));
    m_inputs.clear();
    if (m_capacity.training && m_capacity.checkpointing)
        for (std::int64_t i = 0; i < m_config.layers; ++i)
            m_inputs.push_back(arena.take(DType::F32, t, c));
    m_last = m_capacity.training ? arena.take(DType::F32, t, c) : m_rooms.front().x;
    m_rstdLast = arena.take(DType::F32, 1, t);
    m_hidden = arena.take(rows, t, c);
    m_ids = arena.take(DType::I32, 1, t);
    m_positions = arena.take(DType::I32, 1, t);
    m_destinations = arena.take(DType::I32, 1, t);
    m_segmentTable = arena.take(DType::I32, t, 4);
    if (m_capacity.outputs == 0)
        return;
    const std::int64_t n = m_capacity.outputs;
    m_outputHidden = arena.take(rows, n, c);
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
    const DType rows = m_capacity.rows;
    Room room;
    if (!m_capacity.checkpointing)
        room.x = arena.take(DType::F32, t, c);
    room.rstdInput = arena.take(DType::F32, 1, t);
    room.normedInput = arena.take(rows, t, c);
    room.qkv = arena.take(rows, t, m_config.qkvWidth());
    if (m_config.qkNorm)
        room.rstdHeads = arena.take(DType::F32, 1, t * (m_config.heads + m_config.kvHeads));
    room.rotated = m_config.qkNorm && m_capacity.training
        ? arena.take(rows, t, m_config.queryWidth() + m_config.kvWidth())
        : room.qkv.columnRange(0, m_config.queryWidth() + m_config.kvWidth());
    room.attended = arena.take(rows, t, m_config.queryWidth());
    room.lse = arena.take(DType::F32, t, m_config.heads);
    room.middle = m_capacity.training ? arena.take(DType::F32, t, c) : room.x;
    room.rstdPost = arena.take(DType::F32, 1, t);
    room.normedPost = arena.take(rows, t, c);
    room.gateUp = arena.take(rows, t, 2 * m_config.intermediateSize);
    room.activated = arena.take(rows, t, m_config.intermediateSize);
    return room;
}

void Decoder::takeGradients(kernels::Arena& arena)
{
    const std::int64_t t = m_capacity.tokens;
    const std::int64_t n = m_capacity.outputs;
    const std::int64_t c = m_config.hiddenSize;
    const DType rows = m_capacity.rows;
    m_dLogProbs = arena.take(DType::F32, 1, n);
    m_dEntropies = arena.take(DType::F32, 1, n);
    m_dOutputHidden = arena.take(DType::F32, n, c);
    m_dx = arena.take(DType::F32, t, c);
    m_dNormed = arena.take(rows, t, c);
    m_dAttended = arena.take(rows, t, m_config.queryWidth());
    m_dQkv = arena.take(rows, t, m_config.qkvWidth());
    m_dRotated = m_config.qkNorm ? arena.take(rows, t, m_config.queryWidth() + m_config.kvWidth())
                                 : m_dQkv.columnRange(0, m_config.queryWidth() + m_config.kvWidth());
    m_dActivated = arena.take(rows, t, m_config.intermediateSize);
}

Decoder::Room Decoder::roomOf(std::int64_t layer) const
{
    Room room = keepsRooms() ? m_rooms[static_cast<std::size_t>(layer)] : m_rooms.front();
    if (!m_inputs.empty())
        room.x = m_inputs[static_cast<std::size_t>(layer)];
    for (Tensor* tensor : {&room.x, &room.normedInput, &room.qkv, &room.rotated, &room.attended, &room.lse,
             &room.middle, &room.normedPost, &room.gateUp, &room.activated})
        *tensor = tensor->rowRange(0, m_rows);
    room.rstdInput = room.rstdInput.columnRange(0, m_rows);
    room.rstdPost = room.rstdPost.columnRange(0, m_rows);
    if (m_config.qkNorm)
        room.rstdHeads = room.rstdHeads.columnRange(0, m_rows * (m_config.heads + m_config.kvHeads));
    return room;
}

Tensor Decoder::lastOf(std::int64_t layer) const
{
    const bool hasNext = m_capacity.training && layer + 1 < m_config.layers;
    return hasNext ? roomOf(layer + 1).x : m_last.rowRange(0, m_rows);
}

kernels::Segments Decoder::segmentsOf(std::int64_t layer) const
{
    kernels::Segments segments = m_segments;
    if (m_config.windowOf(layer) > 0)
        segments.pairs = m_windowPairs;
    return segments;
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
    m_windowPairs = 0;
    m_segments.count = static_cast<std::int64_t>(batch.segments.size());
    m_segments.rows = m_rows;
    m_segments.table = m_segmentTable.rowRange(0, m_segments.count);
    std::vector<std::int32_t> table;
    for (const kernels::Segment& segment : batch.segments) {
        table.insert(table.end(), {segment.begin, segment.length, segment.prefixBegin, segment.prefixLength});
        m_segments.longest = std::max<std::int64_t>(m_segments.longest, segment.length);
        m_segments.pairs += pairsInWindow(segment, 0);
        m_windowPairs += pairsInWindow(segment, m_config.slidingWindow);
    }
    m_backend.upload(m_segments.table, table.data());
}

} // namespace ahascope::model
