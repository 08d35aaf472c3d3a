// Every operation that the model and the trainer may ask of a device.
//
// One backend is one device and one stream of work: calls run in the order they are made; only download() and
// synchronize() wait. No operation takes a number that was computed on the device, and none returns one, so that a
// sequence of calls can be captured and replayed. A backend and everything made by it belong to one thread at a time.
//
// A public operation checks shapes (std::logic_error names the place), opens a span of the trace, offers the fault hook
// and calls one virtual of the same name with "do" before it. Outputs come first, then inputs, then options. "+=" says
// that an output is added to; every other output is overwritten. An operation may run in place only where it says so.
//
// Types are F32 unless said otherwise; weights may be BF16, and then count as the F32 values that they are. "Rows" of
// activations and their gradients are F32, or BF16 where the backend's rowType() says so; sums are always F32.
//
// Letters: T rows of a packed batch, C channels, V vocabulary, H query heads, K key/value heads, D channels of a head.
// Adding an operation: kernels/README.md.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "kernels/decode_state.h"
#include "kernels/segments.h"
#include "kernels/tensor.h"
#include "kernels/weight.h"

namespace ahascope::kernels {

struct LinearOptions {
    bool accumulate = false; // out += instead of out =
};

struct RopeOptions {
    std::int64_t headDim = 0;
    bool inverse = false; // rotate back: the gradient of the forward rotation
};

struct AttentionShape {
    std::int64_t heads = 0;
    std::int64_t kvHeads = 0; // divides heads; query head h reads key/value head h / (heads / kvHeads)
    std::int64_t headDim = 0;
    float scale = 0.0f;      // of the scores; usually 1 / sqrt(headDim)
    std::int64_t window = 0; // a token sees itself and the window - 1 before it; 0 = all before it
};

struct AdamWOptions {
    float learningRate = 0.0f;
    float beta1 = 0.9f;
    float beta2 = 0.999f;
    float epsilon = 1e-8f;
    float weightDecay = 0.0f;       // decoupled: value -= learningRate * weightDecay * value
    std::int64_t step = 1;          // counted from 1, for the bias correction
    float maxGradNorm = 0.0f;       // gradients are scaled by min(1, maxGradNorm / (norm + 1e-6)); 0 = never
    std::uint64_t roundingSeed = 0; // of BF16 values
};

// A vector in 8 bits a value: value i = quantile[codes[i]] * scales[i / blockValues], where the scale of a block is the
// largest magnitude in it (block-wise dynamic quantisation; Dettmers et al. 2022, arXiv 2110.02861). The quantiles are
// bitsandbytes' create_dynamic_map(signed): 0, 1 and, for each power 10^-6 .. 10^0, the middles of equal steps between
// a tenth of it and itself, twice as many with each power (and their negatives). A zeroed vector holds zeros.
struct QuantisedVector {
    static constexpr std::int64_t blockValues = 256;
    Tensor codes;  // U8 [1, n]
    Tensor scales; // F32 [1, blocks(n)]

    static constexpr std::int64_t blocks(std::int64_t count) { return (count + blockValues - 1) / blockValues; }
};

// The weights and constants of one decoder layer, as decodeLayer() needs them.
struct DecoderLayer {
    const Tensor inputNorm;  // F32 [1, C]
    const Weight& qkv;       // [H*D + 2*K*D, C], rows: queries, keys, values
    const Tensor qkvBias;    // F32 [1, H*D + 2*K*D] or empty
    const Tensor queryNorm;  // F32 [1, D], of each query head before the rotary embedding, or empty
    const Tensor keyNorm;    // F32 [1, D] or empty, likewise
    const Weight& output;    // [C, H*D]
    const Tensor outputBias; // F32 [1, C] or empty
    const Tensor postNorm;   // F32 [1, C]
    const Weight& gateUp;    // [2*I, C], rows: gate, up
    const Weight& down;      // [C, I]
    AttentionShape attention;
    float normEpsilon = 1e-6f;
};

// Room for one decode step over `rows` rows, all of one type of rows.
struct DecodeScratch {
    Tensor normed;    // [rows, C]
    Tensor qkv;       // [rows, H*D + 2*K*D]
    Tensor attended;  // [rows, H*D]
    Tensor gateUp;    // [rows, 2*I]
    Tensor activated; // [rows, I]
};

// What keeps a device busy while it decodes. None of these numbers changes a result.
struct DecodeLoad {
    std::int64_t sequences = 192;      // at once
    std::int64_t tokensPerLook = 4;    // between two looks of the host
    std::int64_t prefillTokens = 2048; // of prompts in one pass
};

// What an operation costs on ideal hardware: the yardstick of utilisation figures and of the plan backend.
struct OpCost {
    double flops = 0; // a multiply-add is two
    double bytes = 0; // read and written once
};

// Sums over calls. A composite counts only what the operations that it called do not count themselves, so that costs
// and times add up. What attention over a cache costs depends on lengths that only the device knows: it is counted at
// the capacity of the page tables.
struct OpTotals {
    std::uint64_t calls = 0;
    OpCost cost;
    double seconds = 0; // host time inside the call; 0 unless tracing is on
};

class Backend {
public:
    virtual ~Backend() = default;
    Backend(const Backend&) = delete;
    Backend& operator=(const Backend&) = delete;

