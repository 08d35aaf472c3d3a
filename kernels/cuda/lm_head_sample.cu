// Drawing the next tokens.
#include "kernels/cuda/kv_cache.cuh"
#include "kernels/cuda/lm_head.cuh"
#include "kernels/cuda/restrict.cuh"

namespace ahascope::kernels {

namespace cuda {

constexpr int rowsOfSampleBlock = 4; // one warp each
constexpr int tokensOfSampleLane = tileTokens / warp;
constexpr std::int64_t wholeLogits = std::int64_t(1) << 24; // over the whole vocabulary, in memory at once

// The best token so far: a higher score wins, of equals the lower id.
struct Candidate {
    float score;
    std::int32_t token;
    float logit;

    __device__ bool beats(const Candidate& other) const
    {
        return score > other.score || (score == other.score && token < other.token);
    }
};

__device__ inline Candidate bestOfWarp(Candidate best)
{
#pragma unroll
    for (int mask = warp / 2; mask > 0; mask /= 2) {
        const Candidate other{__shfl_xor_sync(allLanes, best.score, mask), __shfl_xor_sync(allLanes, best.token, mask),
            __shfl_xor_sync(allLanes, best.logit, mask)};
        if (other.beats(best))
            best = other;
    }
    return best;
}

// What a draw needs to know of the slots.
struct DrawState {
    SlotTables slots;
    const std::uint32_t* keys; // [slots, 2]

    __device__ bool runs(std::int32_t slot) const { return slots.remaining[slot] > 0; }
    // The how-manieth generated token of its sequence is drawn.
    __device__ std::uint32_t position(std::int32_t slot) const
    {
        return static_cast<std::uint32_t>(slots.length[slot] + (slots.token[slot] >= 0 ? 1 : 0));
    }
};

// The score of a token under the Gumbel-max rule: log weight + Gumbel noise; a race of exponential numbers, by logs.
struct Noise {
    std::uint32_t position;
    std::uint32_t key0;
    std::uint32_t key1;

