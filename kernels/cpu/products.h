// Matrix products of one thread: C (+)= A B + bias, where B lies in panels, of F32 or BF16. BF16 is widened on the way,
// so that C has the bits that the same values in F32 give.
//
// Each value of C is a sum over the inner dimension in order, by fused multiply-adds into one accumulator per block of
// `innerBlock` terms; the blocks' sums are added in order. That order depends on nothing else, so that a row of C has
// the same bits whether it is computed alone, among a thousand rows or by another thread.
#pragma once

#include <stdint.h>

namespace ahascope::kernels {

// What is done with a value of C once its sum is complete.
enum class Finish : uint8_t {
    Store,
    // C is [gate | up] and is stored; activated = silu(gate) * up besides. B lies in gated panels (packGated).
    Gate,
    // C is the gradient of `activated` and is not kept: gate and up are replaced with their own gradients.
    GateBackward,
};

// The gated MLP's operands of a Product; rows `stride` floats apart, `up` = gate + inner.
struct Gating {
    Finish finish = Finish::Store;
    int64_t inner = 0;       // I: columns of gate, up and activated
    float* gateUp = nullptr; // GateBackward only (for Gate it is C); [rows, 2*I]
    int64_t gateUpStride = 0;
    float* activated = nullptr; // Gate only; [rows, I]
    int64_t activatedStride = 0;
};

// B in panels.
struct Panels {
    const void* data = nullptr;
    bool bf16 = false; // uint16_t instead of float
};

struct Product {
    float* out = nullptr; // C [rows, columns], rows outStride apart
    int64_t outStride = 0;
    int64_t rows = 0;
    const float* a = nullptr; // A [rows, inner]: value (m, k) at a[m * aRow + k * aStep]; aRow or aStep is 1
    int64_t aRow = 0;
    int64_t aStep = 0;
    Panels b; // B [inner, all columns]; C may be any range of whole panels of it
    int64_t inner = 0;
    int64_t columnBegin = 0; // a multiple of panelWidth; column columnBegin of B makes column 0 of C
    int64_t columns = 0;
    const float* bias = nullptr; // by column of C, or null
    bool accumulate = false;     // C += instead of C =
    Gating gating;            // with Gate, columns count channels of `activated`, and bias and accumulate are not used
    float* scratch = nullptr; // productScratch floats, for parts of A and B; aligned to 64 bytes
};

constexpr int64_t innerBlock = 256;
constexpr int64_t productRows = 224; // rows of A that are copied at once
constexpr int64_t widestPanel = 32;
constexpr int64_t scratchOfA = innerBlock * (innerBlock + 16);
constexpr int64_t productScratch = scratchOfA + innerBlock * widestPanel;

// How B becomes panels of the same type. A panel holds panelWidth neighbouring columns of B as [inner][panelWidth], the
// last one filled up with zeros.
template <class Value>
struct Packing {
    // B (k, n) = b[k * stride + n]
    void (*rows)(Value* panels, const Value* b, int64_t stride, int64_t inner, int64_t columns);
    // Panels [begin, end) of B (k, n) = b[n * stride + k]
    void (*columns)(
        Value* panels, const Value* b, int64_t stride, int64_t inner, int64_t columns, int64_t begin, int64_t end);
    // Gated panels [begin, end): gatedWidth columns of gate, then those of up, of B (k, n) = b[n * stride + k], where
    // the gate is n < channels and up is n - channels
    void (*gated)(
        Value* panels, const Value* b, int64_t stride, int64_t inner, int64_t channels, int64_t begin, int64_t end);
};

// The products of one instruction set.
struct ProductKernels {
    int64_t panelWidth;
    int64_t gatedWidth; // channels of a gated panel
    int64_t rowTile;    // row counts that are a multiple of this are the fastest
    void (*multiply)(const Product& product);
    Packing<float> pack;
    Packing<uint16_t> packBf16;
};

// Rows [row, row + rows) and columns [column, column + columns) of C, whole panels.
Product partOf(Product product, int64_t row, int64_t rows, int64_t column, int64_t columns);

extern const ProductKernels productsBaseline;
extern const ProductKernels productsAvx2;
extern const ProductKernels productsAvx512;

} // namespace ahascope::kernels
