#include "core/reward/expression_form.h"

#include <algorithm>
#include <iterator>

namespace ahascope::reward {

namespace {

bool isLone(const Form& form)
{
    return form.parts.size() == 1 && !form.parts.front().inverse;
}

// The form as the parts of a sum or of a product; the other kind becomes one part in parentheses.
std::vector<Form::Part> partsAs(Form form, bool product)
{
    if (form.isProduct == product) {
        return std::move(form.parts);
    }
    if (isLone(form)) {
        return std::move(form.parts);
    }
    return {{"(" + toString(form) + ")", false}};
}

Form combined(Form left, Form right, bool product, bool inverse)
{
    Form form{product, partsAs(std::move(left), product)};
    std::vector<Form::Part> more = partsAs(std::move(right), product);
    for (Form::Part& part : more) {
        part.inverse = part.inverse != inverse;
    }
    std::move(more.begin(), more.end(), std::back_inserter(form.parts));
    return form;
}

} // namespace

Form numberForm(Rational value)
{
    const bool negative = value.numerator < 0;
    if (negative) {
        value.numerator = -value.numerator;
    }
    return {false, {{toString(value), negative}}};
}

Form negated(Form form)
{
    Form sum{false, partsAs(std::move(form), false)};
    for (Form::Part& part : sum.parts) {
        part.inverse = !part.inverse;
    }
    return sum;
}

Form formOf(const Expression& expression, std::span<const Form> operands)
{
    std::vector<Form> stack;
    std::size_t next = 0;
    for (const Operation operation : expression.postfix) {
        if (operation == Operation::Take) {
            stack.push_back(operands[next++]);
            continue;
        }
        Form right = std::move(stack.back());
        stack.pop_back();
        if (operation == Operation::Negate) {
            stack.push_back(negated(std::move(right)));
            continue;
        }
        const bool product = operation == Operation::Multiply || operation == Operation::Divide;
        const bool inverse = operation == Operation::Subtract || operation == Operation::Divide;
        stack.back() = combined(std::move(stack.back()), std::move(right), product, inverse);
    }
    return std::move(stack.back());
}

std::string toString(const Form& form)
{
    std::vector<Form::Part> parts = form.parts;
    std::sort(parts.begin(), parts.end(),
        [](const Form::Part& a, const Form::Part& b) { return a.inverse != b.inverse ? b.inverse : a.text < b.text; });
    std::string text;
    for (const Form::Part& part : parts) {
        if (form.isProduct) {
            text += part.inverse ? (text.empty() ? "1/" : "/") : (text.empty() ? "" : "*");
        } else {
            text += part.inverse ? "-" : (text.empty() ? "" : "+");
        }
        text += part.text;
    }
    return text;
}

} // namespace ahascope::reward