    // ---- Device and memory
    virtual std::string name() const = 0; // "cpu (AVX-512, 2 threads)"
    // False for the plan backend: calls count costs, results are not computed and downloads leave the host's memory as
    // it is.
    virtual bool computes() const { return true; }
    // The type in which rows beside weights of this type are kept: BF16 only where the backend computes with it.
    virtual DType rowType([[maybe_unused]] DType weights) const { return DType::F32; }
    virtual DecodeLoad decodeLoad() const { return {}; }
    // Zeroed memory, aligned to 64 bytes. Throws OutOfMemory.
    Buffer allocate(std::size_t bytes);
    std::size_t bytesInUse() const { return m_bytesInUse; }
    std::size_t peakBytes() const { return m_peakBytes; }
    void resetPeak() { m_peakBytes = m_bytesInUse; }
    void upload(Tensor to, const void* from); // `from` holds to.count() values, row after row
    void download(void* to, Tensor from);     // waits
    void copy(Tensor to, Tensor from);        // same shape and type
    void fill(Tensor to, float value);        // F32, BF16 or I32
    virtual void synchronize() { }
    // Runs fn. A backend that can records its calls the first time a key is seen and replays the recording later;
    // everything fn passes must then stay valid and in place.
    virtual void replay(std::uint64_t key, const std::function<void()>& fn);

    // ---- Weights
    virtual void prepare(Weight& weight) = 0;      // makes the form, of zeros: commit() is needed for other values
    void commit(std::span<Weight* const> weights); // after values changed
    std::unique_ptr<KvCache> makeKvCache(KvShape shape);
    DecodeState makeDecodeState(DecodeShape shape);

    // ---- Rows
    // out[t] = table[ids[t]].  out: rows [T, C]  table: F32 or BF16 [V, C]  ids: I32 [1, T]
    void embedding(Tensor out, Tensor table, Tensor ids);
    // dtable[ids[t]] += dout[t], in the order of t
    void embeddingBackward(Tensor dtable, Tensor dout, Tensor ids);
    // out[n] = x[rows[n]].  out: rows [N, C]  x: rows [T, C]  rows: I32 [1, N]
    void gatherRows(Tensor out, Tensor x, Tensor rows);
    // dx[rows[n]] += dout[n], in the order of n
    void scatterAddRows(Tensor dx, Tensor dout, Tensor rows);

