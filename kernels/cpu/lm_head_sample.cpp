#include <algorithm>
#include <cmath>
#include <vector>

#include "kernels/cpu/cpu_backend.h"
#include "kernels/cpu/ids.h"
#include "kernels/cpu/lm_head_tiles.h"
#include "kernels/cpu/sampling.h"

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
        , m_options(options)
        , m_inverse(1.0f / options.reportTemperature)
        , m_products(products)
        , m_kernels(kernels)
    {
    }

    // Room for the logits of a tile and for the weights of one of its rows.
    std::int64_t scratchOfTile() const { return productScratch + (mostRowsOfTile + 1) * vocabularyTile; }
    void tile(const LogitTiles& tiles, std::int64_t tile, float* scratch);
    void prepareTiles(const LogitTiles& tiles);
    RowResult join(const LogitTiles& tiles, std::int64_t row) const;

    // Rows whose logits over the whole vocabulary, up to 1 MiB of them, are in memory at once.
    std::int64_t wholeRows() const { return std::clamp<std::int64_t>((1 << 18) / m_vocabulary, 1, mostRowsOfTile); }
    std::int64_t scratchOfWholeRows() const { return productScratch + (wholeRows() + 1) * m_vocabulary; }
    void rows(std::int64_t begin, std::int64_t end, float* scratch, std::vector<RowResult>& results) const;

private:
    Tensor logits(float* scratch, std::int64_t row, std::int64_t rows, std::int64_t token, std::int64_t tokens) const;

    const DecodeState& m_state;
    const Tensor m_hidden;
    const PackedWeight& m_head;
    const std::int64_t m_vocabulary;
    const SamplingOptions m_options;
    const float m_inverse; // of the report's temperature
    const ProductKernels& m_products;
    const LmHeadKernels& m_kernels;
    std::vector<SoftmaxSums> m_sums;     // [row][tile]
    std::vector<Candidate> m_candidates; // [row][tile]
};

Tensor SamplingPass::logits(
    float* scratch, std::int64_t row, std::int64_t rows, std::int64_t token, std::int64_t tokens) const
{
    const Tensor result{reinterpret_cast<std::byte*>(scratch + productScratch), DType::F32, rows, tokens, tokens};
    m_products.multiply(logitProduct(result, m_hidden.rowRange(row, rows), m_head, token, scratch));
    return result;
}

void SamplingPass::prepareTiles(const LogitTiles& tiles)
{
    m_sums.resize(static_cast<std::size_t>(m_hidden.rows * tiles.across));
    m_candidates.resize(m_sums.size());
}

void SamplingPass::tile(const LogitTiles& tiles, std::int64_t tile, float* scratch)
{
    const std::int64_t tokens = tiles.tokenCount(tile);
    const Tensor z = logits(scratch, tiles.row(tile), tiles.rowCount(tile), tiles.token(tile), tokens);
    float* weights = z.f32() + mostRowsOfTile * vocabularyTile;
    for (std::int64_t i = 0; i < z.rows; ++i) {
        const std::int64_t row = tiles.row(tile) + i;
        const SlotDraw draw = slotDraw(m_state, row);
        if (!draw.runs)
            continue;
        const auto place = static_cast<std::size_t>(row * tiles.across + tiles.column(tile));
        const float* rowLogits = z.f32() + i * tokens;
        m_sums[place] = m_kernels.softmax(weights, rowLogits, tokens, m_inverse);
        m_candidates[place]
            = choose(m_kernels, m_options, m_sums[place], weights, rowLogits, tokens, tiles.token(tile), draw.place);
    }
}

RowResult SamplingPass::join(const LogitTiles& tiles, std::int64_t row) const
{
    if (!slotDraw(m_state, row).runs)
        return {};
    const std::size_t first = static_cast<std::size_t>(row * tiles.across);
    const std::size_t count = static_cast<std::size_t>(tiles.across);
    std::size_t best = first;
    for (std::size_t i = first + 1; i < first + count; ++i) {
        if (m_candidates[i].score > m_candidates[best].score)
            best = i;
    }
    return finishRow({m_sums.data() + first, count}, m_candidates[best], m_inverse);
}

void SamplingPass::rows(std::int64_t begin, std::int64_t end, float* scratch, std::vector<RowResult>& results) const
{
    const Tensor z = logits(scratch, begin, end - begin, 0, m_vocabulary);
    float* weights = z.f32() + wholeRows() * m_vocabulary;
    std::vector<SoftmaxSums> sums;
    for (std::int64_t row = begin; row < end; ++row) {
        const SlotDraw draw = slotDraw(m_state, row);
        if (!draw.runs)
            continue;
        const float* rowLogits = z.f32() + (row - begin) * m_vocabulary;
        sums.clear();
        for (std::int64_t token = 0; token < m_vocabulary; token += vocabularyTile)
            sums.push_back(m_kernels.softmax(
                nullptr, rowLogits + token, std::min(vocabularyTile, m_vocabulary - token), m_inverse));
        restrictWeights(m_kernels, weights, rowLogits, m_vocabulary, m_options);
        const Draw drawn = m_kernels.draw(weights, m_vocabulary, 0, draw.place.position, draw.place.key);
        results[static_cast<std::size_t>(row)]
            = finishRow(sums, {0.0, static_cast<std::int32_t>(drawn.token), rowLogits[drawn.token]}, m_inverse);
    }
}

} // namespace

// Without top k and top p a tile of the vocabulary is enough to name its candidate, so that rows and tiles are separate
// pieces of work; with them a row is drawn from all its logits.
void CpuBackend::doLmHeadSample(
    DecodeState& state, std::int64_t step, Tensor hidden, const Weight& head, SamplingOptions options)
{
    const std::int64_t vocabulary = head.value.rows;
    expectIdsBelow(state.rows.columnRange(0, hidden.rows), state.shape.slots, "lmHeadSample: a row without a slot");
    SamplingPass pass(state, hidden, packed(head), vocabulary, options, m_products, lmHeadKernels(m_set));
    std::vector<RowResult> results(static_cast<std::size_t>(hidden.rows));
    if (options.temperature > 0.0f && isRestricted(options, vocabulary)) {
        const std::int64_t fair = (hidden.rows + m_pool.threads() - 1) / m_pool.threads();
        reserveScratch(pass.scratchOfWholeRows());
        m_pool.forRanges(hidden.rows, std::min(std::max<std::int64_t>(1, fair), pass.wholeRows()),
            [&](std::int64_t begin, std::int64_t end, int thread) { pass.rows(begin, end, scratch(thread), results); });
    } else {
        const LogitTiles tiles = tileLogits(hidden.rows, vocabulary, m_pool.threads(), m_products.rowTile);
        reserveScratch(pass.scratchOfTile());
        pass.prepareTiles(tiles);
        m_pool.forRanges(tiles.count(), 1,
            [&](std::int64_t tile, std::int64_t, int thread) { pass.tile(tiles, tile, scratch(thread)); });
        for (std::int64_t row = 0; row < hidden.rows; ++row)
            results[static_cast<std::size_t>(row)] = pass.join(tiles, row);
    }
    for (std::int64_t row = 0; row < hidden.rows; ++row)
        advance(state, step, row, results[static_cast<std::size_t>(row)]);
}

} // namespace ahascope::kernels
