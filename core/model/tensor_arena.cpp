#include "core/model/tensor_arena.h"

#include <algorithm>

namespace ahascope::model {

using kernels::DType;
using kernels::expect;
using kernels::Tensor;

namespace {

constexpr std::int64_t alignment = 16; // floats in 64 bytes

Tensor part(Tensor flat, std::int64_t offset, std::int64_t rows, std::int64_t columns)
{
    if (flat.empty() || rows * columns == 0)
        return {};
    return {flat.data + static_cast<std::size_t>(offset) * sizeof(float), DType::F32, rows, columns, columns};
}

} // namespace

ArenaLayout::Place ArenaLayout::take(std::int64_t rows, std::int64_t columns)
{
    const Place place{total, rows, columns};
    total += (rows * columns + alignment - 1) / alignment * alignment;
    return place;
}

TensorArena::TensorArena(kernels::Backend& backend, ArenaLayout layout, Gradients gradients)
    : m_backend(&backend)
    , m_layout(std::move(layout))
{
    const auto flat = [&](kernels::Buffer& memory) -> Tensor {
        memory = backend.allocate(static_cast<std::size_t>(m_layout.total) * sizeof(float));
        return {memory.get(), DType::F32, 1, m_layout.total, m_layout.total};
    };
    m_flatValues = flat(m_values);
    if (gradients == Gradients::Kept)
        m_flatGradients = flat(m_gradients);
}

const NamedTensor* TensorArena::find(const std::string& name) const
{
    const auto found = std::ranges::find(m_layout.tensors, name, &NamedTensor::name);
    return found == m_layout.tensors.end() ? nullptr : &*found;
}

void TensorArena::get(const NamedTensor& tensor, std::span<float> values) const
{
    expect(static_cast<std::int64_t>(values.size()) == tensor.count(), "the span has the tensor's size");
    m_backend->download(values.data(), part(m_flatValues, tensor.offset, 1, tensor.count()));
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
    m_backend->upload(part(m_flatValues, tensor.offset + first, 1, count), values.data());
}

void TensorArena::clearGradients()
{
    m_backend->fill(m_flatGradients, 0.0f);
}

Tensor TensorArena::values(const ArenaLayout::Place& place) const
{
    return part(m_flatValues, place.offset, place.rows, place.columns);
}

Tensor TensorArena::gradients(const ArenaLayout::Place& place) const
{
    return part(m_flatGradients, place.offset, place.rows, place.columns);
}

} // namespace ahascope::model
