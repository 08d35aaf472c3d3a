#include "core/reward/rational.h"

#include <limits>

namespace ahascope::reward {

namespace {

// Products of two 64-bit numbers and sums of two such products fit in 128 bits.
__extension__ typedef __int128 Wide;

std::optional<Rational> reduced(Wide numerator, Wide denominator)
{
    if (denominator < 0) {
        numerator = -numerator;
        denominator = -denominator;
    }
    Wide a = numerator < 0 ? -numerator : numerator;
    Wide b = denominator;
    while (b != 0) {
        const Wide rest = a % b;
        a = b;
        b = rest;
    }
    numerator /= a; // a is their greatest common divisor, at least 1
    denominator /= a;
    constexpr Wide most = std::numeric_limits<std::int64_t>::max();
    if (numerator > most || numerator < -most || denominator > most) {
        return std::nullopt;
    }
    return Rational{static_cast<std::int64_t>(numerator), static_cast<std::int64_t>(denominator)};
}

} // namespace

std::optional<Rational> add(Rational a, Rational b)
{
    return reduced(
        Wide{a.numerator} * b.denominator + Wide{b.numerator} * a.denominator, Wide{a.denominator} * b.denominator);
}

std::optional<Rational> subtract(Rational a, Rational b)
{
    return reduced(
        Wide{a.numerator} * b.denominator - Wide{b.numerator} * a.denominator, Wide{a.denominator} * b.denominator);
}

std::optional<Rational> multiply(Rational a, Rational b)
{
    return reduced(Wide{a.numerator} * b.numerator, Wide{a.denominator} * b.denominator);
}

std::optional<Rational> divide(Rational a, Rational b)
{
    if (b.numerator == 0) {
        return std::nullopt;
    }
    return reduced(Wide{a.numerator} * b.denominator, Wide{a.denominator} * b.numerator);
}

std::optional<Rational> negate(Rational a)
{
    return reduced(-Wide{a.numerator}, a.denominator);
}

std::string toString(Rational value)
{
    std::string text = std::to_string(value.numerator);
    return value.denominator == 1 ? text : text + "/" + std::to_string(value.denominator);
}

} // namespace ahascope::reward
