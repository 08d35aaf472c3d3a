#include "kernels/backend.h"

#include "kernels/checks.h"
#include "kernels/span.h"

namespace ahascope::kernels {

Buffer Backend::allocate(std::size_t bytes)
{
    const Span span(*this, "allocate");
    std::byte* memory = doAllocate(bytes);
    m_bytesInUse += bytes;
    m_peakBytes = m_bytesInUse > m_peakBytes ? m_bytesInUse : m_peakBytes;
    return Buffer(memory, [this, bytes](std::byte* freed) {
        m_bytesInUse -= bytes;
        doFree(freed, bytes);
    });
}

void Backend::upload(Tensor to, const void* from)
{
    const Span span(*this, "upload", {0.0, double(to.bytes())});
    if (!to.empty())
        doUpload(to, from);
}

void Backend::download(void* to, Tensor from)
{
    const Span span(*this, "download", {0.0, double(from.bytes())});
    if (!from.empty())
        doDownload(to, from);
}

void Backend::copy(Tensor to, Tensor from)
{
    expectShape(from, to.rows, to.columns, to.dtype, "copy: from");
    const Span span(*this, "copy", {0.0, 2.0 * double(to.bytes())});
    if (!to.empty())
        doCopy(to, from);
}

void Backend::fill(Tensor to, float value)
{
    expect(to.dtype == DType::F32 || to.dtype == DType::I32 || to.dtype == rowType(DType::BF16),
        "fill: only F32, rows and I32");
    const Span span(*this, "fill", {0.0, double(to.bytes())});
    if (!to.empty())
        doFill(to, value);
}

void Backend::replay(std::uint64_t, const std::function<void()>& fn)
{
    fn();
}

void Backend::commit(std::span<Weight* const> weights)
{
    for (Weight* weight : weights) {
        expect(weight->form != nullptr, "commit: the weight was not prepared");
        const Span span(*this, "commit", {0.0, 2.0 * double(weight->value.bytes())});
        doCommit(*weight);
    }
}

std::unique_ptr<KvCache> Backend::makeKvCache(KvShape shape)
{
    expect(shape.layers > 0 && shape.kvHeads > 0 && shape.headDim > 0 && shape.pages >= 0, "makeKvCache: shape");
    const Span span(*this, "makeKvCache");
    return doMakeKvCache(shape);
}

namespace {

DecodeState layOut(Arena& arena, DecodeShape shape)
{
    const auto row = [&](DType dtype) { return arena.take(dtype, 1, shape.slots); };
    DecodeState state;
    state.shape = shape;
    state.token = row(DType::I32);
    state.prefixLength = row(DType::I32);
    state.length = row(DType::I32);
    state.remaining = row(DType::I32);
    state.prefixTable = arena.take(DType::I32, shape.slots, shape.prefixPages);
    state.ownTable = arena.take(DType::I32, shape.slots, shape.ownPages);
    state.key = arena.take(DType::U32, shape.slots, 2);
    state.ends = arena.take(DType::I32, 1, shape.endTokens);
    state.rows = row(DType::I32);
    state.outTokens = arena.take(DType::I32, shape.tokensPerChunk, shape.slots);
    state.outLogProbs = arena.take(DType::F32, shape.tokensPerChunk, shape.slots);
    state.outEntropy = arena.take(DType::F32, shape.tokensPerChunk, shape.slots);
    state.ids = row(DType::I32);
    state.positions = row(DType::I32);
    state.destinations = row(DType::I32);
    return state;
}

} // namespace

DecodeState Backend::makeDecodeState(DecodeShape shape)
{
    expect(shape.slots > 0 && shape.prefixPages >= 0 && shape.ownPages >= 0 && shape.tokensPerChunk > 0
            && shape.endTokens >= 0,
        "makeDecodeState: shape");
    Arena measure;
    layOut(measure, shape);
    Arena arena(*this, measure.bytesTaken());
    DecodeState state = layOut(arena, shape);
    state.memory = arena.release();
    return state;
}

Tensor Arena::take(DType dtype, std::int64_t rows, std::int64_t columns)
{
    expect(rows >= 0 && columns >= 0, "Arena: negative shape");
    Tensor tensor{nullptr, dtype, rows, columns, columns};
    const std::size_t bytes = (tensor.bytes() + 63) / 64 * 64;
    if (m_memory) {
        expect(bytes <= m_capacity - m_taken, "Arena: too small");
        tensor.data = m_memory.get() + m_taken;
    }
    m_taken += bytes;
    return tensor;
}

} // namespace ahascope::kernels
