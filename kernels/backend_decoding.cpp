// The public operations of decoding and of the LM head: shapes, cost, then the virtual one.
#include <algorithm>

#include "kernels/backend.h"
#include "kernels/checks.h"
#include "kernels/span.h"

namespace ahascope::kernels {

namespace {

// Work on [rows, V] logits: `products` products with the head and some tens of flops per logit.
OpCost headCost(const Weight& head, std::int64_t rows, double products)
{
    const double logits = double(rows) * double(head.value.rows);
    return {logits * (2.0 * products * double(head.value.columns) + 10.0),
        double(head.value.bytes()) + 4.0 * double(rows) * double(head.value.columns)};
}

} // namespace

void Backend::storeKv(KvCache& cache, std::int64_t layer, Tensor k, Tensor v, Tensor destinations)
{
    const KvShape& shape = cache.shape();
    expect(layer >= 0 && layer < shape.layers, "storeKv: layer");
    expectRows(*this, k, k.rows, shape.kvHeads * shape.headDim, "storeKv: k");
    expectRows(*this, v, k.rows, k.columns, "storeKv: v");
    expectIds(destinations, k.rows, "storeKv: destinations");
    const Span span(*this, "storeKv", {0.0, 4.0 * double(k.bytes())});
    doStoreKv(cache, layer, k, v, destinations);
}

void Backend::beginDecodeStep(DecodeState& state, std::int64_t rows)
{
    expect(rows >= 0 && rows <= state.shape.slots, "beginDecodeStep: rows");
    const Span span(*this, "beginDecodeStep", {0.0, 32.0 * double(rows)});
    doBeginDecodeStep(state, rows);
}

void Backend::decodeAttention(
    Tensor out, Tensor q, const KvCache& cache, std::int64_t layer, const DecodeState& state, AttentionShape shape)
{
    const KvShape& kv = cache.shape();
    expect(shape.heads > 0 && shape.kvHeads == kv.kvHeads && shape.headDim == kv.headDim
            && shape.heads % shape.kvHeads == 0 && shape.window >= 0,
        "decodeAttention: shape");
    expect(layer >= 0 && layer < kv.layers, "decodeAttention: layer");
    expect(q.rows <= state.shape.slots, "decodeAttention: more rows than slots");
    expectRows(*this, q, q.rows, shape.heads * shape.headDim, "decodeAttention: q");
    expectRows(*this, out, q.rows, q.columns, "decodeAttention: out");
    const std::int64_t longest = (state.shape.prefixPages + state.shape.ownPages) * kv.pageTokens;
    const double tokens = double(q.rows) * double(shape.window == 0 ? longest : std::min(longest, shape.window));
    const Span span(*this, "decodeAttention",
        {4.0 * tokens * double(q.columns), 8.0 * tokens * double(kv.kvHeads * kv.headDim) + 2.0 * double(q.bytes())});
    doDecodeAttention(out, q, cache, layer, state, shape);
}

void Backend::lmHeadSample(
    DecodeState& state, std::int64_t step, Tensor hidden, const Weight& head, SamplingOptions options)
{
    expect(head.form != nullptr, "lmHeadSample: the head was not prepared");
    expect(step >= 0 && step < state.shape.tokensPerChunk, "lmHeadSample: step");
    expect(hidden.rows <= state.shape.slots, "lmHeadSample: more rows than slots");
    expectRows(*this, hidden, hidden.rows, head.value.columns, "lmHeadSample: hidden");
    expect(options.temperature >= 0.0f && options.topK >= 0 && options.topP > 0.0f && options.topP <= 1.0f
            && options.reportTemperature > 0.0f,
        "lmHeadSample: options");
    const Span span(*this, "lmHeadSample", headCost(head, hidden.rows, 1.0));
    doLmHeadSample(state, step, hidden, head, options);
}

void Backend::lmHeadLogProbs(
    Tensor logProbs, Tensor entropy, Tensor lse, Tensor hidden, const Weight& head, Tensor targets, float temperature)
{
    expect(head.form != nullptr, "lmHeadLogProbs: the head was not prepared");
    expectRows(*this, hidden, hidden.rows, head.value.columns, "lmHeadLogProbs: hidden");
    expectVector(logProbs, hidden.rows, "lmHeadLogProbs: logProbs");
    expectVector(lse, hidden.rows, "lmHeadLogProbs: lse");
    if (!entropy.empty())
        expectVector(entropy, hidden.rows, "lmHeadLogProbs: entropy");
    expectIds(targets, hidden.rows, "lmHeadLogProbs: targets");
    expect(temperature > 0.0f, "lmHeadLogProbs: temperature");
    const Span span(*this, "lmHeadLogProbs", headCost(head, hidden.rows, 1.0));
    doLmHeadLogProbs(logProbs, entropy, lse, hidden, head, targets, temperature);
}

void Backend::lmHeadLogProbsBackward(Tensor dhidden, Weight& head, Tensor dlogProbs, Tensor dentropy, Tensor hidden,
    Tensor lse, Tensor entropy, Tensor targets, float temperature)
{
    expect(head.form != nullptr, "lmHeadLogProbsBackward: the head was not prepared");
    expectRows(*this, hidden, hidden.rows, head.value.columns, "lmHeadLogProbsBackward: hidden");
    expectShape(dhidden, hidden.rows, hidden.columns, DType::F32, "lmHeadLogProbsBackward: dhidden");
    expectVector(dlogProbs, hidden.rows, "lmHeadLogProbsBackward: dlogProbs");
    expectVector(lse, hidden.rows, "lmHeadLogProbsBackward: lse");
    expectIds(targets, hidden.rows, "lmHeadLogProbsBackward: targets");
    if (!dentropy.empty()) {
        expectVector(dentropy, hidden.rows, "lmHeadLogProbsBackward: dentropy");
        expectVector(entropy, hidden.rows, "lmHeadLogProbsBackward: entropy");
    }
    expect(temperature > 0.0f, "lmHeadLogProbsBackward: temperature");
    const Span span(*this, "lmHeadLogProbsBackward", headCost(head, hidden.rows, 3.0));
    doLmHeadLogProbsBackward(dhidden, head, dlogProbs, dentropy, hidden, lse, entropy, targets, temperature);
}

} // namespace ahascope::kernels
