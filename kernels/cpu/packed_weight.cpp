#include "kernels/cpu/packed_weight.h"

#include <algorithm>

#include "kernels/cpu/cpu_backend.h"

namespace ahascope::kernels {

void CpuBackend::prepare(Weight& weight)
{
    const Tensor& value = weight.value;
    auto form = std::make_unique<PackedWeight>();
    form->forwardMemory = allocate(
        static_cast<std::size_t>(panelFloats(value.columns, value.rows, m_products.panelWidth)) * sizeof(float));
    form->forward = reinterpret_cast<float*>(form->forwardMemory.get());
    weight.form = std::move(form);
    packForward(weight);
    if (weight.passesGradient)
        packedBackward(weight);
}

void CpuBackend::doCommit(Weight& weight)
{
    packForward(weight);
    if (static_cast<const PackedWeight&>(*weight.form).backward != nullptr)
        packBackward(weight);
}

void CpuBackend::packForward(const Weight& weight)
{
    const Tensor& value = weight.value;
    const auto& form = static_cast<const PackedWeight&>(*weight.form);
    const std::int64_t width = m_products.panelWidth;
    m_pool.forRanges((value.rows + width - 1) / width, 1, [&](std::int64_t begin, std::int64_t end, int) {
        if (form.gated)
            m_products.packGated(form.forward, value.f32(), value.stride, value.columns, value.rows / 2, begin, end);
        else
            m_products.packColumns(form.forward, value.f32(), value.stride, value.columns, value.rows, begin, end);
    });
}

void CpuBackend::packBackward(const Weight& weight)
{
    const Tensor& value = weight.value;
    const auto& form = static_cast<const PackedWeight&>(*weight.form);
    m_pool.forRanges(value.columns, m_products.panelWidth, [&](std::int64_t begin, std::int64_t end, int) {
        m_products.packRows(
            form.backward + begin * value.rows, value.f32() + begin, value.stride, value.rows, end - begin);
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
    if (form.backward == nullptr) {
        const Tensor& value = weight.value;
        const std::int64_t floats = panelFloats(value.rows, value.columns, m_products.panelWidth);
        form.backwardMemory = allocate(static_cast<std::size_t>(floats) * sizeof(float));
        form.backward = reinterpret_cast<float*>(form.backwardMemory.get());
        packBackward(weight);
    }
    return form;
}

} // namespace ahascope::kernels
