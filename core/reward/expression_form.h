// The canonical form of an expression: two expressions that differ only in the order and grouping of sums and products
// have the same text, so that a vote over answers can count them as one.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/reward/expression.h"

namespace ahascope::reward {

// A sum of terms with signs, or a product of factors and divisors with one sign. A lone number is a sum of one term.
struct Form {
    struct Part {
        std::string text;
        bool inverse = false; // subtracted, or divided by
    };
    bool isProduct = false;
    bool negative = false; // of a product
    std::vector<Part> parts;
};

Form numberForm(Rational value);
Form negated(Form form);

// The form of an expression whose operands have these forms, in order: a number's own, or that of the step whose result
// it is. operands.size() is that of the expression.
Form formOf(const Expression& expression, std::span<const Form> operands);

// "3*11-8" for 11 * 3 - 8; sorted, with parentheses around sums within products and the other way round.
std::string toString(const Form& form);

} // namespace ahascope::reward
