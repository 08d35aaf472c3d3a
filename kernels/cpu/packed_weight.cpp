#include "kernels/cpu/packed_weight.h"

#include <algorithm>

#include "kernels/cpu/cpu_backend.h"

namespace ahascope::kernels {

namespace {

// Calls visit with the packing and the values of `weight`, in their type.
template <class Visit>
void withValues(const ProductKernels& products, const Tensor& value, const Visit& visit)
{
    if (value.dtype == DType::BF16)
        visit(products.packBf16, static_cast<const std::uint16_t*>(value.bf16()));
    else
        visit(products.pack, static_cast<const float*>(value.f32()));
}

template <class Value>
Value* valuesIn(const Buffer& memory, const Value*)
{
    return reinterpret_cast<Value*>(memory.get());
}

} // namespace

void CpuBackend::prepare(Weight& weight)
{
    const Tensor& value = weight.value;
    auto form = std::make_unique<PackedWeight>();
    form->bf16 = value.dtype == DType::BF16;
    form->forwardMemory = panelMemory(value.columns, value.rows, value.dtype);
    if (weight.passesGradient)
        form->backwardMemory = panelMemory(value.rows, value.columns, value.dtype);
    weight.form = std::move(form);
}

Buffer CpuBackend::panelMemory(std::int64_t inner, std::int64_t columns, DType dtype)
{
    return allocate(static_cast<std::size_t>(panelValues(inner, columns, m_products.panelWidth)) * sizeOf(dtype));
}

void CpuBackend::doCommit(Weight& weight)
{
    packForward(weight);
    if (packed(weight).backwardMemory)
        packBackward(weight);
}

void CpuBackend::packForward(const Weight& weight)
{
    const Tensor& value = weight.value;
    const PackedWeight& form = packed(weight);
    const std::int64_t width = m_products.panelWidth;
    withValues(m_products, value, [&](const auto& pack, const auto* values) {
        auto* const panels = valuesIn(form.forwardMemory, values);
        m_pool.forRanges((value.rows + width - 1) / width, 1, [&](std::int64_t begin, std::int64_t end, int) {
            if (form.gated)
                pack.gated(panels, values, value.stride, value.columns, value.rows / 2, begin, end);
            else
                pack.columns(panels, values, value.stride, value.columns, value.rows, begin, end);
        });
    });
}

void CpuBackend::packBackward(const Weight& weight)
{
    const Tensor& value = weight.value;
    withValues(m_products, value, [&](const auto& pack, const auto* values) {
        auto* const panels = valuesIn(packed(weight).backwardMemory, values);
        m_pool.forRanges(value.columns, m_products.panelWidth, [&](std::int64_t begin, std::int64_t end, int) {
            pack.rows(panels + begin * value.rows, values + begin, value.stride, value.rows, end - begin);
        });
    });
}

const PackedWeight& CpuBackend::packed(const Weight& weight) const
{
    return static_cast<const PackedWeight&>(*weight.form);
}

const PackedWeight& CpuBackend::packedForward(const Weight& weight, bool gated)
{
    auto& form = static_cast<PackedWeight&>(*weight.form);
    if (form.gated != gated) {
        form.gated = gated;
        packForward(weight);
    }
    return form;
}

const PackedWeight& CpuBackend::packedBackward(const Weight& weight)
{
    auto& form = static_cast<PackedWeight&>(*weight.form);
    if (!form.backwardMemory) {
        form.backwardMemory = panelMemory(weight.value.rows, weight.value.columns, weight.value.dtype);
        packBackward(weight);
    }
    return form;
}

} // namespace ahascope::kernels