    // ---- Layers
    // out = x / rms(x) * weight, rms(x) = sqrt(mean(x^2) + epsilon), rstd = 1 / rms(x).  (Zhang & Sennrich 2019, arXiv
    // 1910.07467). A row may hold n heads, each normed by itself with the same weight; out may be x.
    // out, x: rows [T, n * C]  weight: [1, C]  rstd: [1, T * n], row by row, or empty when it is not needed
    void rmsNorm(Tensor out, Tensor rstd, Tensor x, Tensor weight, float epsilon);
    // dx +=, dweight +=
    void rmsNormBackward(Tensor dx, Tensor dweight, Tensor dout, Tensor x, Tensor weight, Tensor rstd);
    // In place: each head's pair (x[i], x[i + D/2]) turns by the angle of its position (Hugging Face's rotate_half
    // layout; Su et al. 2021, arXiv 2104.09864).  x: rows [T, heads * D]  positions: I32 [1, T]  table: F32 [positions,
    // D], cosines then sines
    void rope(Tensor x, Tensor positions, Tensor table, RopeOptions options);
    // out (+)= x W^T + bias.  out: rows [T, out]  x: rows [T, in]  bias: [1, out] or empty.  W with its adapters, here
    // and below
    void linear(Tensor out, Tensor x, const Weight& weight, Tensor bias, LinearOptions options = {});
    // dx (+)= dout W
    void linearBackwardInput(Tensor dx, Tensor dout, const Weight& weight, LinearOptions options = {});
    // weight.gradient += dout^T x, dbias += sum over rows of dout (dbias may be empty). Of an adapter under rows R of
    // the weight: B.gradient += scale * dout_R^T (x A^T), A.gradient += scale * (dout_R B)^T x. A gradient that is not
    // kept is not computed.
    void linearBackwardWeight(Weight& weight, Tensor dbias, Tensor dout, Tensor x);
    // out = silu(gate) * up.  gateUp: rows [T, 2*I], gate then up  out: rows [T, I]  (Shazeer 2020, arXiv 2002.05202)
    void swiglu(Tensor out, Tensor gateUp);
    // dgateUp = ...; dgateUp may be gateUp itself
    void swigluBackward(Tensor dgateUp, Tensor dout, Tensor gateUp);
    // out += x, same shape
    void add(Tensor out, Tensor x);
    // x *= factor
    void scale(Tensor x, float factor);

    // ---- Attention
    // Softmax attention inside `segments`. out, q: rows [T, H*D]  k, v: rows [T, K*D]  lse: [T, H], log of the sum of
    // exponents of the scaled scores. For equal keys a row of F32 has the same bits whether it comes from here or from
    // decodeAttention().
    void attention(
        Tensor out, Tensor lse, Tensor q, Tensor k, Tensor v, const Segments& segments, AttentionShape shape);
    // dq, dk, dv = ...; scores are computed again from q, k and lse (Dao 2023, arXiv 2307.08691)
    void attentionBackward(Tensor dq, Tensor dk, Tensor dv, Tensor dout, Tensor out, Tensor lse, Tensor q, Tensor k,
        Tensor v, const Segments& segments, AttentionShape shape);
    // Row t of k and v goes to place destinations[t] of the layer's cache; -1 = nowhere.  destinations: I32 [1, T]
    void storeKv(KvCache& cache, std::int64_t layer, Tensor k, Tensor v, Tensor destinations);

    // ---- Decoding: `rows` is how many leading entries of state.rows take part
    // Fills state.ids, positions and destinations from token, lengths and tables. Rows of slots that do not run
    // (remaining 0, or nothing to feed) get id 0, position 0, destination -1.
    void beginDecodeStep(DecodeState& state, std::int64_t rows);
    // Attention of one query per row over its slot's prompt pages, then its own pages up to and including the token
    // being fed. out, q: rows [rows, H*D] of the cache's type
    void decodeAttention(
        Tensor out, Tensor q, const KvCache& cache, std::int64_t layer, const DecodeState& state, AttentionShape shape);
    // Draws the next token of each running slot from the logits hidden * head^T, without keeping the logits: writes
    // outTokens/outLogProbs/outEntropy at row `step`, column = slot. Then, for a running slot: length += 1 if a token
    // was fed (token >= 0), token = the drawn one, remaining -= 1, or 0 if the token is one of state.ends. The n-th
    // generated token of a sequence (from 0) uses Philox counter (V index / 4, n, 0, 0) under the slot's key. hidden:
    // rows [rows, C]  head: [V, C]
    void lmHeadSample(
        DecodeState& state, std::int64_t step, Tensor hidden, const Weight& head, SamplingOptions options);

    // ---- LM head and loss
    // logProbs[n] = z[n, targets[n]] - lse[n], z = hidden head^T / temperature; entropy (may be empty) in nats. In
    // chunks: the [N, V] logits are never in memory as a whole. hidden: rows [N, C]  head: [V, C]  targets: I32 [1, N]
    // others: [1, N]. Same bits as lmHeadSample() reports for the same hidden row of F32.
    void lmHeadLogProbs(Tensor logProbs, Tensor entropy, Tensor lse, Tensor hidden, const Weight& head, Tensor targets,
        float temperature);
    // dhidden = ... (F32), head.gradient +=, from dlogProbs [1, N] and, unless empty, dentropy [1, N] (then entropy is
    // needed): dz_v = (dlogProb (1[v = target] - p_v) - dentropy p_v (log p_v + entropy)) / temperature
    void lmHeadLogProbsBackward(Tensor dhidden, Weight& head, Tensor dlogProbs, Tensor dentropy, Tensor hidden,
        Tensor lse, Tensor entropy, Tensor targets, float temperature);

