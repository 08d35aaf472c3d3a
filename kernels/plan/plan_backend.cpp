// The backend that only counts: the same checks, costs and accounting as any other, no work and no memory.
#include "kernels/backend.h"
#include "kernels/cpu/kv_cache.h"
#include "kernels/cpu/packed_weight.h"
#include "kernels/cpu/tables.h"
#include "kernels/cuda/sizes.h"
#include "kernels/devices.h"

namespace ahascope::kernels {

namespace {

// Holds what a device would hold, as a count.
struct PlanForm final : WeightForm {
    Buffer memory;
};

class PlanCache final : public KvCache {
public:
    PlanCache(KvShape shape, Buffer memory) : KvCache(shape), m_memory(std::move(memory)) { }

private:
    Buffer m_memory;
};

std::size_t roundUp(std::size_t value, std::size_t unit)
{
    return (value + unit - 1) / unit * unit;
}

class PlanBackend final : public Backend {
public:
    PlanBackend(std::size_t budget, PlannedDevice device) : m_budget(budget), m_onGpu(device == PlannedDevice::Gpu) { }

    std::string name() const override { return "plan"; }
    bool computes() const override { return false; }
    DType rowType(DType weights) const override { return m_onGpu && weights == DType::BF16 ? DType::BF16 : DType::F32; }

    DecodeLoad decodeLoad() const override { return m_onGpu ? cuda::decodeLoad : DecodeLoad{}; }

    // On the processor as much as its packed panels take; a GPU multiplies by the values themselves.
    void prepare(Weight& weight) override
    {
        if (m_onGpu) {
            weight.form = std::make_unique<PlanForm>();
            return;
        }
        const Tensor& value = weight.value;
        const std::int64_t width = m_panelWidth;
        std::int64_t values = panelValues(value.columns, value.rows, width);
        if (weight.passesGradient)
            values += panelValues(value.rows, value.columns, width);
        auto form = std::make_unique<PlanForm>();
        form->memory = allocate(static_cast<std::size_t>(values) * sizeOf(value.dtype));
        weight.form = std::move(form);
    }

private:
    Tensor room(std::int64_t rows, std::int64_t columns) override
    {
        grow(m_room, static_cast<std::size_t>(rows * columns) * sizeof(float));
        return {m_room.memory.get(), DType::F32, rows, columns, columns};
    }

