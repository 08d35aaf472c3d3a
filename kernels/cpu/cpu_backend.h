// The backend on the processor: F32 sums, own thread pool, the instruction set chosen at run time. One operation, one
// file.
#pragma once

#include <vector>

#include "kernels/backend.h"
#include "kernels/cpu/packed_weight.h"
#include "kernels/cpu/products.h"
#include "kernels/cpu/row_kernels.h"
#include "kernels/cpu/thread_pool.h"
#include "kernels/devices.h"

namespace ahascope::kernels {

class CpuBackend final : public Backend {
public:
    explicit CpuBackend(CpuOptions options);

    std::string name() const override;
    void prepare(Weight& weight) override;

private:
    Tensor room(std::int64_t rows, std::int64_t columns) override;
    std::byte* doAllocate(std::size_t bytes) override;
    void doFree(std::byte* memory, std::size_t bytes) override;
    void doUpload(Tensor to, const void* from) override;
    void doDownload(void* to, Tensor from) override;
    void doCopy(Tensor to, Tensor from) override;
    void doFill(Tensor to, float value) override;
    void doCommit(Weight& weight) override;
    std::unique_ptr<KvCache> doMakeKvCache(KvShape shape) override;
    void doEmbedding(Tensor out, Tensor table, Tensor ids) override;
    void doEmbeddingBackward(Tensor dtable, Tensor dout, Tensor ids) override;
    void doGatherRows(Tensor out, Tensor x, Tensor rows) override;
    void doScatterAddRows(Tensor dx, Tensor dout, Tensor rows) override;
    void doRmsNorm(Tensor out, Tensor rstd, Tensor x, Tensor weight, float epsilon) override;
    void doRmsNormBackward(Tensor dx, Tensor dweight, Tensor dout, Tensor x, Tensor weight, Tensor rstd) override;
    void doRope(Tensor x, Tensor positions, Tensor table, RopeOptions options) override;
    void doLinear(Tensor out, Tensor x, const Weight& weight, Tensor bias, LinearOptions options) override;
    void doLinearBackwardInput(Tensor dx, Tensor dout, const Weight& weight, LinearOptions options) override;
    void doLinearBackwardWeight(Weight& weight, Tensor dbias, Tensor dout, Tensor x) override;
    void doSwiglu(Tensor out, Tensor gateUp) override;
    void doSwigluBackward(Tensor dgateUp, Tensor dout, Tensor gateUp) override;
    void doAdd(Tensor out, Tensor x) override;
    void doScale(Tensor x, float factor) override;
    void doAttention(
        Tensor out, Tensor lse, Tensor q, Tensor k, Tensor v, const Segments& segments, AttentionShape shape) override;
    void doAttentionBackward(Tensor dq, Tensor dk, Tensor dv, Tensor dout, Tensor out, Tensor lse, Tensor q, Tensor k,
        Tensor v, const Segments& segments, AttentionShape shape) override;
    void doStoreKv(KvCache& cache, std::int64_t layer, Tensor k, Tensor v, Tensor destinations) override;
    void doBeginDecodeStep(DecodeState& state, std::int64_t rows) override;
    void doDecodeAttention(Tensor out, Tensor q, const KvCache& cache, std::int64_t layer, const DecodeState& state,
        AttentionShape shape) override;
    void doLmHeadSample(
        DecodeState& state, std::int64_t step, Tensor hidden, const Weight& head, SamplingOptions options) override;
    void doLmHeadLogProbs(Tensor logProbs, Tensor entropy, Tensor lse, Tensor hidden, const Weight& head,
        Tensor targets, float temperature) override;
    void doLmHeadLogProbsBackward(Tensor dhidden, Weight& head, Tensor dlogProbs, Tensor dentropy, Tensor hidden,
        Tensor lse, Tensor entropy, Tensor targets, float temperature) override;
    void doSumOfSquares(Tensor out, Tensor x, LinearOptions options) override;
    void doAdamW(
        Tensor value, Tensor gradient, Tensor mean, Tensor variance, Tensor normSquared, AdamWOptions options) override;
    void doAdamW8bit(Tensor value, Tensor gradient, QuantisedVector mean, QuantisedVector variance, Tensor normSquared,
        AdamWOptions options) override;
    void doGatedMlp(Tensor x, Tensor gateUp, Tensor activated, Tensor normed, const Weight& gateUpWeight,
        const Weight& down) override;
    void doGatedMlpBackward(Tensor dnormed, Tensor dactivated, Weight& gateUpWeight, Weight& down, Tensor dx,
        Tensor gateUp, Tensor activated, Tensor normed) override;

    // Grains of forRanges() that make a piece worth a thread; they do not depend on the number of threads.
    static std::int64_t rowsPerPiece(std::int64_t columns) { return columns >= 8192 ? 1 : 8192 / (columns + 1) + 1; }
    static std::int64_t columnsPerPiece(std::int64_t rows) { return rows >= 128 ? 16 : rows >= 32 ? 64 : 1024; }
    static Rows rowsOf(const Tensor& tensor) { return {tensor.f32(), tensor.stride}; }

    // Makes room for `floats` floats of scratch per thread (throws OutOfMemory, so call it outside parallel work); the
    // room is the current operation's until it ends. scratch(thread) is aligned to 64 bytes.
    void reserveScratch(std::int64_t floats);
    float* scratch(int thread) const { return m_scratch + thread * m_scratchFloats; }
    // Another room of at least `floats` floats, for all threads together; also until the operation ends, also aligned.
    float* reserveShared(std::int64_t floats);
    // The form of a prepared weight, as it is; for use inside parallel work.
    const PackedWeight& packed(const Weight& weight) const;
    // The same, its panels laid out as asked for or made; outside parallel work.
    const PackedWeight& packedForward(const Weight& weight, bool gated);
    const PackedWeight& packedBackward(const Weight& weight);
    Buffer panelMemory(std::int64_t inner, std::int64_t columns, DType dtype);
    void packForward(const Weight& weight);
    void packBackward(const Weight& weight);
    // C (+)= A B with all threads; B as panels, `product` without scratch.
    void multiply(const Product& product);
    void multiplyTwice(const Product& first, const Product& second);
    // C (+)= dout^T x: C [dout.columns, x.columns], summed over rows
    void multiplyTransposed(Tensor c, Tensor dout, Tensor x);

    const InstructionSet m_set;
    const ProductKernels& m_products;
    const RowKernels& m_rows;
    ThreadPool m_pool;
    Buffer m_scratchMemory;
    float* m_scratch = nullptr;
    std::int64_t m_scratchFloats = 0; // per thread
    Buffer m_sharedMemory;
    std::int64_t m_sharedFloats = 0;
    std::vector<double> m_partialSums;
};

} // namespace ahascope::kernels
