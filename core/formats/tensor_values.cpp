#include "core/formats/tensor_values.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <stdexcept>

#include "core/formats/checked_size.h"

namespace ahascope::formats {

namespace {

static_assert(std::endian::native == std::endian::little, "stored values are little endian");

constexpr std::size_t QuantizedBlock = 32;
constexpr std::size_t QuantizedBytes = 2 + QuantizedBlock;

// Adding 0x7fff plus the lowest kept bit rounds to nearest, ties to even (as torch's round_to_nearest_even).
constexpr std::uint32_t HalfMinusOne = 0x7fff;

// Exponent and mantissa moved into place are the value times 2^-112, subnormals included.
float halfToFloat(std::uint16_t half)
{
    const std::uint32_t sign = static_cast<std::uint32_t>(half & 0x8000u) << 16;
    const std::uint32_t magnitude = static_cast<std::uint32_t>(half & 0x7fffu) << 13;
    const auto finite = std::bit_cast<std::uint32_t>(std::bit_cast<float>(magnitude) * 0x1p112f);
    const bool special = (half & 0x7c00u) == 0x7c00u; // infinity, NaN
    return std::bit_cast<float>(sign | (special ? magnitude | 0x7f800000u : finite));
}

template <typename Convert>
void convert16(std::span<const std::byte> stored, std::span<float> into, Convert convert)
{
    const std::byte* from = stored.data();
    float* to = into.data();
    const std::size_t count = into.size();
    for (std::size_t i = 0; i < count; ++i) {
        std::uint16_t bits = 0; // the data may stand at odd addresses
        std::memcpy(&bits, from + 2 * i, sizeof bits);
        to[i] = convert(bits);
    }
}

void convertQuantized(std::span<const std::byte> stored, std::span<float> into)
{
    for (std::size_t block = 0; block < into.size() / QuantizedBlock; ++block) {
        const std::byte* from = stored.data() + block * QuantizedBytes;
        std::uint16_t bits = 0;
        std::memcpy(&bits, from, sizeof bits);
        const float scale = halfToFloat(bits);
        for (std::size_t i = 0; i < QuantizedBlock; ++i)
            into[block * QuantizedBlock + i] = scale * static_cast<float>(static_cast<std::int8_t>(from[2 + i]));
    }
}

void quantize(std::span<const float, QuantizedBlock> values, std::byte* to)
{
    float largest = 0;
    for (const float value : values)
        largest = std::max(largest, std::fabs(value));
    const float scale = largest / 127.0f;
    const std::uint16_t bits = toHalf(scale);
    const float inverse = bits == 0 ? 0.0f : 1.0f / scale; // a scale that is stored as 0 makes every value 0
    std::memcpy(to, &bits, sizeof bits);
    for (std::size_t i = 0; i < QuantizedBlock; ++i) {
        const float quotient = std::clamp(std::round(values[i] * inverse), -127.0f, 127.0f);
        to[2 + i] = static_cast<std::byte>(static_cast<std::int8_t>(quotient));
    }
}

template <typename Convert>
void append16(std::span<const float> values, std::vector<std::byte>& to, Convert convert)
{
    std::byte* end = to.data() + to.size() - 2 * values.size();
    for (const float value : values) {
        const std::uint16_t bits = convert(value);
        std::memcpy(end, &bits, sizeof bits);
        end += sizeof bits;
    }
}

} // namespace

std::string_view nameOf(TensorType type)
{
    switch (type) {
    case TensorType::F32:
        return "F32";
    case TensorType::F16:
        return "F16";
    case TensorType::BF16:
        return "BF16";
    case TensorType::Q8_0:
        return "Q8_0";
    }
    return "";
}

std::uint64_t valuesPerBlock(TensorType type)
{
    return type == TensorType::Q8_0 ? QuantizedBlock : 1;
}

std::uint64_t bytesPerBlock(TensorType type)
{
    return type == TensorType::F32 ? 4 : type == TensorType::Q8_0 ? QuantizedBytes : 2;
}

std::uint64_t storedBytes(TensorType type, std::uint64_t count, const std::string& where)
{
    if (count % valuesPerBlock(type) != 0)
        throw std::logic_error("storedBytes: not a whole number of blocks");
    return checkedProduct(count / valuesPerBlock(type), bytesPerBlock(type), where);
}

std::uint64_t valueCount(const TensorShape& tensor, const std::string& where)
{
    std::uint64_t count = 1;
    for (const std::int64_t size : tensor.shape)
        count = checkedProduct(count, static_cast<std::uint64_t>(size), where);
    return count;
}

void toFloat(TensorType type, std::span<const std::byte> stored, std::span<float> into)
{
    if (into.size() % valuesPerBlock(type) != 0
        || stored.size() != into.size() / valuesPerBlock(type) * bytesPerBlock(type))
        throw std::logic_error("toFloat: the span does not have the tensor's number of values");
    switch (type) {
    case TensorType::F32:
        std::memcpy(into.data(), stored.data(), into.size_bytes());
        return;
    case TensorType::F16:
        return convert16(stored, into, halfToFloat);
    case TensorType::BF16:
        return convert16(
            stored, into, [](std::uint16_t bits) { return std::bit_cast<float>(std::uint32_t{bits} << 16); });
    case TensorType::Q8_0:
        return convertQuantized(stored, into);
    }
}

void appendStored(TensorType type, std::span<const float> values, std::vector<std::byte>& to)
{
    if (values.size() % valuesPerBlock(type) != 0)
        throw std::logic_error("appendStored: not a whole number of blocks");
    const std::size_t before = to.size();
    to.resize(before + values.size() / valuesPerBlock(type) * bytesPerBlock(type));
    switch (type) {
    case TensorType::F32:
        std::memcpy(to.data() + before, values.data(), values.size_bytes());
        return;
    case TensorType::F16:
        return append16(values, to, toHalf);
    case TensorType::BF16:
        return append16(values, to, toBfloat16);
    case TensorType::Q8_0:
        for (std::size_t block = 0; block < values.size() / QuantizedBlock; ++block)
            quantize(values.subspan(block * QuantizedBlock).first<QuantizedBlock>(),
                to.data() + before + block * QuantizedBytes);
        return;
    }
}

std::uint16_t toBfloat16(float value)
{
    const auto bits = std::bit_cast<std::uint32_t>(value);
    if ((bits & 0x7fffffffu) > 0x7f800000u) // rounding could turn a NaN into an infinity
        return static_cast<std::uint16_t>((bits >> 16) | 0x40u);
    return static_cast<std::uint16_t>((bits + HalfMinusOne + ((bits >> 16) & 1u)) >> 16);
}

std::uint16_t toHalf(float value)
{
    const auto bits = std::bit_cast<std::uint32_t>(value);
    const std::uint32_t sign = (bits >> 16) & 0x8000u;
    const std::uint32_t magnitude = bits & 0x7fffffffu;
    if (magnitude > 0x7f800000u)
        return static_cast<std::uint16_t>(sign | 0x7e00u | ((magnitude >> 13) & 0x3ffu));
    if (magnitude >= 0x477ff000u) // 65520 and above
        return static_cast<std::uint16_t>(sign | 0x7c00u);
    if (magnitude < 0x38800000u) { // below 2^-14: the unit of the last place is 2^-24, added by F32's own rounding
        const float shifted = std::bit_cast<float>(magnitude) + 0.5f;
        return static_cast<std::uint16_t>(sign | (std::bit_cast<std::uint32_t>(shifted) - 0x3f000000u));
    }
    const std::uint32_t rebiased = magnitude - (112u << 23);
    return static_cast<std::uint16_t>(sign | ((rebiased + 0xfffu + ((rebiased >> 13) & 1u)) >> 13));
}

} // namespace ahascope::formats
