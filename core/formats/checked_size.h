// Arithmetic for sizes that a file states. Every size and offset of every format goes through here.
#pragma once

#include <cstdint>
#include <string>

namespace ahascope::formats {

// All throw InputError with `where` when the result is above the largest 63-bit number, so that it also fits the signed
// types.
std::uint64_t checkedProduct(std::uint64_t a, std::uint64_t b, const std::string& where);
std::uint64_t checkedSum(std::uint64_t a, std::uint64_t b, const std::string& where);
// `value` rounded up to a multiple of `step` (at least 1).
std::uint64_t checkedRoundUp(std::uint64_t value, std::uint64_t step, const std::string& where);

} // namespace ahascope::formats
