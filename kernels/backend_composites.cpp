// Operations made of others, unless a backend fuses them.
#include "kernels/backend.h"
#include "kernels/checks.h"
#include "kernels/span.h"

namespace ahascope::kernels {

namespace {

OpCost productCost(std::initializer_list<Tensor> weights, std::int64_t rows)
{
    OpCost cost;
    for (const Tensor& weight : weights) {
        cost.flops += 2.0 * double(rows) * double(weight.count());
        cost.bytes += double(weight.bytes()) + 4.0 * double(rows) * double(weight.rows + weight.columns);
    }
    return cost;
}

void expectMlp(const Backend& backend, const Tensor& x, const Tensor& gateUp, const Tensor& activated,
    const Tensor& normed, const Weight& gateUpWeight, const Weight& down)
{
    expect(gateUpWeight.form != nullptr && down.form != nullptr, "gated MLP: a weight was not prepared");
    const std::int64_t channels = gateUpWeight.value.columns;
    const std::int64_t inner = down.value.columns;
    expect(gateUpWeight.value.rows == 2 * inner && down.value.rows == channels, "gated MLP: weights");
    expectRows(backend, x, x.rows, channels, "gated MLP: x");
    expectRows(backend, normed, x.rows, channels, "gated MLP: normed");
    expectRows(backend, gateUp, x.rows, 2 * inner, "gated MLP: gateUp");
    expectRows(backend, activated, x.rows, inner, "gated MLP: activated");
}

} // namespace

void Backend::gatedMlp(
    Tensor x, Tensor gateUp, Tensor activated, Tensor normed, const Weight& gateUpWeight, const Weight& down)
{
    expectMlp(*this, x, gateUp, activated, normed, gateUpWeight, down);
    const Span span(*this, "gatedMlp", productCost({gateUpWeight.value, down.value}, x.rows));
    doGatedMlp(x, gateUp, activated, normed, gateUpWeight, down);
}

void Backend::doGatedMlp(
    Tensor x, Tensor gateUp, Tensor activated, Tensor normed, const Weight& gateUpWeight, const Weight& down)
{
    linear(gateUp, normed, gateUpWeight, {});
    swiglu(activated, gateUp);
    linear(x, activated, down, {}, {.accumulate = true});
}

void Backend::gatedMlpBackward(Tensor dnormed, Tensor dactivated, Weight& gateUpWeight, Weight& down, Tensor dx,
    Tensor gateUp, Tensor activated, Tensor normed)
{
    expectMlp(*this, dx, gateUp, activated, normed, gateUpWeight, down);
    expectRows(*this, dnormed, dx.rows, dx.columns, "gatedMlpBackward: dnormed");
    expectRows(*this, dactivated, dx.rows, activated.columns, "gatedMlpBackward: dactivated");
    const Span span(*this, "gatedMlpBackward", productCost({gateUpWeight.value, down.value}, 2 * dx.rows));
    doGatedMlpBackward(dnormed, dactivated, gateUpWeight, down, dx, gateUp, activated, normed);
}

void Backend::doGatedMlpBackward(Tensor dnormed, Tensor dactivated, Weight& gateUpWeight, Weight& down, Tensor dx,
    Tensor gateUp, Tensor activated, Tensor normed)
{
    linearBackwardInput(dactivated, dx, down);
    linearBackwardWeight(down, {}, dx, activated);
    swigluBackward(gateUp, dactivated, gateUp);
    linearBackwardInput(dnormed, gateUp, gateUpWeight);
    linearBackwardWeight(gateUpWeight, {}, gateUp, normed);
}

void Backend::decodeLayer(Tensor x, const DecodeScratch& scratch, const DecoderLayer& layer, std::int64_t index,
    KvCache& cache, const DecodeState& state, Tensor ropeTable)
{
    expect(x.rows <= state.shape.slots, "decodeLayer: more rows than slots");
    const Span span(*this, "decodeLayer",
        productCost({layer.qkv.value, layer.output.value, layer.gateUp.value, layer.down.value}, x.rows));
    doDecodeLayer(x, scratch, layer, index, cache, state, ropeTable);
}

void Backend::doDecodeLayer(Tensor x, const DecodeScratch& scratch, const DecoderLayer& layer, std::int64_t index,
    KvCache& cache, const DecodeState& state, Tensor ropeTable)
{
    const std::int64_t rows = x.rows;
    const AttentionShape& shape = layer.attention;
    const std::int64_t queries = shape.heads * shape.headDim;
    const std::int64_t keys = shape.kvHeads * shape.headDim;
    const Tensor normed = scratch.normed.rowRange(0, rows);
    const Tensor qkv = scratch.qkv.rowRange(0, rows);
    const Tensor attended = scratch.attended.rowRange(0, rows);

    rmsNorm(normed, {}, x, layer.inputNorm, layer.normEpsilon);
    linear(qkv, normed, layer.qkv, layer.qkvBias);
    if (!layer.queryNorm.empty())
        rmsNorm(qkv.columnRange(0, queries), {}, qkv.columnRange(0, queries), layer.queryNorm, layer.normEpsilon);
    if (!layer.keyNorm.empty())
        rmsNorm(qkv.columnRange(queries, keys), {}, qkv.columnRange(queries, keys), layer.keyNorm, layer.normEpsilon);
    rope(qkv.columnRange(0, queries + keys), state.positions.columnRange(0, rows), ropeTable,
        {.headDim = shape.headDim});
    storeKv(cache, index, qkv.columnRange(queries, keys), qkv.columnRange(queries + keys, keys),
        state.destinations.columnRange(0, rows));
    decodeAttention(attended, qkv.columnRange(0, queries), cache, index, state, shape);
    linear(x, attended, layer.output, layer.outputBias, {.accumulate = true});
    rmsNorm(normed, {}, x, layer.postNorm, layer.normEpsilon);
    gatedMlp(
        x, scratch.gateUp.rowRange(0, rows), scratch.activated.rowRange(0, rows), normed, layer.gateUp, layer.down);
}

} // namespace ahascope::kernels
