#include <algorithm>
#include <cmath>
#include <vector>

#include "kernels/cpu/cpu_backend.h"
#include "kernels/cpu/ids.h"
#include "kernels/cpu/lm_head_tiles.h"
#include "kernels/cpu/sampling.h"
#include "kernels/cpu/tables.h"

namespace ahascope::kernels {

namespace {

// The best token of a tile: comparable between the tiles of a row by its score.
struct Candidate {
    double score = 0;
    std::int32_t token = 0;
    float logit = 0.0f;
};

struct RowResult {
    std::int32_t token = -1;
    float logProb = 0.0f;
    float entropy = 0.0f;
};

// What sampling asks of one slot.
struct SlotDraw {
    std::int64_t slot = 0;
    bool runs = false;
    DrawPlace place;
};

SlotDraw slotDraw(const DecodeState& state, std::int64_t row)
{
    const std::int64_t slot = state.rows.i32()[row];
    const std::int32_t fed = state.token.i32()[slot] >= 0 ? 1 : 0;
    return {slot, state.remaining.i32()[slot] > 0,
        {static_cast<std::uint32_t>(state.length.i32()[slot] + fed), state.key.u32() + slot * state.key.stride}};
}

// The candidate of tokens [firstToken, firstToken + count); `weights` is room for them, and holds exp(x - sums.largest)
// of the report's temperature.
Candidate choose(const LmHeadKernels& kernels, const SamplingOptions& options, const SoftmaxSums& sums, float* weights,
    const float* logits, std::int64_t count, std::int64_t firstToken, const DrawPlace& place)
{
    Candidate result;
    std::int64_t token = 0;
    if (options.temperature == 0.0f) {
        token = kernels.largest(logits, count);
        result.score = logits[token];
    } else {
        float largest = sums.largest;
        if (options.temperature != options.reportTemperature) {
            const float inverse = 1.0f / options.temperature;
            largest = logits[kernels.largest(logits, count)] * inverse;
            kernels.weigh(weights, logits, count, inverse, largest);
        }
        const Draw draw = kernels.draw(weights, count, firstToken, place.position, place.key);
        token = draw.token;
        result.score = largest + std::log(static_cast<double>(draw.ratio));
    }
    result.token = static_cast<std::int32_t>(firstToken + token);
    result.logit = logits[token];
    return result;
}

RowResult finishRow(std::span<const SoftmaxSums> sums, const Candidate& candidate, float inverseTemperature)
{
    const Softmax softmax = joinTiles(sums);
    return {candidate.token, static_cast<float>(softmax.logProb(candidate.logit * inverseTemperature)),
        static_cast<float>(softmax.entropy)};
}

// Writes what a row drew and moves its slot on.
void advance(DecodeState& state, std::int64_t step, std::int64_t row, const RowResult& result)
{
    const SlotDraw draw = slotDraw(state, row);
    const std::int64_t slot = draw.slot;
    state.outTokens.i32()[step * state.outTokens.stride + slot] = draw.runs ? result.token : -1;
    state.outLogProbs.f32()[step * state.outLogProbs.stride + slot] = draw.runs ? result.logProb : 0.0f;
    state.outEntropy.f32()[step * state.outEntropy.stride + slot] = draw.runs ? result.entropy : 0.0f;
    if (!draw.runs)
        return;
    if (state.token.i32()[slot] >= 0)
        ++state.length.i32()[slot];
    state.token.i32()[slot] = result.token;
    const std::int32_t* ends = state.ends.i32();
    const bool ended = std::find(ends, ends + state.ends.columns, result.token) != ends + state.ends.columns;
    state.remaining.i32()[slot] = ended ? 0 : state.remaining.i32()[slot] - 1;
}

// One call: the pieces of work that its threads share.
class SamplingPass {
public:
    SamplingPass(const DecodeState& state, Tensor hidden, const PackedWeight& head, std::int64_t vocabulary,
        const SamplingOptions& options, const ProductKernels& products, const LmHeadKernels& kernels)
        : m_state(state)
        , m_hidden(hidden)
        , m_head(head)
        , m_vocabulary(vocabulary)
        , m_across((vocabulary + vocabularyTile - 1) / vocabularyTile)
        , m_options(options)
        , m_inverse(1.0f / options.reportTemperature)
        , m_products(products)
        , m_kernels(kernels)
        , m_sums(place(hidden.rows, 0))
        , m_candidates(m_sums.size())
    {
    }

