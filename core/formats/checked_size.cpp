#include "core/formats/checked_size.h"

#include "core/problem.h"

namespace ahascope::formats {

namespace {

constexpr std::uint64_t Largest = INT64_MAX;

std::uint64_t fitting(bool overflowed, std::uint64_t result, const std::string& where)
{
    if (overflowed || result > Largest)
        throw InputError(
            Problem{where, "a size does not fit in 63 bits", "the file is damaged: fetch or save it again"});
    return result;
}

} // namespace

std::uint64_t checkedProduct(std::uint64_t a, std::uint64_t b, const std::string& where)
{
    std::uint64_t result = 0;
    const bool overflowed = __builtin_mul_overflow(a, b, &result);
    return fitting(overflowed, result, where);
}

std::uint64_t checkedSum(std::uint64_t a, std::uint64_t b, const std::string& where)
{
    std::uint64_t result = 0;
    const bool overflowed = __builtin_add_overflow(a, b, &result);
    return fitting(overflowed, result, where);
}

std::uint64_t checkedRoundUp(std::uint64_t value, std::uint64_t step, const std::string& where)
{
    const std::uint64_t over = value % step;
    return over == 0 ? value : checkedSum(value, step - over, where);
}

} // namespace ahascope::formats