    // ---- Optimizer
    // out[0] (+)= sum of squares.  out: F32 [1, 1]. Summed in double, in an order that does not depend on threads.
    void sumOfSquares(Tensor out, Tensor x, LinearOptions options = {});
    // One AdamW step (Loshchilov & Hutter 2019, arXiv 1711.05101) over flat tensors; normSquared: F32 [1, 1] from
    // sumOfSquares(). BF16 values are updated in F32 and rounded stochastically, up or down with the probability that
    // makes the mean exact: to the nearest, updates below half a step would be lost for ever (Zamirai et al. 2020,
    // arXiv 2010.06192). The noise depends on roundingSeed, step and place alone.
    void adamW(Tensor value, Tensor gradient, Tensor mean, Tensor variance, Tensor normSquared, AdamWOptions options);
    // The same with moments that are kept in 8 bits between steps, mean with signed and variance with unsigned
    // quantiles: they are widened, updated and used in F32, then each block is rounded to the nearest quantiles of its
    // new scale.
    void adamW8bit(Tensor value, Tensor gradient, QuantisedVector mean, QuantisedVector variance, Tensor normSquared,
        AdamWOptions options);

    // ---- Composites: the default body is made of the operations above; a backend may fuse
    // x += down(silu(gate(normed)) * up(normed)); gateUp [T, 2*I] and activated [T, I] are kept for the backward pass
    void gatedMlp(
        Tensor x, Tensor gateUp, Tensor activated, Tensor normed, const Weight& gateUpWeight, const Weight& down);
    // dnormed = ..., both weights' gradients +=; dx is the gradient of the output, gateUp is overwritten with its own
    // gradient, dactivated [T, I] is scratch
    void gatedMlpBackward(Tensor dnormed, Tensor dactivated, Weight& gateUpWeight, Weight& down, Tensor dx,
        Tensor gateUp, Tensor activated, Tensor normed);
    // One layer of one decode step. x: F32 [rows, C], the residual stream, in place
    void decodeLayer(Tensor x, const DecodeScratch& scratch, const DecoderLayer& layer, std::int64_t index,
        KvCache& cache, const DecodeState& state, Tensor ropeTable);

    // ---- Trace
    void setTracing(bool on) { m_tracing = on; }
    const std::map<std::string_view, OpTotals>& totals() const { return m_totals; }
    void clearTotals() { m_totals.clear(); }
    // Called with the operation's name before each operation; may throw what a failing device would throw.
    void setFaultHook(std::function<void(std::string_view)> hook) { m_faultHook = std::move(hook); }

protected:
    Backend() = default;

