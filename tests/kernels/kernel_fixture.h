// What tests of operations share: a backend on a chosen instruction set and number of threads, tensors made from host
// values, and comparison with naive formulas in double.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "kernels/bf16.h"
#include "kernels/devices.h"

namespace ahascope::kernels {

using Values = std::vector<double>; // row after row

// Sizes around the lengths of vectors and tiles.
inline const std::vector<std::int64_t> oddSizes = {1, 3, 17, 31, 33, 129, 1025};

inline std::vector<InstructionSet> instructionSets()
{
    std::vector<InstructionSet> sets;
    for (InstructionSet set : {InstructionSet::Baseline, InstructionSet::Avx2, InstructionSet::Avx512}) {
        if (set <= detectInstructionSet())
            sets.push_back(set);
    }
    return sets;
}

// Values that a float holds exactly, uniform in [-1, 1].
class RandomValues {
public:
    explicit RandomValues(std::uint32_t seed) : m_engine(seed) { }

    Values floats(std::int64_t count, double scale = 1.0)
    {
        Values values(static_cast<std::size_t>(count));
        for (double& value : values)
            value = static_cast<float>(scale * (double(m_engine()) / 2147483648.0 - 1.0));
        return values;
    }
    Values integers(std::int64_t count, std::int64_t below)
    {
        Values values(static_cast<std::size_t>(count));
        for (double& value : values)
            value = double(static_cast<std::int64_t>(m_engine()) % below);
        return values;
    }

private:
    std::mt19937 m_engine;
};

// A backend and the memory of one test.
class Desk {
public:
    explicit Desk(CpuOptions options) : m_backend(makeCpuBackend(options)) { }
    explicit Desk(std::unique_ptr<Backend> backend) : m_backend(std::move(backend)) { }

    Backend& backend() { return *m_backend; }

    // Rows stand `gap` floats further apart than they need.
    Tensor tensor(std::int64_t rows, std::int64_t columns, const Values& values, std::int64_t gap = 0)
    {
        Tensor tensor = raw(DType::F32, rows, columns, gap);
        std::vector<float> floats(values.begin(), values.end());
        m_backend->upload(tensor, floats.data());
        return tensor;
    }
    // An output: what is not overwritten stays NaN.
    Tensor poisoned(std::int64_t rows, std::int64_t columns, std::int64_t gap = 0)
    {
        return tensor(rows, columns,
            Values(static_cast<std::size_t>(rows * columns), std::numeric_limits<double>::quiet_NaN()), gap);
    }
    // Each value rounded to the nearest that BF16 has.
    Tensor bf16(std::int64_t rows, std::int64_t columns, const Values& values, std::int64_t gap = 0)
    {
        Tensor tensor = raw(DType::BF16, rows, columns, gap);
        std::vector<std::uint16_t> words;
        for (double value : values)
            words.push_back(toBf16(static_cast<float>(value)));
        m_backend->upload(tensor, words.data());
        return tensor;
    }
    Tensor ids(const Values& values)
    {
        Tensor tensor = raw(DType::I32, 1, static_cast<std::int64_t>(values.size()), 0);
        std::vector<std::int32_t> integers(values.begin(), values.end());
        m_backend->upload(tensor, integers.data());
        return tensor;
    }
    Weight weight(
        std::int64_t out, std::int64_t in, const Values& values, const Values& gradient = {}, DType type = DType::F32)
    {
        Weight weight;
        weight.value = type == DType::BF16 ? bf16(out, in, values) : tensor(out, in, values);
        if (!gradient.empty())
            weight.gradient = tensor(out, in, gradient);
        m_backend->prepare(weight);
        Weight* const weights[] = {&weight};
        m_backend->commit(weights);
        return weight;
    }
    // F32 or BF16
    std::vector<float> read(const Tensor& tensor)
    {
        std::vector<float> floats(static_cast<std::size_t>(tensor.count()));
        if (tensor.dtype == DType::BF16) {
            std::vector<std::uint16_t> words(floats.size());
            m_backend->download(words.data(), tensor);
            std::ranges::transform(words, floats.begin(), fromBf16);
        } else {
            m_backend->download(floats.data(), tensor);
        }
        return floats;
    }

private:
    Tensor raw(DType dtype, std::int64_t rows, std::int64_t columns, std::int64_t gap)
    {
        Tensor tensor{nullptr, dtype, rows, columns, columns + gap};
        m_buffers.push_back(m_backend->allocate(static_cast<std::size_t>(rows * tensor.stride) * sizeOf(dtype)));
        tensor.data = m_buffers.back().get();
        return tensor;
    }

    std::unique_ptr<Backend> m_backend;
    std::vector<Buffer> m_buffers;
};

// Every value within `tolerance` of the expected one, relative to the largest expected magnitude (at least 1e-3).
inline void expectClose(
    const std::vector<float>& actual, const Values& expected, double tolerance, const std::string& what)
{
    ASSERT_EQ(actual.size(), expected.size()) << what;
    double largest = 1e-3;
    for (double value : expected)
        largest = std::max(largest, std::abs(value));
    for (std::size_t i = 0; i < actual.size(); ++i)
        ASSERT_LE(std::abs(double(actual[i]) - expected[i]), tolerance * largest)
            << what << " at " << i << ": " << actual[i] << " instead of " << expected[i];
}

// Bit for bit.
inline void expectSame(const std::vector<float>& actual, const std::vector<float>& expected, const std::string& what)
{
    ASSERT_EQ(actual.size(), expected.size()) << what;
    for (std::size_t i = 0; i < actual.size(); ++i)
        ASSERT_EQ(std::bit_cast<std::uint32_t>(actual[i]), std::bit_cast<std::uint32_t>(expected[i]))
            << what << " at " << i << ": " << actual[i] << " and " << expected[i];
}

// d(sum of weights * f(x)) / dx by central differences.
inline Values numericGradient(
    const std::function<Values(const Values&)>& f, const Values& x, const Values& weights, double step = 1e-5)
{
    const auto weighted = [&](const Values& at) {
        const Values y = f(at);
        double sum = 0;
        for (std::size_t i = 0; i < y.size(); ++i)
            sum += y[i] * weights[i];
        return sum;
    };
    Values gradient(x.size());
    Values moved = x;
    for (std::size_t i = 0; i < x.size(); ++i) {
        moved[i] = x[i] + step;
        const double above = weighted(moved);
        moved[i] = x[i] - step;
        gradient[i] = (above - weighted(moved)) / (2 * step);
        moved[i] = x[i];
    }
    return gradient;
}

// Runs each case on every instruction set of this machine.
class OperationTest : public ::testing::TestWithParam<InstructionSet> {
protected:
    Desk desk(int threads = 2) const { return Desk(CpuOptions{threads, GetParam()}); }
};

inline std::string nameOfSet(const ::testing::TestParamInfo<InstructionSet>& info)
{
    const std::string name = toString(info.param);
    return name == "AVX-512" ? "Avx512" : name == "AVX2" ? "Avx2" : "Baseline";
}

} // namespace ahascope::kernels
