// How weight files store numbers, and the way to and from F32.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ahascope::formats {

// Q8_0 is GGUF's: blocks of 32 values, each a scale in F16 and 32 signed bytes.
enum class TensorType { F32, F16, BF16, Q8_0 };

std::string_view nameOf(TensorType type);
std::uint64_t valuesPerBlock(TensorType type); // 1, or 32
std::uint64_t bytesPerBlock(TensorType type);

// Bytes that `count` values (whole blocks) take; throws InputError with `where` when they do not fit 63 bits.
std::uint64_t storedBytes(TensorType type, std::uint64_t count, const std::string& where);

// A tensor as a file's header describes it.
struct TensorEntry {
    std::string name;
    TensorType type = TensorType::F32;
    std::vector<std::int64_t> shape; // row-major; empty for a single value
    std::uint64_t count = 0;         // product of shape, >= 1
    std::uint64_t begin = 0;         // bytes from the start of the file's tensor data
    std::uint64_t end = 0;
};

struct TensorShape {
    std::string name;
    std::vector<std::int64_t> shape;
};

// Number of values of a tensor; throws InputError with `where` when it does not fit 63 bits.
std::uint64_t valueCount(const TensorShape& tensor, const std::string& where);

// Converts stored values (at any address) to F32; every stored value has an exact one. std::logic_error when the spans
// do not hold the same number of values.
void toFloat(TensorType type, std::span<const std::byte> stored, std::span<float> into);

// Converts whole blocks and appends them: the nearest value, ties to even. Q8_0 scales by the largest magnitude of a
// block / 127 and rounds half away from zero, as ggml does; its values must be finite.
void appendStored(TensorType type, std::span<const float> values, std::vector<std::byte>& to);

// To the nearest, ties to even; a NaN stays a NaN. F16 has no finite value above 65504: from 65520 on it is infinite.
std::uint16_t toBfloat16(float value);
std::uint16_t toHalf(float value);

} // namespace ahascope::formats
