// The same calls on the processor's backend and on the emulated GPU, and what comes out compared.
#pragma once

#include "kernels/cuda/cuda_backend.h"
#include "tests/kernels/kernel_fixture.h"

namespace ahascope::kernels {

// One of the two. With `half`, weights are BF16, and rows are BF16 where the backend keeps them so and hold the same
// rounded values elsewhere.
class Side : public Desk {
public:
    Side(std::unique_ptr<Backend> backend, bool half) : Desk(std::move(backend)), m_half(half) { }

    DType stored() const { return m_half ? DType::BF16 : DType::F32; }
    DType rowType() { return backend().rowType(stored()); }
    Tensor rows(std::int64_t count, std::int64_t columns, Values values, std::int64_t gap = 0)
    {
        if (!m_half)
            return tensor(count, columns, values, gap);
        for (double& value : values)
            value = fromBf16(toBf16(static_cast<float>(value)));
        return rowType() == DType::BF16 ? bf16(count, columns, values, gap) : tensor(count, columns, values, gap);
    }
    Tensor poisonedRows(std::int64_t count, std::int64_t columns, std::int64_t gap = 0)
    {
        return rows(count, columns,
            Values(static_cast<std::size_t>(count * columns), std::numeric_limits<double>::quiet_NaN()), gap);
    }
    Weight weight(std::int64_t out, std::int64_t in, const Values& values, const Values& gradient = {})
    {
        return Desk::weight(out, in, values, gradient, stored());
    }

private:
    bool m_half;
};

inline double largestOf(const std::vector<float>& values)
{
    double largest = 0;
    for (const float value : values)
        largest = std::max(largest, std::abs(double(value)));
    return largest;
}

// Runs `calls`, which returns the tensors to compare, on both sides.
template <class Calls>
void expectAgreement(bool half, const std::string& what, const Calls& calls)
{
    Side cpu(makeCpuBackend({.threads = 1}), half);
    Side gpu(std::make_unique<CudaBackend>(0), half);
    const std::vector<Tensor> expected = calls(cpu);
    const std::vector<Tensor> actual = calls(gpu);
    ASSERT_EQ(actual.size(), expected.size());
    for (std::size_t i = 0; i < actual.size(); ++i) {
        const std::vector<float> reference = cpu.read(expected[i]);
        const std::string name = what + ", output " + std::to_string(i);
        const double largest = largestOf(reference);
        const double tolerance = half ? 1e-2 : 1e-5;
        // What is zero but for rounding is compared with the inputs, which are of about 1.
        expectClose(gpu.read(actual[i]), Values(reference.begin(), reference.end()),
            largest > 0.1 || !(largest > 0.0) ? tolerance : tolerance * 0.1 / std::max(largest, 1e-3), name);
    }
}

// Each case once in F32 and once with BF16 weights and rows.
class OnTheGpu : public ::testing::TestWithParam<bool> {
protected:
    bool half() const { return GetParam(); }
};

} // namespace ahascope::kernels
