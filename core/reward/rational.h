// Exact fractions of 64-bit integers. What does not fit is refused, never rounded.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace ahascope::reward {

// Always in lowest terms, denominator > 0, so that equal values have equal members.
struct Rational {
    std::int64_t numerator = 0;
    std::int64_t denominator = 1;

    bool operator==(const Rational&) const = default;
};

// None if a result does not fit; divide also for b = 0.
std::optional<Rational> add(Rational a, Rational b);
std::optional<Rational> subtract(Rational a, Rational b);
std::optional<Rational> multiply(Rational a, Rational b);
std::optional<Rational> divide(Rational a, Rational b);
std::optional<Rational> negate(Rational a);

std::string toString(Rational value); // "5", "-7/2"

} // namespace ahascope::reward
