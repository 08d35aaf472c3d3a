// The public operations: shapes, cost, then the virtual one.
#include "kernels/backend.h"
#include "kernels/checks.h"
#include "kernels/span.h"

namespace ahascope::kernels {

namespace {

double bytes(std::initializer_list<Tensor> tensors)
{
    double sum = 0;
    for (const Tensor& tensor : tensors)
        sum += double(tensor.bytes());
    return sum;
}

// flops of a product of [rows, inner] with a weight
OpCost productCost(const Weight& weight, std::int64_t rows, double bytes)
{
    OpCost cost{2.0 * double(rows) * double(weight.value.count()), bytes + double(weight.value.bytes())};
    for (const Adapter& adapter : adaptersOf(weight)) {
        const OpCost a = productCost(adapter.a, rows, 0.0);
        const OpCost b = productCost(adapter.b, rows, 0.0);
        cost.flops += a.flops + b.flops;
        cost.bytes += a.bytes + b.bytes;
    }
    return cost;
}

// How many vectors of the weight's length a row of x holds.
std::int64_t headsOf(const Tensor& x, const Tensor& weight, const char* message)
{
    expectVector(weight, weight.columns, message);
    expect(weight.columns > 0 && x.columns % weight.columns == 0, message);
    return x.columns / weight.columns;
}

void expectAttention(const AttentionShape& shape)
{
    expect(shape.heads > 0 && shape.kvHeads > 0 && shape.headDim > 0 && shape.heads % shape.kvHeads == 0
            && shape.window >= 0,
        "attention shape");
}

void expectSegments(const Segments& segments, std::int64_t rows)
{
    expectShape(segments.table, segments.count, 4, DType::I32, "segments: table");
    expect(segments.rows == rows, "segments: rows");
}

} // namespace

void Backend::embedding(Tensor out, Tensor table, Tensor ids)
{
    expectIds(ids, out.rows, "embedding: ids");
    expectRows(*this, out, out.rows, table.columns, "embedding: out");
    expectWeight(table, table.rows, table.columns, "embedding: table");
    const Span span(*this, "embedding", {0.0, bytes({out, ids}) + double(out.count()) * double(sizeOf(table.dtype))});
    doEmbedding(out, table, ids);
}

void Backend::embeddingBackward(Tensor dtable, Tensor dout, Tensor ids)
{
    expectIds(ids, dout.rows, "embeddingBackward: ids");
    expectRows(*this, dout, dout.rows, dtable.columns, "embeddingBackward: dout");
    expectShape(dtable, dtable.rows, dtable.columns, DType::F32, "embeddingBackward: dtable");
    const Span span(*this, "embeddingBackward", {double(dout.count()), 3.0 * bytes({dout}) + bytes({ids})});
    doEmbeddingBackward(dtable, dout, ids);
}

void Backend::gatherRows(Tensor out, Tensor x, Tensor rows)
{
    expectIds(rows, out.rows, "gatherRows: rows");
    expectRows(*this, out, out.rows, x.columns, "gatherRows: out");
    expectRows(*this, x, x.rows, x.columns, "gatherRows: x");
    const Span span(*this, "gatherRows", {0.0, 2.0 * bytes({out}) + bytes({rows})});
    doGatherRows(out, x, rows);
}

void Backend::scatterAddRows(Tensor dx, Tensor dout, Tensor rows)
{
    expectIds(rows, dout.rows, "scatterAddRows: rows");
    expectRows(*this, dout, dout.rows, dx.columns, "scatterAddRows: dout");
    expectRows(*this, dx, dx.rows, dx.columns, "scatterAddRows: dx");
    const Span span(*this, "scatterAddRows", {double(dout.count()), 3.0 * bytes({dout}) + bytes({rows})});
    doScatterAddRows(dx, dout, rows);
}

void Backend::rmsNorm(Tensor out, Tensor rstd, Tensor x, Tensor weight, float epsilon)
{
    expectRows(*this, x, x.rows, x.columns, "rmsNorm: x");
    expectRows(*this, out, x.rows, x.columns, "rmsNorm: out");
    const std::int64_t heads = headsOf(x, weight, "rmsNorm: weight");
    if (!rstd.empty())
        expectVector(rstd, x.rows * heads, "rmsNorm: rstd");
    const Span span(*this, "rmsNorm", {4.0 * double(x.count()), bytes({out, rstd, x, weight})});
    doRmsNorm(out, rstd, x, weight, epsilon);
}

void Backend::rmsNormBackward(Tensor dx, Tensor dweight, Tensor dout, Tensor x, Tensor weight, Tensor rstd)
{
    expectRows(*this, x, x.rows, x.columns, "rmsNormBackward: x");
    expectRows(*this, dx, x.rows, x.columns, "rmsNormBackward: dx");
    expectRows(*this, dout, x.rows, x.columns, "rmsNormBackward: dout");
    const std::int64_t heads = headsOf(x, weight, "rmsNormBackward: weight");
    expectVector(rstd, x.rows * heads, "rmsNormBackward: rstd");
    if (!dweight.empty())
        expectVector(dweight, weight.columns, "rmsNormBackward: dweight");
    const Span span(
        *this, "rmsNormBackward", {12.0 * double(x.count()), bytes({dx, dx, dout, x, weight, rstd, dweight})});
    doRmsNormBackward(dx, dweight, dout, x, weight, rstd);
}

void Backend::rope(Tensor x, Tensor positions, Tensor table, RopeOptions options)
{
    expect(options.headDim > 0 && options.headDim % 2 == 0 && x.columns % options.headDim == 0, "rope: headDim");
    expectRows(*this, x, x.rows, x.columns, "rope: x");
    expectIds(positions, x.rows, "rope: positions");
    expectShape(table, table.rows, options.headDim, DType::F32, "rope: table");
    const Span span(*this, "rope", {3.0 * double(x.count()), 2.0 * bytes({x}) + bytes({positions})});
    doRope(x, positions, table, options);
}

void Backend::linear(Tensor out, Tensor x, const Weight& weight, Tensor bias, LinearOptions options)
{
    expect(weight.form != nullptr, "linear: the weight was not prepared");
    expectRows(*this, x, x.rows, weight.value.columns, "linear: x");
    expectRows(*this, out, x.rows, weight.value.rows, "linear: out");
    if (!bias.empty())
        expectVector(bias, out.columns, "linear: bias");
    const Span span(*this, "linear", productCost(weight, x.rows, bytes({out, x, bias})));
    doLinear(out, x, weight, bias, options);
    addAdapters(out, x, weight);
}

void Backend::linearBackwardInput(Tensor dx, Tensor dout, const Weight& weight, LinearOptions options)
{
    expect(weight.form != nullptr, "linearBackwardInput: the weight was not prepared");
    expectRows(*this, dx, dx.rows, weight.value.columns, "linearBackwardInput: dx");
    expectRows(*this, dout, dx.rows, weight.value.rows, "linearBackwardInput: dout");
    const Span span(*this, "linearBackwardInput", productCost(weight, dx.rows, bytes({dx, dout})));
    doLinearBackwardInput(dx, dout, weight, options);
    addAdaptersBackwardInput(dx, dout, weight);
}

void Backend::linearBackwardWeight(Weight& weight, Tensor dbias, Tensor dout, Tensor x)
{
    if (!weight.gradient.empty())
        expectShape(
            weight.gradient, weight.value.rows, weight.value.columns, DType::F32, "linearBackwardWeight: gradient");
    expectRows(*this, x, x.rows, weight.value.columns, "linearBackwardWeight: x");
    expectRows(*this, dout, x.rows, weight.value.rows, "linearBackwardWeight: dout");
    if (!dbias.empty())
        expectVector(dbias, dout.columns, "linearBackwardWeight: dbias");
    const Span span(
        *this, "linearBackwardWeight", productCost(weight, x.rows, bytes({dout, x, dbias, weight.gradient})));
    if (!weight.gradient.empty())
        doLinearBackwardWeight(weight, dbias, dout, x);
    addAdaptersBackwardWeight(weight, dout, x);
}

void Backend::swiglu(Tensor out, Tensor gateUp)
{
    expectRows(*this, out, out.rows, out.columns, "swiglu: out");
    expectRows(*this, gateUp, out.rows, 2 * out.columns, "swiglu: gateUp");
    const Span span(*this, "swiglu", {5.0 * double(out.count()), bytes({out, gateUp})});
    doSwiglu(out, gateUp);
}

void Backend::swigluBackward(Tensor dgateUp, Tensor dout, Tensor gateUp)
{
    expectRows(*this, dout, dout.rows, dout.columns, "swigluBackward: dout");
    expectRows(*this, gateUp, dout.rows, 2 * dout.columns, "swigluBackward: gateUp");
    expectRows(*this, dgateUp, dout.rows, 2 * dout.columns, "swigluBackward: dgateUp");
    const Span span(*this, "swigluBackward", {10.0 * double(dout.count()), bytes({dgateUp, dout, gateUp})});
    doSwigluBackward(dgateUp, dout, gateUp);
}

void Backend::add(Tensor out, Tensor x)
{
    expectRows(*this, out, out.rows, out.columns, "add: out");
    expectRows(*this, x, out.rows, out.columns, "add: x");
    const Span span(*this, "add", {double(out.count()), bytes({out, out, x})});
    doAdd(out, x);
}

void Backend::scale(Tensor x, float factor)
{
    expectRows(*this, x, x.rows, x.columns, "scale: x");
    const Span span(*this, "scale", {double(x.count()), 2.0 * bytes({x})});
    doScale(x, factor);
}

void Backend::attention(
    Tensor out, Tensor lse, Tensor q, Tensor k, Tensor v, const Segments& segments, AttentionShape shape)
{
    expectAttention(shape);
    expectSegments(segments, q.rows);
    expectRows(*this, q, q.rows, shape.heads * shape.headDim, "attention: q");
    expectRows(*this, out, q.rows, q.columns, "attention: out");
    expectRows(*this, k, q.rows, shape.kvHeads * shape.headDim, "attention: k");
    expectRows(*this, v, q.rows, k.columns, "attention: v");
    expectShape(lse, q.rows, shape.heads, DType::F32, "attention: lse");
    const double pairs = double(segments.pairs) * double(shape.heads) * double(shape.headDim);
    const Span span(*this, "attention", {4.0 * pairs, bytes({out, lse, q, k, v})});
    doAttention(out, lse, q, k, v, segments, shape);
}

void Backend::attentionBackward(Tensor dq, Tensor dk, Tensor dv, Tensor dout, Tensor out, Tensor lse, Tensor q,
    Tensor k, Tensor v, const Segments& segments, AttentionShape shape)
{
    expectAttention(shape);
    expectSegments(segments, q.rows);
    expectRows(*this, q, q.rows, shape.heads * shape.headDim, "attentionBackward: q");
    for (const Tensor& tensor : {dq, dout, out})
        expectRows(*this, tensor, q.rows, q.columns, "attentionBackward: dq, dout or out");
    for (const Tensor& tensor : {dk, dv, k, v})
        expectRows(*this, tensor, q.rows, shape.kvHeads * shape.headDim, "attentionBackward: dk, dv, k or v");
    expectShape(lse, q.rows, shape.heads, DType::F32, "attentionBackward: lse");
    const double pairs = double(segments.pairs) * double(shape.heads) * double(shape.headDim);
    const Span span(*this, "attentionBackward", {10.0 * pairs, bytes({dq, dk, dv, dout, out, lse, q, k, v})});
    doAttentionBackward(dq, dk, dv, dout, out, lse, q, k, v, segments, shape);
}

void Backend::sumOfSquares(Tensor out, Tensor x, LinearOptions options)
{
    expectVector(out, 1, "sumOfSquares: out");
    expectShape(x, x.rows, x.columns, DType::F32, "sumOfSquares: x");
    const Span span(*this, "sumOfSquares", {2.0 * double(x.count()), bytes({x})});
    doSumOfSquares(out, x, options);
}

void Backend::adamW(
    Tensor value, Tensor gradient, Tensor mean, Tensor variance, Tensor normSquared, AdamWOptions options)
{
    expectWeight(value, 1, value.columns, "adamW: value");
    for (const Tensor& tensor : {gradient, mean, variance})
        expectVector(tensor, value.columns, "adamW: gradient, mean or variance");
    expectVector(normSquared, 1, "adamW: normSquared");
    expect(options.step >= 1, "adamW: steps count from 1");
    const Span span(*this, "adamW",
        {14.0 * double(value.count()), bytes({value, value, gradient, mean, mean, variance, variance})});
    doAdamW(value, gradient, mean, variance, normSquared, options);
}

void Backend::adamW8bit(Tensor value, Tensor gradient, QuantisedVector mean, QuantisedVector variance,
    Tensor normSquared, AdamWOptions options)
{
    const std::int64_t count = value.count();
    expectWeight(value, 1, count, "adamW8bit: value");
    expectVector(gradient, count, "adamW8bit: gradient");
    for (const QuantisedVector& moment : {mean, variance}) {
        expectShape(moment.codes, 1, count, DType::U8, "adamW8bit: codes");
        expectVector(moment.scales, QuantisedVector::blocks(count), "adamW8bit: scales");
    }
    expectVector(normSquared, 1, "adamW8bit: normSquared");
    expect(options.step >= 1, "adamW8bit: steps count from 1");
    const Span span(*this, "adamW8bit", {14.0 * double(count), bytes({value, value, gradient}) + 4.0 * double(count)});
    doAdamW8bit(value, gradient, mean, variance, normSquared, options);
}

} // namespace ahascope::kernels
