// Log-probabilities of given tokens.
#include "kernels/cuda/lm_head.cuh"

namespace ahascope::kernels {

namespace cuda {

constexpr int rowsOfBlock = 4; // one warp each
constexpr int tokensOfLane = tileTokens / warp;

// Sums of tile blockIdx.x of a chunk that begins at firstToken, and the logit of the row's target, if it is there.
__global__ void logProbTilesKernel(View<float> logits, std::int64_t rows, std::int64_t tokens, std::int64_t firstToken,
    float inverseTemperature, const std::int32_t* targets, float* targetLogits, TileSums* sums, std::int64_t tiles)
{
    const std::int64_t row = std::int64_t(blockIdx.y) * rowsOfBlock + threadIdx.x / warp;
    if (row >= rows)
        return;
    const int lane = threadIdx.x % warp;
    const std::int64_t begin = blockIdx.x * tileTokens;
    const std::int64_t count = tokens - begin < tileTokens ? tokens - begin : tileTokens;
    const float* const from = logits.row(row) + begin;
    float x[tokensOfLane];
#pragma unroll
    for (int i = 0; i < tokensOfLane; ++i)
        x[i] = lane + i * warp < count ? from[lane + i * warp] * inverseTemperature : 0.0f;
    const TileSums tile = sumTile(x, count);
    if (lane != 0)
        return;
    sums[row * tiles + firstToken / tileTokens + blockIdx.x] = tile;
    const std::int64_t target = targets[row] - firstToken - begin;
    if (target >= 0 && target < count)
        targetLogits[row] = from[target] * inverseTemperature;
}

__global__ void joinLogProbsKernel(float* logProbs, float* entropy, float* lse, std::int64_t rows,
    const float* targetLogits, const TileSums* sums, std::int64_t tiles)
{
    const std::int64_t row = std::int64_t(blockIdx.x) * rowsOfBlock + threadIdx.x / warp;
    if (row >= rows)
        return;
    const RowSoftmax softmax = joinTiles(sums + row * tiles, tiles);
    if (threadIdx.x % warp != 0)
        return;
    logProbs[row] = softmax.logProb(targetLogits[row]);
    lse[row] = softmax.lse();
    if (entropy != nullptr)
        entropy[row] = softmax.entropy;
}

} // namespace cuda

using namespace cuda;

void CudaBackend::doLmHeadLogProbs(
    Tensor logProbs, Tensor entropy, Tensor lse, Tensor hidden, const Weight& head, Tensor targets, float temperature)
{
    const std::int64_t rows = hidden.rows;
    const std::int64_t tiles = tilesOf(head.value.rows);
    const DType type = typeOfProduct({hidden, head.value});
    const Tensor x = as(type, hidden, Scratch::Left);
    const std::size_t sumBytes = static_cast<std::size_t>(rows * tiles) * sizeof(TileSums);
    std::byte* const room = scratch(Scratch::Tiles, sumBytes + static_cast<std::size_t>(rows) * sizeof(float));
    auto* const sums = reinterpret_cast<TileSums*>(room);
    auto* const targetLogits = reinterpret_cast<float*>(room + sumBytes);
    const unsigned blocks = ceilDivide(rows, rowsOfBlock);
    forLogitChunks(*this, *m_products, x, valuesAs(type, head), chunkTokens(rows, head.value.rows),
        [&](std::int64_t token, Tensor logits) {
            launch(m_stream, "lmHeadLogProbs",
                Grid{dim3(ceilDivide(logits.columns, tileTokens), blocks), rowsOfBlock * warp}, logProbTilesKernel,
                viewOf<float>(logits), rows, logits.columns, token, 1.0f / temperature, targets.i32(), targetLogits,
                sums, tiles);
        });
    launch(m_stream, "lmHeadLogProbs", Grid{blocks, rowsOfBlock * warp}, joinLogProbsKernel, logProbs.f32(),
        entropy.empty() ? nullptr : entropy.f32(), lse.f32(), rows, targetLogits, sums, tiles);
}

} // namespace ahascope::kernels
