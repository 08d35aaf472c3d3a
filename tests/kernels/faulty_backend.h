// A backend that does some operations wrongly, and everything else as the processor does.
#pragma once

#include <limits>
#include <map>
#include <set>
#include <utility>

#include "kernels/devices.h"

namespace ahascope::kernels {

enum class Fault {
    SlightlyOff, // by a hundredth
    LeavesNan    // as if one value had not been written
};

class FaultyBackend final : public Backend {
public:
    FaultyBackend(std::set<std::string_view> operations, Fault fault)
        : m_operations(std::move(operations))
        , m_fault(fault)
        , m_inner(makeCpuBackend({.threads = 1}))
    {
    }

    std::string name() const override { return "faulty"; }
    void prepare(Weight& weight) override { m_inner->prepare(weight); }

private:
    // The base class adds the adapters to what doLinear() and its like leave, so the inner backend must not.
    class WithoutAdapters {
    public:
        explicit WithoutAdapters(const Weight& weight)
            : m_weight(const_cast<Weight&>(weight))
            , m_adapted(weight.adapted)
        {
            m_weight.adapted = false;
        }
        ~WithoutAdapters() { m_weight.adapted = m_adapted; }

    private:
        Weight& m_weight;
        bool m_adapted;
    };

    // The last value of an output.
    void spoil(std::string_view operation, Tensor out)
    {
        if (!m_operations.contains(operation) || out.empty())
            return;
        const Tensor last = out.rowRange(out.rows - 1, 1).columnRange(out.columns - 1, 1);
        if (out.dtype == DType::F32) {
            float value = 0;
            m_inner->download(&value, last);
            value = m_fault == Fault::LeavesNan ? std::numeric_limits<float>::quiet_NaN() : value * 1.01f + 0.01f;
            m_inner->upload(last, &value);
        } else if (out.dtype == DType::BF16) {
            const std::uint16_t value = 0x7f7f; // the largest
            m_inner->upload(last, &value);
        } else {
            std::int32_t value = 0;
            m_inner->download(&value, last);
            ++value;
            m_inner->upload(last, &value);
        }
    }