    __device__ Noise(const DrawState& state, std::int32_t slot)
        : position(state.position(slot))
        , key0(state.keys[2 * slot])
        , key1(state.keys[2 * slot + 1])
    {
    }
    // That of tokens 4 group .. 4 group + 3
    __device__ uint4 words(std::uint32_t group) const { return philox(make_uint4(group, position, 0, 0), key0, key1); }
};

struct SampleTiles {
    TileSums* sums;        // [rows, tiles]
    Candidate* candidates; // [rows, tiles]
    std::int64_t tiles;
};

// Sums and candidate of tile blockIdx.x of a chunk of logits that begins at firstRow and firstToken. Lane l of a warp
// has groups of four tokens l, l + 32, ..., as Philox gives four numbers at once.
__global__ void sampleTilesKernel(View<float> logits, std::int64_t firstRow, std::int64_t rows, std::int64_t tokens,
    std::int64_t firstToken, SamplingOptions options, DrawState state, SampleTiles to)
{
    const std::int64_t rowOfChunk = std::int64_t(blockIdx.y) * rowsOfSampleBlock + threadIdx.x / warp;
    const std::int64_t row = firstRow + rowOfChunk;
    if (rowOfChunk >= rows)
        return;
    const std::int32_t slot = state.slots.rows[row];
    if (!state.runs(slot))
        return;
    const int lane = threadIdx.x % warp;
    const std::int64_t begin = blockIdx.x * tileTokens;
    const std::int64_t count = tokens - begin < tileTokens ? tokens - begin : tileTokens;
    const float* const from = logits.row(rowOfChunk) + begin;
    const float inverseReport = 1.0f / options.reportTemperature;
    float x[tokensOfSampleLane];
#pragma unroll
    for (int i = 0; i < tokensOfSampleLane; ++i)
        x[i] = lane + i * warp < count ? from[lane + i * warp] * inverseReport : 0.0f;
    const TileSums sums = sumTile(x, count);

    Candidate best{-INFINITY, static_cast<std::int32_t>(firstToken + begin), from[0]};
    const Noise noise(state, slot);
    const float inverse = options.temperature > 0.0f ? 1.0f / options.temperature : 1.0f;
    for (int group = lane; group < tileTokens / 4 && 4 * group < count; group += warp) {
        const std::int64_t token = firstToken + begin + 4 * group;
        uint4 words{};
        if (options.temperature > 0.0f)
            words = noise.words(static_cast<std::uint32_t>(token / 4));
#pragma unroll
        for (int i = 0; i < 4; ++i) {
            if (4 * group + i >= count)
                break;
            const float logit = from[4 * group + i];
            float score = logit * inverse;
            if (options.temperature > 0.0f)
                score -= logf(exponentialNumber(wordOf(words, i)));
            const Candidate other{score, static_cast<std::int32_t>(token + i), logit};
            if (other.beats(best))
                best = other;
        }
    }
    best = bestOfWarp(best);
    if (lane != 0)
        return;
    const std::int64_t place = row * to.tiles + firstToken / tileTokens + blockIdx.x;
    to.sums[place] = sums;
    to.candidates[place] = best;
}

// Where the outcome of a step goes.
struct StepOutputs {
    std::int32_t* tokens;
    float* logProbs;
    float* entropy;
    const std::int32_t* ends;
    std::int64_t endCount;
};

// Writes what a row drew and moves its slot on.
__device__ inline void advance(const SlotTables& slots, std::int32_t slot, const StepOutputs& out,
    const Candidate& drawn, const RowSoftmax& softmax, float inverseReport)
{
    out.tokens[slot] = drawn.token;
    out.logProbs[slot] = softmax.logProb(drawn.logit * inverseReport);
    out.entropy[slot] = softmax.entropy;
    if (slots.token[slot] >= 0)
        ++slots.length[slot];
    slots.token[slot] = drawn.token;
    bool ended = false;
    for (std::int64_t i = 0; i < out.endCount; ++i)
        ended = ended || out.ends[i] == drawn.token;
    slots.remaining[slot] = ended ? 0 : slots.remaining[slot] - 1;
}

// One warp for each row. With `chosen` the candidate is chosen[row], else the best of the tiles.
__global__ void joinSamplesKernel(std::int64_t rows, DrawState state, SampleTiles tiles, const Candidate* chosen,
    float inverseReport, StepOutputs out)
{
    const std::int64_t row = std::int64_t(blockIdx.x) * rowsOfSampleBlock + threadIdx.x / warp;
    if (row >= rows)
        return;
    const int lane = threadIdx.x % warp;
    const std::int32_t slot = state.slots.rows[row];
    if (!state.runs(slot)) {
        if (lane == 0) {
            out.tokens[slot] = -1;
            out.logProbs[slot] = 0.0f;
            out.entropy[slot] = 0.0f;
        }
        return;
    }
    const RowSoftmax softmax = joinTiles(tiles.sums + row * tiles.tiles, tiles.tiles);
    Candidate best = tiles.candidates[row * tiles.tiles];
    for (std::int64_t i = lane; i < tiles.tiles; i += warp) {
        if (tiles.candidates[row * tiles.tiles + i].beats(best))
            best = tiles.candidates[row * tiles.tiles + i];
    }
    best = chosen != nullptr ? chosen[row] : bestOfWarp(best);
    if (lane == 0)
        advance(state.slots, slot, out, best, softmax, inverseReport);
}

// Draws each row from all its logits: those that top k and top p leave take part in the race. One block for each row.
__global__ void drawRestrictedKernel(View<float> logits, View<float> weights, std::int64_t firstRow,
    std::int64_t vocabulary, SamplingOptions options, DrawState state, Candidate* chosen)
{
    __shared__ RestrictRoom room;
    const std::int64_t row = firstRow + blockIdx.x;
    const std::int32_t slot = state.slots.rows[row];
    if (!state.runs(slot))
        return;
    const float* const z = logits.row(blockIdx.x);
    float* const weight = weights.row(blockIdx.x);
    restrictWeights(weight, z, vocabulary, options, room);
    const Noise noise(state, slot);
    Candidate best{-INFINITY, 0, z[0]};
    for (std::int64_t group = threadIdx.x; 4 * group < vocabulary; group += restrictThreads) {
        const uint4 words = noise.words(static_cast<std::uint32_t>(group));
        for (int i = 0; i < 4 && 4 * group + i < vocabulary; ++i) {
            const std::int64_t token = 4 * group + i;
            const Candidate other{logf(weight[token]) - logf(exponentialNumber(wordOf(words, i))),
                static_cast<std::int32_t>(token), z[token]};
            if (weight[token] > 0.0f && other.beats(best))
                best = other;
        }
    }
    __shared__ Candidate bests[restrictThreads / warp];
    best = bestOfWarp(best);
    if (threadIdx.x % warp == 0)
        bests[threadIdx.x / warp] = best;
    __syncthreads();
    if (threadIdx.x >= warp)
        return;
    best = bestOfWarp(bests[threadIdx.x % (restrictThreads / warp)]);
    if (threadIdx.x == 0)
        chosen[row] = best;
}

} // namespace cuda

using namespace cuda;

void CudaBackend::doLmHeadSample(
    DecodeState& state, std::int64_t step, Tensor hidden, const Weight& head, SamplingOptions options)
{
    const std::int64_t rows = hidden.rows;
    const std::int64_t vocabulary = head.value.rows;
    const std::int64_t tiles = tilesOf(vocabulary);
    const bool restricted
        = options.temperature > 0.0f && ((options.topK > 0 && options.topK < vocabulary) || options.topP < 1.0f);
    const auto places = static_cast<std::size_t>(rows * tiles);
    std::byte* const room = scratch(Scratch::Tiles,
        places * (sizeof(TileSums) + sizeof(Candidate)) + static_cast<std::size_t>(rows) * sizeof(Candidate));
    const SampleTiles to{
        reinterpret_cast<TileSums*>(room), reinterpret_cast<Candidate*>(room + places * sizeof(TileSums)), tiles};
    Candidate* const chosen = to.candidates + places;
    const DrawState draw{SlotTables(state), state.key.u32()};
    const StepOutputs out{state.outTokens.i32() + step * state.outTokens.stride,
        state.outLogProbs.f32() + step * state.outLogProbs.stride,
        state.outEntropy.f32() + step * state.outEntropy.stride, state.ends.i32(), state.ends.columns};

    const DType type = typeOfProduct({hidden, head.value});
    const Tensor x = as(type, hidden, Scratch::Left);
    const Tensor values = valuesAs(type, head);
    const auto sumTiles = [&](std::int64_t row, std::int64_t token, Tensor logits) {
        launch(m_stream, "lmHeadSample",
            Grid{dim3(ceilDivide(logits.columns, tileTokens), ceilDivide(logits.rows, rowsOfSampleBlock)),
                rowsOfSampleBlock * warp},
            sampleTilesKernel, viewOf<float>(logits), row, logits.rows, logits.columns, token, options, draw, to);
    };
    // Without top k and top p a tile names its candidate; with them a row is drawn from all its logits.
    const std::int64_t chunk = restricted ? tiles * tileTokens : chunkTokens(rows, vocabulary);
    const std::int64_t rowsOfChunk = restricted ? std::max<std::int64_t>(1, wholeLogits / vocabulary) : rows;
    for (std::int64_t row = 0; row < rows; row += rowsOfChunk) {
        const Tensor part = x.rowRange(row, std::min(rowsOfChunk, rows - row));
        forLogitChunks(*this, *m_products, part, values, chunk, [&](std::int64_t token, Tensor logits) {
            sumTiles(row, token, logits);
            if (!restricted)
                return;
            const Tensor weights{
                scratch(Scratch::LogitGradients, logits.bytes()), DType::F32, part.rows, vocabulary, vocabulary};
            launch(m_stream, "lmHeadSample", Grid{static_cast<unsigned>(part.rows), restrictThreads},
                drawRestrictedKernel, viewOf<float>(logits), viewOf<float>(weights), row, vocabulary, options, draw,
                chosen);
        });
    }
    launch(m_stream, "lmHeadSample", Grid{ceilDivide(rows, rowsOfSampleBlock), rowsOfSampleBlock * warp},
        joinSamplesKernel, rows, draw, to, restricted ? chosen : nullptr, 1.0f / options.reportTemperature, out);
}

} // namespace ahascope::kernels
