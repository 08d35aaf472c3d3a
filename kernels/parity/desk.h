// What a case of the parity check works with: a backend, inputs that are the same on every backend, outputs that are
// NaN until they are written, and the results to compare.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "kernels/backend.h"

namespace ahascope::kernels::parity {

// How a result has to be like the reference's.
enum class Likeness {
    Close, // every value within the tolerance, relative to the largest magnitude
    Same,  // whole numbers, all the same
    Codes  // of quantised values: at most one apart, and nearly all the same
};

struct Kept {
    std::string name;
    Likeness likeness = Likeness::Close;
    std::vector<double> values;
};

using Floats = std::vector<float>;
using Ids = std::vector<std::int32_t>;

class Desk {
public:
    // weightType: of matrices, F32 or BF16
    Desk(Backend& backend, DType weightType) : m_backend(backend), m_weightType(weightType) { }

    Backend& backend() { return m_backend; }

    // ---- The next numbers of the fixed seed
    Floats random(std::int64_t count, float scale = 1.0f); // uniform in [-scale, scale)
    Ids randomIds(std::int64_t count, std::int64_t below);

    // ---- Tensors. Rows stand `gap` values further apart than they need.
    Tensor tensor(std::int64_t rows, std::int64_t columns, const Floats& values, std::int64_t gap = 0);
    Tensor input(std::int64_t rows, std::int64_t columns, float scale = 1.0f);
    Tensor output(std::int64_t rows, std::int64_t columns, std::int64_t gap = 0);
    // Rows of activations, of the type that the backend keeps beside the weights: where that is BF16, the other backend
    // gets the same rounded values.
    DType rowType() const { return m_backend.rowType(m_weightType); }
    Tensor rowTensor(std::int64_t rows, std::int64_t columns, const Floats& values);
    Tensor rowInput(std::int64_t rows, std::int64_t columns, float scale = 1.0f);
    Tensor rowOutput(std::int64_t rows, std::int64_t columns);
    Tensor ids(const Ids& values);
    Tensor codes(const std::vector<std::uint8_t>& values);
    // Of the weight type: `values` as it holds them, and a tensor of them.
    Floats stored(Floats values) const;
    Tensor table(std::int64_t rows, std::int64_t columns, const Floats& values);
    // Zeroed memory of that shape.
    Tensor zeros(DType dtype, std::int64_t rows, std::int64_t columns, std::int64_t gap = 0);

    // ---- Weights, committed. A trained one has a gradient that is not zero.
    Weight weight(std::int64_t out, std::int64_t in, bool trained = false);
    Weight weight(std::int64_t out, std::int64_t in, const Floats& values, bool trained = false);
    // Low-rank additions to its first rows and to the others.
    void addAdapters(Weight& weight, std::int64_t rank, bool trained);

    // ---- Results
    void keep(const std::string& name, Tensor tensor); // F32 and BF16 close, whole numbers the same, U8 as codes
    void keep(const std::string& name, double value);
    std::vector<Kept> takeKept() { return std::move(m_kept); }
    Floats read(Tensor tensor); // F32 or BF16

private:
    Weight prepared(Tensor value, bool trained);

    Backend& m_backend;
    DType m_weightType;
    std::mt19937 m_engine{20260417};
    std::vector<Buffer> m_memory;
    std::vector<Kept> m_kept;
};

} // namespace ahascope::kernels::parity
