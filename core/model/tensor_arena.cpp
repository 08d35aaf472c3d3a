#include "core/model/tensor_arena.h"

#include <algorithm>

#include "kernels/bf16.h"

namespace ahascope::model {

using kernels::DType;
using kernels::expect;
using kernels::Tensor;

namespace {

constexpr std::int64_t alignment = 16; // values

Tensor part(Tensor flat, std::int64_t offset, std::int64_t rows, std::int64_t columns)
{
    if (flat.empty() || rows * columns == 0)
        return {};
    return {flat.columnRange(offset, rows * columns).data, flat.dtype, rows, columns, columns};
}

} // namespace

ArenaLayout::Place ArenaLayout::take(std::int64_t rows, std::int64_t columns)
{
    const Place place{total, rows, columns};
    total += (rows * columns + alignment - 1) / alignment * alignment;
    return place;
}

TensorArena::TensorArena(kernels::Backend& backend, ArenaLayout layout, Gradients gradients, DType matrices)
    : m_backend(&backend)
    , m_layout(std::move(layout))
{
    const auto flat = [](std::byte* data, DType type, std::int64_t count) -> Tensor {
        return {data, type, 1, count, count};
    };
    const Tensor measured = flat(nullptr, matrices, m_layout.decayed);
    const std::int64_t rest = m_layout.total - m_layout.decayed;
    m_values = backend.allocate(measured.bytes() + static_cast<std::size_t>(rest) * sizeof(float));
    m_matrices = flat(m_values.get(), matrices, m_layout.decayed);
    m_vectors = flat(m_values.get() + measured.bytes(), DType::F32, rest);
    if (gradients == Gradients::Kept) {
        m_gradients = backend.allocate(static_cast<std::size_t>(m_layout.total) * sizeof(float));
        m_flatGradients = flat(m_gradients.get(), DType::F32, m_layout.total);
    }
}

const NamedTensor* TensorArena::find(const std::string& name) const
{
    const auto found = std::ranges::find(m_layout.tensors, name, &NamedTensor::name);
    return found == m_layout.tensors.end() ? nullptr : &*found;
}

void TensorArena::get(const NamedTensor& tensor, std::span<float> values) const
{
    expect(static_cast<std::int64_t>(values.size()) == tensor.count(), "the span has the tensor's size");
    const Tensor from = valuesAt(tensor.offset, 1, tensor.count());
    if (from.dtype == DType::F32)
        return m_backend->download(values.data(), from);
    std::vector<std::uint16_t> words(values.size());
    m_backend->download(words.data(), from);
    std::ranges::transform(words, values.begin(), kernels::fromBf16);
}

void TensorArena::getGradient(const NamedTensor& tensor, std::span<float> values) const
{
    expect(static_cast<std::int64_t>(values.size()) == tensor.count(), "the span has the tensor's size");
    expect(!m_flatGradients.empty(), "the parameters keep gradients");
    m_backend->download(values.data(), part(m_flatGradients, tensor.offset, 1, tensor.count()));
}

void TensorArena::set(const NamedTensor& tensor, std::span<const float> values)
{
    expect(static_cast<std::int64_t>(values.size()) == tensor.count(), "the span has the tensor's size");
    setPart(tensor, 0, values);
}

void TensorArena::setPart(const NamedTensor& tensor, std::int64_t first, std::span<const float> values)
{
    const auto count = static_cast<std::int64_t>(values.size());
    expect(first >= 0 && count <= tensor.count() - first, "the values lie within the tensor");
    const Tensor to = valuesAt(tensor.offset + first, 1, count);
    if (to.dtype == DType::F32)
        return m_backend->upload(to, values.data());
    std::vector<std::uint16_t> words(values.size());
    std::ranges::transform(values, words.begin(), kernels::toBf16);
    m_backend->upload(to, words.data());
}

void TensorArena::clearGradients()
{
    m_backend->fill(m_flatGradients, 0.0f);
}

Tensor TensorArena::bytes() const
{
    const auto count = static_cast<std::int64_t>(m_matrices.bytes() + m_vectors.bytes());
    return {m_values.get(), DType::U8, 1, count, count};
}

Tensor TensorArena::valuesAt(std::int64_t offset, std::int64_t rows, std::int64_t columns) const
{
    return offset < m_layout.decayed ? part(m_matrices, offset, rows, columns)
                                     : part(m_vectors, offset - m_layout.decayed, rows, columns);
}

Tensor TensorArena::values(const ArenaLayout::Place& place) const
{
    return valuesAt(place.offset, place.rows, place.columns);
}

Tensor TensorArena::gradients(const ArenaLayout::Place& place) const
{
    return part(m_flatGradients, place.offset, place.rows, place.columns);
}

} // namespace ahascope::model