    Tensor room(std::int64_t rows, std::int64_t columns) override
    {
        m_room = m_inner->allocate(static_cast<std::size_t>(rows * columns) * sizeof(float));
        return {m_room.get(), DType::F32, rows, columns, columns};
    }
    std::byte* doAllocate(std::size_t bytes) override
    {
        Buffer buffer = m_inner->allocate(bytes);
        std::byte* const memory = buffer.get();
        m_memory.emplace(memory, std::move(buffer));
        return memory;
    }
    void doFree(std::byte* memory, std::size_t) override { m_memory.erase(memory); }
    void doUpload(Tensor to, const void* from) override
    {
        m_inner->upload(to, from);
        spoil("upload", to);
    }
    void doDownload(void* to, Tensor from) override { m_inner->download(to, from); }
    void doCopy(Tensor to, Tensor from) override
    {
        m_inner->copy(to, from);
        spoil("copy", to);
    }
    void doFill(Tensor to, float value) override
    {
        m_inner->fill(to, value);
        spoil("fill", to);
    }
    void doCommit(Weight& weight) override
    {
        Weight* const weights[] = {&weight};
        m_inner->commit(weights);
    }
    std::unique_ptr<KvCache> doMakeKvCache(KvShape shape) override { return m_inner->makeKvCache(shape); }
    void doEmbedding(Tensor out, Tensor table, Tensor ids) override
    {
        m_inner->embedding(out, table, ids);
        spoil("embedding", out);
    }
    void doEmbeddingBackward(Tensor dtable, Tensor dout, Tensor ids) override
    {
        m_inner->embeddingBackward(dtable, dout, ids);
        spoil("embeddingBackward", dtable);
    }
    void doGatherRows(Tensor out, Tensor x, Tensor rows) override
    {
        m_inner->gatherRows(out, x, rows);
        spoil("gatherRows", out);
    }
    void doScatterAddRows(Tensor dx, Tensor dout, Tensor rows) override
    {
        m_inner->scatterAddRows(dx, dout, rows);
        spoil("scatterAddRows", dx);
    }
    void doRmsNorm(Tensor out, Tensor rstd, Tensor x, Tensor weight, float epsilon) override
    {
        m_inner->rmsNorm(out, rstd, x, weight, epsilon);
        spoil("rmsNorm", out);
    }
    void doRmsNormBackward(Tensor dx, Tensor dweight, Tensor dout, Tensor x, Tensor weight, Tensor rstd) override
    {
        m_inner->rmsNormBackward(dx, dweight, dout, x, weight, rstd);
        spoil("rmsNormBackward", dweight);
    }
    void doRope(Tensor x, Tensor positions, Tensor table, RopeOptions options) override
    {
        m_inner->rope(x, positions, table, options);
        spoil("rope", x);
    }
    void doLinear(Tensor out, Tensor x, const Weight& weight, Tensor bias, LinearOptions options) override
    {
        const WithoutAdapters off(weight);
        m_inner->linear(out, x, weight, bias, options);
        spoil("linear", out);
    }
    void doLinearBackwardInput(Tensor dx, Tensor dout, const Weight& weight, LinearOptions options) override
    {
        const WithoutAdapters off(weight);
        m_inner->linearBackwardInput(dx, dout, weight, options);
        spoil("linearBackwardInput", dx);
    }
    void doLinearBackwardWeight(Weight& weight, Tensor dbias, Tensor dout, Tensor x) override
    {
        const WithoutAdapters off(weight);
        m_inner->linearBackwardWeight(weight, dbias, dout, x);
        spoil("linearBackwardWeight", weight.gradient);
    }
    void doSwiglu(Tensor out, Tensor gateUp) override
    {
        m_inner->swiglu(out, gateUp);
        spoil("swiglu", out);
    }
    void doSwigluBackward(Tensor dgateUp, Tensor dout, Tensor gateUp) override
    {
        m_inner->swigluBackward(dgateUp, dout, gateUp);
        spoil("swigluBackward", dgateUp);
    }
    void doAdd(Tensor out, Tensor x) override
    {
        m_inner->add(out, x);
        spoil("add", out);
    }
    void doScale(Tensor x, float factor) override
    {
        m_inner->scale(x, factor);
        spoil("scale", x);
    }
    void doAttention(
        Tensor out, Tensor lse, Tensor q, Tensor k, Tensor v, const Segments& segments, AttentionShape shape) override
    {
        m_inner->attention(out, lse, q, k, v, segments, shape);
        spoil("attention", lse);
    }
    void doAttentionBackward(Tensor dq, Tensor dk, Tensor dv, Tensor dout, Tensor out, Tensor lse, Tensor q, Tensor k,
        Tensor v, const Segments& segments, AttentionShape shape) override
    {
        m_inner->attentionBackward(dq, dk, dv, dout, out, lse, q, k, v, segments, shape);
        spoil("attentionBackward", dv);
    }
    void doStoreKv(KvCache& cache, std::int64_t layer, Tensor k, Tensor v, Tensor destinations) override
    {
        m_inner->storeKv(cache, layer, k, v, destinations);
    }
    void doBeginDecodeStep(DecodeState& state, std::int64_t rows) override
    {
        m_inner->beginDecodeStep(state, rows);
        spoil("beginDecodeStep", state.positions);
    }
    void doDecodeAttention(Tensor out, Tensor q, const KvCache& cache, std::int64_t layer, const DecodeState& state,
        AttentionShape shape) override
    {
        m_inner->decodeAttention(out, q, cache, layer, state, shape);
        spoil("decodeAttention", out);
    }
    void doLmHeadSample(
        DecodeState& state, std::int64_t step, Tensor hidden, const Weight& head, SamplingOptions options) override
    {
        m_inner->lmHeadSample(state, step, hidden, head, options);
        spoil("lmHeadSample", state.outTokens.rowRange(step, 1));
    }
    void doLmHeadLogProbs(Tensor logProbs, Tensor entropy, Tensor lse, Tensor hidden, const Weight& head,
        Tensor targets, float temperature) override
    {
        m_inner->lmHeadLogProbs(logProbs, entropy, lse, hidden, head, targets, temperature);
        spoil("lmHeadLogProbs", logProbs);
    }
    void doLmHeadLogProbsBackward(Tensor dhidden, Weight& head, Tensor dlogProbs, Tensor dentropy, Tensor hidden,
        Tensor lse, Tensor entropy, Tensor targets, float temperature) override
    {
        m_inner->lmHeadLogProbsBackward(dhidden, head, dlogProbs, dentropy, hidden, lse, entropy, targets, temperature);
        spoil("lmHeadLogProbsBackward", head.gradient);
    }
    void doSumOfSquares(Tensor out, Tensor x, LinearOptions options) override
    {
        m_inner->sumOfSquares(out, x, options);
        spoil("sumOfSquares", out);
    }
    void doAdamW(
        Tensor value, Tensor gradient, Tensor mean, Tensor variance, Tensor normSquared, AdamWOptions options) override
    {
        m_inner->adamW(value, gradient, mean, variance, normSquared, options);
        spoil("adamW", value);
    }
    void doAdamW8bit(Tensor value, Tensor gradient, QuantisedVector mean, QuantisedVector variance, Tensor normSquared,
        AdamWOptions options) override
    {
        m_inner->adamW8bit(value, gradient, mean, variance, normSquared, options);
        spoil("adamW8bit", mean.scales);
    }
    void doGatedMlp(Tensor x, Tensor gateUp, Tensor activated, Tensor normed, const Weight& gateUpWeight,
        const Weight& down) override
    {
        m_inner->gatedMlp(x, gateUp, activated, normed, gateUpWeight, down);
        spoil("gatedMlp", x);
    }
    void doGatedMlpBackward(Tensor dnormed, Tensor dactivated, Weight& gateUpWeight, Weight& down, Tensor dx,
        Tensor gateUp, Tensor activated, Tensor normed) override
    {
        m_inner->gatedMlpBackward(dnormed, dactivated, gateUpWeight, down, dx, gateUp, activated, normed);
        spoil("gatedMlpBackward", dnormed);
    }
    void doDecodeLayer(Tensor x, const DecodeScratch& scratch, const DecoderLayer& layer, std::int64_t index,
        KvCache& cache, const DecodeState& state, Tensor ropeTable) override
    {
        m_inner->decodeLayer(x, scratch, layer, index, cache, state, ropeTable);
        spoil("decodeLayer", x);
    }

    std::set<std::string_view> m_operations;
    Fault m_fault;
    std::unique_ptr<Backend> m_inner;
    std::map<std::byte*, Buffer> m_memory;
    Buffer m_room;
};

} // namespace ahascope::kernels