    // Room for the logits of a tile and for the weights of one of its rows.
    static std::int64_t scratchOfTile() { return productScratch + (mostRowsOfTile + 1) * vocabularyTile; }
    // The logits and sums of a tile and the candidates of its rows.
    void drawTile(const LogitTiles& tiles, std::int64_t tile, float* scratch);
    RowResult joinRow(const LogitTiles& tiles, std::int64_t row) const;

    // The logits and sums of a tile of rows [firstRow, firstRow + tiles.rows); logits: [tiles.rows, vocabulary]
    void sumTile(const LogitTiles& tiles, std::int64_t tile, std::int64_t firstRow, Tensor logits, float* scratch);
    // Draws a row from all its logits; `weights` is room for as many.
    RowResult drawRow(std::int64_t row, const float* logits, float* weights) const;

private:
    SoftmaxSums& sums(std::int64_t row, std::int64_t column) { return m_sums[place(row, column)]; }
    std::size_t place(std::int64_t row, std::int64_t column) const
    {
        return static_cast<std::size_t>(row * m_across + column);
    }

    const DecodeState& m_state;
    const Tensor m_hidden;
    const PackedWeight& m_head;
    const std::int64_t m_vocabulary;
    const std::int64_t m_across; // tiles of a row
    const SamplingOptions m_options;
    const float m_inverse; // of the report's temperature
    const ProductKernels& m_products;
    const LmHeadKernels& m_kernels;
    std::vector<SoftmaxSums> m_sums;     // [row][tile]
    std::vector<Candidate> m_candidates; // [row][tile]
};

void SamplingPass::drawTile(const LogitTiles& tiles, std::int64_t tile, float* scratch)
{
    const std::int64_t tokens = tiles.tokenCount(tile);
    float* const logits = scratch + productScratch;
    float* const weights = logits + mostRowsOfTile * vocabularyTile;
    const Tensor z{reinterpret_cast<std::byte*>(logits), DType::F32, tiles.rowCount(tile), tokens, tokens};
    m_products.multiply(
        logitProduct(z, m_hidden.rowRange(tiles.row(tile), z.rows), m_head, tiles.token(tile), scratch));
    for (std::int64_t i = 0; i < z.rows; ++i) {
        const std::int64_t row = tiles.row(tile) + i;
        const SlotDraw draw = slotDraw(m_state, row);
        if (!draw.runs)
            continue;
        const float* rowLogits = logits + i * tokens;
        SoftmaxSums& rowSums = sums(row, tiles.column(tile));
        rowSums = m_kernels.softmax(weights, rowLogits, tokens, m_inverse);
        m_candidates[place(row, tiles.column(tile))]
            = choose(m_kernels, m_options, rowSums, weights, rowLogits, tokens, tiles.token(tile), draw.place);
    }
}

RowResult SamplingPass::joinRow(const LogitTiles& tiles, std::int64_t row) const
{
    if (!slotDraw(m_state, row).runs)
        return {};
    std::size_t best = place(row, 0);
    for (std::size_t i = best + 1; i < place(row + 1, 0); ++i) {
        if (m_candidates[i].score > m_candidates[best].score)
            best = i;
    }
    return finishRow(
        {m_sums.data() + place(row, 0), static_cast<std::size_t>(tiles.across)}, m_candidates[best], m_inverse);
}

void SamplingPass::sumTile(
    const LogitTiles& tiles, std::int64_t tile, std::int64_t firstRow, Tensor logits, float* scratch)
{
    const Tensor z
        = logits.rowRange(tiles.row(tile), tiles.rowCount(tile)).columnRange(tiles.token(tile), tiles.tokenCount(tile));
    const std::int64_t row = firstRow + tiles.row(tile);
    m_products.multiply(logitProduct(z, m_hidden.rowRange(row, z.rows), m_head, tiles.token(tile), scratch));
    for (std::int64_t i = 0; i < z.rows; ++i)
        sums(row + i, tiles.column(tile)) = m_kernels.softmax(nullptr, z.f32() + i * z.stride, z.columns, m_inverse);
}

RowResult SamplingPass::drawRow(std::int64_t row, const float* logits, float* weights) const
{
    const SlotDraw draw = slotDraw(m_state, row);
    if (!draw.runs)
        return {};
    restrictWeights(m_kernels, weights, logits, m_vocabulary, m_options);
    const Draw drawn = m_kernels.draw(weights, m_vocabulary, 0, draw.place.position, draw.place.key);
    return finishRow({m_sums.data() + place(row, 0), static_cast<std::size_t>(m_across)},
        {0.0, static_cast<std::int32_t>(drawn.token), logits[drawn.token]}, m_inverse);
}

// Floats of logits over the whole vocabulary that are in memory at once: 32 MiB.
constexpr std::int64_t wholeLogits = std::int64_t(1) << 23;

} // namespace

// Without top k and top p a tile of the vocabulary is enough to name its candidate, so that rows and tiles are separate
// pieces of work; with them a row is drawn from all its logits, and rows go in chunks.
void CpuBackend::doLmHeadSample(
    DecodeState& state, std::int64_t step, Tensor hidden, const Weight& head, SamplingOptions options)
{
    const std::int64_t vocabulary = head.value.rows;
    expectIdsBelow(state.rows.columnRange(0, hidden.rows), state.shape.slots, "lmHeadSample: a row without a slot");
    expect(vocabulary < 1 << 24, "lmHeadSample: places in a race are counted in floats");
    SamplingPass pass(state, hidden, packed(head), vocabulary, options, m_products, lmHeadKernelsOf(m_set));
    const auto tilesOf
        = [&](std::int64_t rows) { return tileLogits(rows, vocabulary, m_pool.threads(), m_products.rowTile); };
    std::vector<RowResult> results(static_cast<std::size_t>(hidden.rows));
    if (options.temperature == 0.0f || !isRestricted(options, vocabulary)) {
        const LogitTiles tiles = tilesOf(hidden.rows);
        reserveScratch(SamplingPass::scratchOfTile());
        m_pool.forRanges(tiles.count(), 1,
            [&](std::int64_t tile, std::int64_t, int thread) { pass.drawTile(tiles, tile, scratch(thread)); });
        for (std::int64_t row = 0; row < hidden.rows; ++row)
            results[static_cast<std::size_t>(row)] = pass.joinRow(tiles, row);
    } else {
        const std::int64_t chunk = std::clamp<std::int64_t>(wholeLogits / vocabulary, 1, hidden.rows + 1);
        reserveScratch(std::max(productScratch, vocabulary));
        float* const room = reserveShared(std::min(chunk, hidden.rows) * vocabulary);
        for (std::int64_t first = 0; first < hidden.rows; first += chunk) {
            const std::int64_t rows = std::min(chunk, hidden.rows - first);
            const Tensor logits{reinterpret_cast<std::byte*>(room), DType::F32, rows, vocabulary, vocabulary};
            const LogitTiles tiles = tilesOf(rows);
            m_pool.forRanges(tiles.count(), 1, [&](std::int64_t tile, std::int64_t, int thread) {
                pass.sumTile(tiles, tile, first, logits, scratch(thread));
            });
            m_pool.forRanges(rows, 1, [&](std::int64_t i, std::int64_t, int thread) {
                results[static_cast<std::size_t>(first + i)]
                    = pass.drawRow(first + i, room + i * vocabulary, scratch(thread));
            });
        }
    }
    for (std::int64_t row = 0; row < hidden.rows; ++row)
        advance(state, step, row, results[static_cast<std::size_t>(row)]);
}

} // namespace ahascope::kernels
