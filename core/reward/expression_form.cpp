#include "core/reward/expression_form.h"

#include <algorithm>
#include <iterator>

namespace ahascope::reward {

namespace {

Form asSum(Form form)
{
    if (!form.isProduct) {
        return form;
    }
    const bool negative = form.negative;
    form.negative = false;
    return {false, false, {{"(" + toString(form) + ")", negative}}};
}

Form asProduct(Form form)
{
    if (form.isProduct) {
        return form;
    }
    if (form.parts.size() == 1) { // a number: its sign becomes the product's
        return {true, form.parts.front().inverse, {{std::move(form.parts.front().text), false}}};
    }
    return {true, false, {{"(" + toString(form) + ")", false}}};
}

Form combined(Form left, Form right, bool inverse)
{
    for (Form::Part& part : right.parts) {
        part.inverse = part.inverse != inverse;
    }
    left.negative = left.negative != right.negative;
    std::move(right.parts.begin(), right.parts.end(), std::back_inserter(left.parts));
    return left;
}

} // namespace

Form numberForm(Rational value)
{
    // A sign that belongs to the number stays with it: another sign before it must not take it away.
    return {false, false, {{value.numerator < 0 ? "(" + toString(value) + ")" : toString(value), false}}};
}

Form negated(Form form)
{
    if (form.isProduct) {
        form.negative = !form.negative;
        return form;
    }
    for (Form::Part& part : form.parts) {
        part.inverse = !part.inverse;
    }
    return form;
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
        Form left = std::move(stack.back());
        if (operation == Operation::Multiply || operation == Operation::Divide) {
            stack.back()
                = combined(asProduct(std::move(left)), asProduct(std::move(right)), operation == Operation::Divide);
        } else {
            stack.back() = combined(asSum(std::move(left)), asSum(std::move(right)), operation == Operation::Subtract);
        }
    }
    return std::move(stack.back());
}

std::string toString(const Form& form)
{
    std::vector<Form::Part> parts = form.parts;
    std::sort(parts.begin(), parts.end(),
        [](const Form::Part& a, const Form::Part& b) { return a.inverse != b.inverse ? b.inverse : a.text < b.text; });
    std::string text = form.negative ? "-" : "";
    bool first = true;
    for (const Form::Part& part : parts) {
        if (form.isProduct) { // never begins with a divisor: what is divided stands first
            text += part.inverse ? "/" : (first ? "" : "*");
        } else {
            text += part.inverse ? "-" : (first ? "" : "+");
        }
        text += part.text;
        first = false;
    }
    return text;
}

} // namespace ahascope::reward
