// The backend that only counts: the same checks, costs and accounting as any other, no work and no memory.
#include "kernels/backend.h"
#include "kernels/cpu/kv_cache.h"
#include "kernels/cpu/packed_weight.h"
#include "kernels/cpu/tables.h"
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
    explicit PlanBackend(std::size_t budget) : m_budget(budget) { }

    std::string name() const override { return "plan"; }
    bool computes() const override { return false; }

    // As much as the processor's packed panels take.
    void prepare(Weight& weight) override
    {
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
        if (rows * columns > m_roomFloats) {
            m_room = allocate(static_cast<std::size_t>(rows * columns) * sizeof(float));
            m_roomFloats = rows * columns;
        }
        return {m_room.get(), DType::F32, rows, columns, columns};
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
        return std::make_unique<PlanCache>(shape, allocate(kvCacheBytes(shape)));
    }
    void doEmbedding(Tensor, Tensor, Tensor) override { }
    void doEmbeddingBackward(Tensor, Tensor, Tensor) override { }
    void doGatherRows(Tensor, Tensor, Tensor) override { }
    void doScatterAddRows(Tensor, Tensor, Tensor) override { }
    void doRmsNorm(Tensor, Tensor, Tensor, Tensor, float) override { }
    void doRmsNormBackward(Tensor, Tensor, Tensor, Tensor, Tensor, Tensor) override { }
    void doRope(Tensor, Tensor, Tensor, RopeOptions) override { }
    void doLinear(Tensor, Tensor, const Weight&, Tensor, LinearOptions) override { }
    void doLinearBackwardInput(Tensor, Tensor, const Weight&, LinearOptions) override { }
    void doLinearBackwardWeight(Weight&, Tensor, Tensor, Tensor) override { }
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
    void doLmHeadSample(DecodeState&, std::int64_t, Tensor, const Weight&, SamplingOptions) override { }
    void doLmHeadLogProbs(Tensor, Tensor, Tensor, Tensor, const Weight&, Tensor, float) override { }
    void doLmHeadLogProbsBackward(Tensor, Weight&, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, float) override { }
    void doSumOfSquares(Tensor, Tensor, LinearOptions) override { }
    void doAdamW(Tensor, Tensor, Tensor, Tensor, Tensor, AdamWOptions) override { }
    void doAdamW8bit(Tensor, Tensor, QuantisedVector, QuantisedVector, Tensor, AdamWOptions) override { }

    const std::size_t m_budget;
    const std::int64_t m_panelWidth = productKernelsOf(detectInstructionSet()).panelWidth;
    Buffer m_room;
    std::int64_t m_roomFloats = 0;
    std::uintptr_t m_next = ~(~std::uintptr_t(0) >> 1); // the upper half, where no process has memory
};

} // namespace

std::unique_ptr<Backend> makePlanBackend(std::size_t budget)
{
    return std::make_unique<PlanBackend>(budget);
}

} // namespace ahascope::kernels