    // Scratch memory of one purpose: the most that was asked for.
    struct Scratch {
        Buffer memory;
        std::size_t bytes = 0;
    };
    void grow(Scratch& scratch, std::size_t bytes)
    {
        if (bytes <= scratch.bytes)
            return;
        scratch.memory.reset();
        scratch.memory = allocate(bytes);
        scratch.bytes = bytes;
    }
    // On a GPU a product has a workspace, and an F32 factor beside a BF16 one is narrowed first.
    void countProduct(DType weights, const Tensor& left, const Tensor& right)
    {
        if (!m_onGpu)
            return;
        grow(m_workspace, cuda::workspaceBytes);
        if (rowType(weights) != DType::BF16)
            return;
        if (left.dtype == DType::F32)
            grow(m_left, static_cast<std::size_t>(left.count()) * sizeOf(DType::BF16));
        if (right.dtype == DType::F32)
            grow(m_right, static_cast<std::size_t>(right.count()) * sizeOf(DType::BF16));
    }
    // On a GPU logits, and in the backward pass their gradients, stand in memory for some of the vocabulary.
    void countHead(const Tensor& hidden, const Weight& head, bool backward)
    {
        if (!m_onGpu)
            return;
        countProduct(head.value.dtype, hidden, hidden);
        const std::int64_t most = backward ? cuda::chunkGradients : cuda::chunkLogits;
        const std::int64_t logits = hidden.rows * cuda::chunkTokens(hidden.rows, head.value.rows, most);
        grow(m_logits, static_cast<std::size_t>(logits) * sizeof(float));
        if (backward)
            grow(m_logitGradients, static_cast<std::size_t>(logits) * sizeOf(rowType(head.value.dtype)));
    }
    std::byte* doAllocate(std::size_t bytes) override
    {
        if (m_budget != 0 && (bytes > m_budget || bytesInUse() > m_budget - bytes))
            throw OutOfMemory("the plan needs more than its budget of " + std::to_string(m_budget) + " bytes: "
                + std::to_string(bytesInUse()) + " are in use and " + std::to_string(bytes) + " more were asked for");
        const std::uintptr_t address = m_next;
        m_next += roundUp(bytes == 0 ? 1 : bytes, 64);
        return reinterpret_cast<std::byte*>(address); // never read
    }
    void doFree(std::byte*, std::size_t) override { }
    void doUpload(Tensor, const void*) override { }
    void doDownload(void*, Tensor) override { }
    void doCopy(Tensor, Tensor) override { }
    void doFill(Tensor, float) override { }
    void doCommit(Weight&) override { }
    std::unique_ptr<KvCache> doMakeKvCache(KvShape shape) override
    {
        return std::make_unique<PlanCache>(shape, allocate(m_onGpu ? cuda::cacheBytes(shape) : kvCacheBytes(shape)));
    }
    void doEmbedding(Tensor, Tensor, Tensor) override { }
    void doEmbeddingBackward(Tensor, Tensor, Tensor) override { }
    void doGatherRows(Tensor, Tensor, Tensor) override { }
    void doScatterAddRows(Tensor, Tensor, Tensor) override { }
    void doRmsNorm(Tensor, Tensor, Tensor, Tensor, float) override { }
    void doRmsNormBackward(Tensor, Tensor, Tensor, Tensor, Tensor, Tensor) override { }
    void doRope(Tensor, Tensor, Tensor, RopeOptions) override { }
    void doLinear(Tensor, Tensor x, const Weight& weight, Tensor, LinearOptions) override
    {
        countProduct(weight.value.dtype, x, {});
    }
    void doLinearBackwardInput(Tensor, Tensor dout, const Weight& weight, LinearOptions) override
    {
        countProduct(weight.value.dtype, dout, {});
    }
    void doLinearBackwardWeight(Weight& weight, Tensor, Tensor dout, Tensor x) override
    {
        countProduct(weight.value.dtype, dout, x);
    }
    void doSwiglu(Tensor, Tensor) override { }
    void doSwigluBackward(Tensor, Tensor, Tensor) override { }
    void doAdd(Tensor, Tensor) override { }
    void doScale(Tensor, float) override { }
    void doAttention(Tensor, Tensor, Tensor, Tensor, Tensor, const Segments&, AttentionShape) override { }
    void doAttentionBackward(Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, const Segments&,
        AttentionShape) override
    {
    }
    void doStoreKv(KvCache&, std::int64_t, Tensor, Tensor, Tensor) override { }
    void doBeginDecodeStep(DecodeState&, std::int64_t) override { }
    void doDecodeAttention(Tensor, Tensor, const KvCache&, std::int64_t, const DecodeState&, AttentionShape) override {
    }
    void doLmHeadSample(DecodeState&, std::int64_t, Tensor hidden, const Weight& head, SamplingOptions) override
    {
        countHead(hidden, head, false);
    }
    void doLmHeadLogProbs(Tensor, Tensor, Tensor, Tensor hidden, const Weight& head, Tensor, float) override
    {
        countHead(hidden, head, false);
    }
    void doLmHeadLogProbsBackward(
        Tensor, Weight& head, Tensor, Tensor, Tensor hidden, Tensor, Tensor, Tensor, float) override
    {
        countHead(hidden, head, true);
    }
    void doSumOfSquares(Tensor, Tensor, LinearOptions) override { }
    void doAdamW(Tensor, Tensor, Tensor, Tensor, Tensor, AdamWOptions) override { }
    void doAdamW8bit(Tensor, Tensor, QuantisedVector, QuantisedVector, Tensor, AdamWOptions) override { }

    const std::size_t m_budget;
    const bool m_onGpu;
    const std::int64_t m_panelWidth = productKernelsOf(detectInstructionSet()).panelWidth;
    Scratch m_room, m_workspace, m_left, m_right, m_logits, m_logitGradients;
    std::uintptr_t m_next = ~(~std::uintptr_t(0) >> 1); // the upper half, where no process has memory
};

} // namespace

std::unique_ptr<Backend> makePlanBackend(std::size_t budget, PlannedDevice device)
{
    return std::make_unique<PlanBackend>(budget, device);
}

} // namespace ahascope::kernels
