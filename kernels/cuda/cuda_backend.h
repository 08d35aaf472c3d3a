// The backend on an NVIDIA GPU. Rows of activations are F32 beside F32 weights and BF16 beside BF16 ones; sums are
// always F32. One operation, one file.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <memory>

#include <cuda_runtime.h>

#include "kernels/backend.h"
#include "kernels/cuda/sizes.h"

namespace ahascope::kernels {

namespace cuda {

class Products;
class Graph;

// BF16 where a factor or the result is.
DType typeOfProduct(std::initializer_list<Tensor> tensors);

// Memory that operations share, one purpose each; it grows when more is asked for and keeps no values between two.
enum class Scratch {
    Composite,
    Left,
    Right,
    Bias,
    Workspace, // of cuBLASLt
    Sums,
    Logits,
    LogitGradients,
    Tiles,
    Attention,
    count
};

} // namespace cuda

class CudaBackend final : public Backend {
public:
    // Throws DeviceError.
    explicit CudaBackend(int device);
    ~CudaBackend() override;

    std::string name() const override { return m_name; }
    DType rowType(DType weights) const override { return weights == DType::BF16 ? DType::BF16 : DType::F32; }
    DecodeLoad decodeLoad() const override { return cuda::decodeLoad; }
    void synchronize() override;
    // Runs fn the first time (scratch grows, products choose their algorithms), records it the second, then replays.
    void replay(std::uint64_t key, const std::function<void()>& fn) override;
    void prepare(Weight& weight) override;

    // ---- For the files of this folder
    cudaStream_t stream() const { return m_stream; }
    bool recording() const { return m_recording; }
    std::byte* scratch(cuda::Scratch purpose, std::size_t bytes);
    // to = from, of any two of F32 and BF16
    void convert(Tensor to, Tensor from);

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

    void doDecodeLayer(Tensor x, const DecodeScratch& scratch, const DecoderLayer& layer, std::int64_t index,
        KvCache& cache, const DecodeState& state, Tensor ropeTable) override;

    // The tensor itself, or a copy of the type.
    Tensor as(DType type, Tensor tensor, cuda::Scratch purpose);
    // A weight's values in the type; a BF16 copy of F32 values is kept from the first time on.
    Tensor valuesAs(DType type, const Weight& weight);

    // Signed quantiles and the middles between them, then unsigned ones, 256 each.
    const float* quantileTables();

    const int m_device;
    std::string m_name;
    cudaStream_t m_stream = nullptr;
    std::array<Buffer, static_cast<std::size_t>(cuda::Scratch::count)> m_scratch;
    std::array<std::size_t, static_cast<std::size_t>(cuda::Scratch::count)> m_scratchBytes{};
    Buffer m_quantiles;
    std::unique_ptr<cuda::Products> m_products;
    std::map<std::uint64_t, std::unique_ptr<cuda::Graph>> m_recordings; // null: seen once
    bool m_recording = false;
};

} // namespace ahascope::kernels
