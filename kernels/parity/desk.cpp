#include "kernels/parity/desk.h"

#include <algorithm>
#include <limits>

#include "kernels/bf16.h"

namespace ahascope::kernels::parity {

Floats Desk::random(std::int64_t count, float scale)
{
    Floats values(static_cast<std::size_t>(count));
    for (float& value : values)
        value = scale * (static_cast<float>(m_engine() >> 8) * 0x1p-23f - 1.0f);
    return values;
}

Ids Desk::randomIds(std::int64_t count, std::int64_t below)
{
    Ids values(static_cast<std::size_t>(count));
    for (std::int32_t& value : values)
        value = static_cast<std::int32_t>(static_cast<std::int64_t>(m_engine()) % below);
    return values;
}

Tensor Desk::zeros(DType dtype, std::int64_t rows, std::int64_t columns, std::int64_t gap)
{
    Tensor tensor{nullptr, dtype, rows, columns, columns + gap};
    m_memory.push_back(m_backend.allocate(static_cast<std::size_t>(rows * tensor.stride) * sizeOf(dtype)));
    tensor.data = m_memory.back().get();
    return tensor;
}

Tensor Desk::tensor(std::int64_t rows, std::int64_t columns, const Floats& values, std::int64_t gap)
{
    const Tensor tensor = zeros(DType::F32, rows, columns, gap);
    expect(static_cast<std::int64_t>(values.size()) == tensor.count(), "parity: as many values as the tensor has");
    m_backend.upload(tensor, values.data());
    return tensor;
}

Tensor Desk::input(std::int64_t rows, std::int64_t columns, float scale)
{
    return tensor(rows, columns, random(rows * columns, scale));
}

Tensor Desk::output(std::int64_t rows, std::int64_t columns, std::int64_t gap)
{
    const Floats nothing(static_cast<std::size_t>(rows * columns), std::numeric_limits<float>::quiet_NaN());
    return tensor(rows, columns, nothing, gap);
}

Tensor Desk::rowTensor(std::int64_t rows, std::int64_t columns, const Floats& values)
{
    return rowType() == DType::BF16 ? table(rows, columns, values) : tensor(rows, columns, stored(values));
}

Tensor Desk::rowInput(std::int64_t rows, std::int64_t columns, float scale)
{
    return rowTensor(rows, columns, random(rows * columns, scale));
}

Tensor Desk::rowOutput(std::int64_t rows, std::int64_t columns)
{
    return rowTensor(
        rows, columns, Floats(static_cast<std::size_t>(rows * columns), std::numeric_limits<float>::quiet_NaN()));
}

Tensor Desk::ids(const Ids& values)
{
    const Tensor tensor = zeros(DType::I32, 1, static_cast<std::int64_t>(values.size()));
    m_backend.upload(tensor, values.data());
    return tensor;
}

Tensor Desk::codes(const std::vector<std::uint8_t>& values)
{
    const Tensor tensor = zeros(DType::U8, 1, static_cast<std::int64_t>(values.size()));
    m_backend.upload(tensor, values.data());
    return tensor;
}

Floats Desk::stored(Floats values) const
{
    if (m_weightType == DType::BF16)
        std::ranges::transform(values, values.begin(), [](float value) { return fromBf16(toBf16(value)); });
    return values;
}

Tensor Desk::table(std::int64_t rows, std::int64_t columns, const Floats& values)
{
    if (m_weightType == DType::F32)
        return tensor(rows, columns, values);
    std::vector<std::uint16_t> words(values.size());
    std::ranges::transform(values, words.begin(), toBf16);
    const Tensor tensor = zeros(DType::BF16, rows, columns);
    m_backend.upload(tensor, words.data());
    return tensor;
}

Weight Desk::weight(std::int64_t out, std::int64_t in, bool trained)
{
    return weight(out, in, random(out * in), trained);
}

Weight Desk::weight(std::int64_t out, std::int64_t in, const Floats& values, bool trained)
{
    return prepared(table(out, in, values), trained);
}

Weight Desk::prepared(Tensor value, bool trained)
{
    Weight weight;
    weight.value = value;
    if (trained)
        weight.gradient = input(value.rows, value.columns);
    weight.passesGradient = trained;
    m_backend.prepare(weight);
    Weight* const weights[] = {&weight};
    m_backend.commit(weights);
    return weight;
}

void Desk::addAdapters(Weight& weight, std::int64_t rank, bool trained)
{
    const std::int64_t out = weight.value.rows, in = weight.value.columns;
    const std::int64_t first = out / 2;
    for (const auto& [begin, rows] : {std::pair{std::int64_t{0}, first}, std::pair{first, out - first}})
        weight.adapters.push_back(
            {begin, 1.75f, prepared(input(rank, in), trained), prepared(input(rows, rank), trained)});
}

Floats Desk::read(Tensor tensor)
{
    Floats floats(static_cast<std::size_t>(tensor.count()));
    if (tensor.dtype == DType::BF16) {
        std::vector<std::uint16_t> words(floats.size());
        m_backend.download(words.data(), tensor);
        std::ranges::transform(words, floats.begin(), fromBf16);
    } else {
        m_backend.download(floats.data(), tensor);
    }
    return floats;
}

void Desk::keep(const std::string& name, Tensor tensor)
{
    Kept kept{name, Likeness::Close, {}};
    if (tensor.dtype == DType::U8) {
        std::vector<std::uint8_t> codes(static_cast<std::size_t>(tensor.count()));
        m_backend.download(codes.data(), tensor);
        kept.likeness = Likeness::Codes;
        kept.values.assign(codes.begin(), codes.end());
    } else if (tensor.dtype == DType::I32 || tensor.dtype == DType::U32) {
        Ids whole(static_cast<std::size_t>(tensor.count()));
        m_backend.download(whole.data(), tensor);
        kept.likeness = Likeness::Same;
        kept.values.assign(whole.begin(), whole.end());
    } else {
        const Floats floats = read(tensor);
        kept.values.assign(floats.begin(), floats.end());
    }
    m_kept.push_back(std::move(kept));
}

void Desk::keep(const std::string& name, double value)
{
    m_kept.push_back({name, Likeness::Close, {value}});
}

} // namespace ahascope::kernels::parity