    // F32 scratch of one composite operation, until another asks for some. Throws OutOfMemory.
    virtual Tensor room(std::int64_t rows, std::int64_t columns) = 0;
    virtual std::byte* doAllocate(std::size_t bytes) = 0;
    virtual void doFree(std::byte* memory, std::size_t bytes) = 0;
    virtual void doUpload(Tensor to, const void* from) = 0;
    virtual void doDownload(void* to, Tensor from) = 0;
    virtual void doCopy(Tensor to, Tensor from) = 0;
    virtual void doFill(Tensor to, float value) = 0;
    virtual void doCommit(Weight& weight) = 0;
    virtual std::unique_ptr<KvCache> doMakeKvCache(KvShape shape) = 0;
    virtual void doEmbedding(Tensor out, Tensor table, Tensor ids) = 0;
    virtual void doEmbeddingBackward(Tensor dtable, Tensor dout, Tensor ids) = 0;
    virtual void doGatherRows(Tensor out, Tensor x, Tensor rows) = 0;
    virtual void doScatterAddRows(Tensor dx, Tensor dout, Tensor rows) = 0;
    virtual void doRmsNorm(Tensor out, Tensor rstd, Tensor x, Tensor weight, float epsilon) = 0;
    virtual void doRmsNormBackward(Tensor dx, Tensor dweight, Tensor dout, Tensor x, Tensor weight, Tensor rstd) = 0;
    virtual void doRope(Tensor x, Tensor positions, Tensor table, RopeOptions options) = 0;
    virtual void doLinear(Tensor out, Tensor x, const Weight& weight, Tensor bias, LinearOptions options) = 0;
    virtual void doLinearBackwardInput(Tensor dx, Tensor dout, const Weight& weight, LinearOptions options) = 0;
    virtual void doLinearBackwardWeight(Weight& weight, Tensor dbias, Tensor dout, Tensor x) = 0;
    virtual void doSwiglu(Tensor out, Tensor gateUp) = 0;
    virtual void doSwigluBackward(Tensor dgateUp, Tensor dout, Tensor gateUp) = 0;
    virtual void doAdd(Tensor out, Tensor x) = 0;
    virtual void doScale(Tensor x, float factor) = 0;
    virtual void doAttention(
        Tensor out, Tensor lse, Tensor q, Tensor k, Tensor v, const Segments& segments, AttentionShape shape)
        = 0;
    virtual void doAttentionBackward(Tensor dq, Tensor dk, Tensor dv, Tensor dout, Tensor out, Tensor lse, Tensor q,
        Tensor k, Tensor v, const Segments& segments, AttentionShape shape)
        = 0;
    virtual void doStoreKv(KvCache& cache, std::int64_t layer, Tensor k, Tensor v, Tensor destinations) = 0;
    virtual void doBeginDecodeStep(DecodeState& state, std::int64_t rows) = 0;
    virtual void doDecodeAttention(
        Tensor out, Tensor q, const KvCache& cache, std::int64_t layer, const DecodeState& state, AttentionShape shape)
        = 0;
    virtual void doLmHeadSample(
        DecodeState& state, std::int64_t step, Tensor hidden, const Weight& head, SamplingOptions options)
        = 0;
    virtual void doLmHeadLogProbs(Tensor logProbs, Tensor entropy, Tensor lse, Tensor hidden, const Weight& head,
        Tensor targets, float temperature)
        = 0;
    virtual void doLmHeadLogProbsBackward(Tensor dhidden, Weight& head, Tensor dlogProbs, Tensor dentropy,
        Tensor hidden, Tensor lse, Tensor entropy, Tensor targets, float temperature)
        = 0;
    virtual void doSumOfSquares(Tensor out, Tensor x, LinearOptions options) = 0;
    virtual void doAdamW(
        Tensor value, Tensor gradient, Tensor mean, Tensor variance, Tensor normSquared, AdamWOptions options)
        = 0;
    virtual void doAdamW8bit(Tensor value, Tensor gradient, QuantisedVector mean, QuantisedVector variance,
        Tensor normSquared, AdamWOptions options)
        = 0;
    virtual void doGatedMlp(
        Tensor x, Tensor gateUp, Tensor activated, Tensor normed, const Weight& gateUpWeight, const Weight& down);
    virtual void doGatedMlpBackward(Tensor dnormed, Tensor dactivated, Weight& gateUpWeight, Weight& down, Tensor dx,
        Tensor gateUp, Tensor activated, Tensor normed);
    virtual void doDecodeLayer(Tensor x, const DecodeScratch& scratch, const DecoderLayer& layer, std::int64_t index,
        KvCache& cache, const DecodeState& state, Tensor ropeTable);

private:
    class Span; // counts, times and offers the fault hook; see backend.cpp

    void addAdapters(Tensor out, Tensor x, const Weight& weight);
    void addAdaptersBackwardInput(Tensor dx, Tensor dout, const Weight& weight);
    void addAdaptersBackwardWeight(Weight& weight, Tensor dout, Tensor x);

    std::size_t m_bytesInUse = 0;
    std::size_t m_peakBytes = 0;
    bool m_tracing = false;
    Span* m_span = nullptr; // the innermost open one
    std::map<std::string_view, OpTotals> m_totals;
    std::function<void(std::string_view)> m_faultHook;
};

// Hands out parts of one allocation, each aligned to 64 bytes. Two passes: over an Arena without memory (measures),
// then over one with.
class Arena {
public:
    Arena() = default; // measures only: tensors have no data
    Arena(Backend& backend, std::size_t bytes) : m_memory(backend.allocate(bytes)), m_capacity(bytes) { }

    // Throws std::logic_error when the arena is too small.
    Tensor take(DType dtype, std::int64_t rows, std::int64_t columns);
    std::size_t bytesTaken() const { return m_taken; }
    // Gives the memory to a longer-lived owner; the tensors taken stay valid as long as it does.
    Buffer release() { return std::move(m_memory); }

private:
    Buffer m_memory;
    std::size_t m_capacity = 0;
    std::size_t m_taken = 0;
};

} // namespace ahascope::kernels
