// Named tensors that stand in one flat vector.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "kernels/backend.h"

namespace ahascope::model {

// One tensor as it stands in a Hugging Face safetensors file.
struct NamedTensor {
    std::string name; // "model.layers.0.self_attn.q_proj.weight"
    std::int64_t rows = 1;
    std::int64_t columns = 0;
    bool vector = false;     // one dimension in the file: [columns]
    std::int64_t offset = 0; // of its first value in the flat arena

    std::int64_t count() const { return rows * columns; }
};

enum class Gradients { None, Kept };

// What is to stand in an arena.
struct ArenaLayout {
    std::vector<NamedTensor> tensors; // in file order
    std::int64_t decayed = 0;         // how many leading values belong to matrices (see TensorArena)
    std::int64_t total = 0;

    struct Place {
        std::int64_t offset = 0;
        std::int64_t rows = 0;
        std::int64_t columns = 0;
    };
    // The next place, at a multiple of 64 bytes.
    Place take(std::int64_t rows, std::int64_t columns);
};

// All values stand in one flat arena, gradients in a second of the same layout, in F32. Every place begins at a
// multiple of 16 values; the gaps are zero and stay zero, so that whole arenas can be normed, clipped and updated as
// one vector. Matrices (which weight decay shrinks) come first, in F32 or BF16, then norms and biases (which it
// spares), in F32.
class TensorArena {
public:
    // Values are zero. Throws kernels::OutOfMemory.
    TensorArena(kernels::Backend& backend, ArenaLayout layout, Gradients gradients,
        kernels::DType matrices = kernels::DType::F32);

    const std::vector<NamedTensor>& tensors() const { return m_layout.tensors; }
    // nullptr when there is none of that name.
    const NamedTensor* find(const std::string& name) const;
    // Row after row; the span must hold exactly tensor.count() values (std::logic_error). A matrix in BF16 takes the
    // nearest values, ties to even.
    void get(const NamedTensor& tensor, std::span<float> values) const;
    void getGradient(const NamedTensor& tensor, std::span<float> values) const;
    void set(const NamedTensor& tensor, std::span<const float> values);
    // Only the values from `first` on; those that are given must lie within the tensor (std::logic_error).
    void setPart(const NamedTensor& tensor, std::int64_t first, std::span<const float> values);

    // ---- [1, n]
    std::int64_t count() const { return m_layout.total; }
    kernels::Tensor matrices() const { return m_matrices; }
    kernels::Tensor vectors() const { return m_vectors; }             // norms and biases
    kernels::Tensor bytes() const;                                    // both, as they are stored: U8
    kernels::Tensor flatGradients() const { return m_flatGradients; } // of both; empty when not kept
    void clearGradients();

    // ---- [rows, columns]
    kernels::Tensor values(const ArenaLayout::Place& place) const;
    kernels::Tensor gradients(const ArenaLayout::Place& place) const;

private:
    // Values [offset, offset + rows * columns) of the layout.
    kernels::Tensor valuesAt(std::int64_t offset, std::int64_t rows, std::int64_t columns) const;

    kernels::Backend* m_backend;
    ArenaLayout m_layout;
    kernels::Buffer m_values;
    kernels::Buffer m_gradients;
    kernels::Tensor m_matrices;
    kernels::Tensor m_vectors;
    kernels::Tensor m_flatGradients;
};

} // namespace ahascope::model
