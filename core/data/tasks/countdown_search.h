// Every way to combine numbers two at a time, in an order that can be learnt.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ahascope::data {

enum class Outcome : std::uint8_t {
    Live,
    TooBig,   // above the largest value
    TooSmall, // 0: nothing is gained by it
    Broken    // a division with a remainder
};

struct Equation {
    std::int64_t left = 0;
    char operation = '+';
    std::int64_t right = 0;
    std::int64_t result = 0; // 0 for a broken one
    Outcome outcome = Outcome::Live;

    bool operator==(const Equation&) const = default;
};

// Equations from the numbers to one value; one that is not live ends it early.
struct Try {
    std::vector<Equation> steps;
    std::string expression; // "( 8 * 3 ) - 11"; empty when not live

    bool live() const { return !expression.empty(); }
    std::int64_t result() const { return steps.back().result; }
};

struct SearchRules {
    std::string_view operations = "+-*"; // in the order in which they are tried
    std::int64_t largestValue = 99;      // of every result
};

// Depth first: pairs in the order in which the numbers stand, operations in their order, the result put first among the
// numbers that are left. The larger one stands left of - and /. Pairs of equal values are tried once. With three
// numbers a try follows from the one before it: the next operation on its last two values, else the next operation or
// pair of the first step.
std::vector<Try> allTries(const std::vector<std::int64_t>& numbers, const SearchRules& rules);

// Number of first steps that two tries have in common.
std::size_t commonSteps(const Try& a, const Try& b);

} // namespace ahascope::data
