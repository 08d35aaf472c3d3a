#include "core/text/jinja/operators.h"

#include <algorithm>
#include <cmath>

#include "core/text/jinja/python_text.h"
#include "core/text/utf8.h"

namespace ahascope::text::jinja {

namespace {

constexpr std::int64_t LongestRange = 100'000;

std::string signOf(BinaryOperator op)
{
    static constexpr std::string_view signs[] = {"and", "or", "+", "-", "*", "/", "//", "%", "**"};
    return std::string(signs[static_cast<std::size_t>(op)]);
}

[[noreturn]] void tooLarge()
{
    throw Fault("a whole number needs more than 64 bits");
}

std::int64_t floorDivide(std::int64_t a, std::int64_t b)
{
    const std::int64_t quotient = a / b;
    return (a % b != 0 && (a < 0) != (b < 0)) ? quotient - 1 : quotient;
}

// As Python: the quotient without the remainder is whole but for rounding.
double floorDivide(double a, double b, double remainder)
{
    const double quotient = (a - remainder) / b;
    if (quotient == 0)
        return std::copysign(0.0, a / b);
    const double whole = std::floor(quotient);
    return quotient - whole > 0.5 ? whole + 1 : whole;
}

Value power(std::int64_t base, std::int64_t exponent)
{
    if (exponent < 0) {
        if (base == 0)
            throw Fault("zero cannot be raised to a negative power");
        return Value::number(std::pow(static_cast<double>(base), static_cast<double>(exponent)));
    }
    if (exponent > 64 && base != 0 && base != 1 && base != -1)
        tooLarge();
    std::int64_t result = 1;
    const std::int64_t times
        = base == 0 || base == 1 || base == -1 ? std::min<std::int64_t>(exponent, 2 + exponent % 2) : exponent;
    for (std::int64_t i = 0; i < times; ++i) {
        if (__builtin_mul_overflow(result, base, &result))
            tooLarge();
    }
    return Value::integer(result);
}

Value onIntegers(BinaryOperator op, std::int64_t a, std::int64_t b)
{
    std::int64_t result = 0;
    bool overflow = false;
    switch (op) {
    case BinaryOperator::Add:
        overflow = __builtin_add_overflow(a, b, &result);
        break;
    case BinaryOperator::Subtract:
        overflow = __builtin_sub_overflow(a, b, &result);
        break;
    case BinaryOperator::Multiply:
        overflow = __builtin_mul_overflow(a, b, &result);
        break;
    case BinaryOperator::Power:
        return power(a, b);
    default:
        if (b == 0)
            throw Fault("a number is divided by zero");
        if (op == BinaryOperator::Divide)
            return Value::number(static_cast<double>(a) / static_cast<double>(b));
        if (b == -1) // whose quotient may overflow
            return op == BinaryOperator::Modulo ? Value::integer(0) : negative(Value::integer(a));
        result = op == BinaryOperator::FloorDivide ? floorDivide(a, b) : a - floorDivide(a, b) * b;
    }
    if (overflow)
        tooLarge();
    return Value::integer(result);
}

Value onNumbers(BinaryOperator op, double a, double b)
{
    const auto modulo = [&] {
        const double rest = std::fmod(a, b);
        return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest == 0 ? std::copysign(0.0, b) : rest;
    };
    switch (op) {
    case BinaryOperator::Add:
        return Value::number(a + b);
    case BinaryOperator::Subtract:
        return Value::number(a - b);
    case BinaryOperator::Multiply:
        return Value::number(a * b);
    case BinaryOperator::Power: {
        const double result = std::pow(a, b);
        if (!std::isfinite(result) && std::isfinite(a) && std::isfinite(b))
            throw Fault("the power of a number is out of range");
        if (std::isnan(result))
            throw Fault("the power of a number is not a real number");
        return Value::number(result);
    }
    default:
        if (b == 0)
            throw Fault("a number is divided by zero");
        if (op == BinaryOperator::Divide)
            return Value::number(a / b);
        if (op == BinaryOperator::Modulo)
            return Value::number(modulo());
        return Value::number(floorDivide(a, b, modulo()));
    }
}

Value repeated(const Value& value, std::int64_t times, Runtime& runtime)
{
    const auto count = static_cast<std::uint64_t>(std::max<std::int64_t>(times, 0));
    if (const std::string* text = value.asText()) {
        if (text->empty() || count == 0)
            return Value::text("");
        if (count > 1u << 30)
            throw Fault("a text is repeated too often");
        std::string result;
        runtime.budget.grow(result, text->size() * count);
        for (std::uint64_t i = 0; i < count; ++i)
            result += *text;
        return Value::text(std::move(result));
    }
    const Sequence& sequence = *value.asSequence();
    std::vector<Value> items;
    if (count > 1u << 30)
        throw Fault("a list is repeated too often");
    runtime.budget.make(sequence.items.size() * count, sizeof(Value));
    for (std::uint64_t i = 0; i < count && !sequence.items.empty(); ++i)
        items.insert(items.end(), sequence.items.begin(), sequence.items.end());
    return Value::sequence(sequence.kind, std::move(items));
}

bool canRepeat(const Value& value)
{
    return value.asText() != nullptr || value.isSequence(SequenceKind::List) || value.isSequence(SequenceKind::Tuple);
}

Value joined(const Value& left, const Value& right, Runtime& runtime)
{
    if (left.asText() != nullptr && right.asText() != nullptr) {
        std::string text;
        runtime.budget.grow(text, left.asText()->size() + right.asText()->size());
        return Value::text(text.append(*left.asText()).append(*right.asText()));
    }
    const Sequence* first = left.asSequence();
    const Sequence* second = right.asSequence();
    if (first != nullptr && second != nullptr && first->kind == second->kind && first->kind <= SequenceKind::Tuple) {
        runtime.budget.make(first->items.size() + second->items.size(), sizeof(Value));
        std::vector<Value> items = first->items;
        items.insert(items.end(), second->items.begin(), second->items.end());
        return Value::sequence(first->kind, std::move(items));
    }
    throw Fault("a " + std::string(typeName(left)) + " and a " + std::string(typeName(right)) + " cannot be added",
        left.asText() != nullptr || right.asText() != nullptr ? "write ~ to join texts" : "");
}

void checkDefined(const Value& value)
{
    if (const Undefined* undefined = value.as<Undefined>())
        throw Fault(*undefined->reason);
}

std::optional<std::int64_t> slicePart(const Value& value)
{
    if (value.isNone())
        return std::nullopt;
    const auto number = value.asInteger();
    if (!number)
        throw Fault("a slice is bounded by a " + std::string(typeName(value)) + ", not a whole number");
    return number;
}

// The indices that [start:stop:step] takes of `length` items, as Python's slice.indices().
std::vector<std::size_t> sliceIndices(std::int64_t length, const Value& start, const Value& stop, const Value& step)
{
    const std::int64_t by = std::clamp<std::int64_t>(slicePart(step).value_or(1), -INT64_MAX, INT64_MAX);
    if (by == 0)
        throw Fault("the step of a slice is zero");
    const std::int64_t low = by > 0 ? 0 : -1;
    const std::int64_t high = by > 0 ? length : length - 1;
    const auto bound = [&](const Value& part, std::int64_t absent) {
        const auto given = slicePart(part);
        if (!given)
            return absent;
        return *given < 0 ? std::max(*given < -length ? low : *given + length, low) : std::min(*given, high);
    };
    const std::int64_t first = bound(start, by > 0 ? low : high);
    const std::int64_t last = bound(stop, by > 0 ? high : low);
    std::vector<std::size_t> indices;
    std::int64_t at = first;
    while (by > 0 ? at < last : at > last) {
        indices.push_back(static_cast<std::size_t>(at));
        if (__builtin_add_overflow(at, by, &at))
            break;
    }
    return indices;
}

} // namespace

Value arithmetic(BinaryOperator op, const Value& left, const Value& right, Runtime& runtime)
{
    checkDefined(left);
    if (op == BinaryOperator::Modulo && left.asText() != nullptr)
        return Value::text(formatted(*left.asText(), right, runtime));
    checkDefined(right);
    if (left.asInteger() && right.asInteger())
        return onIntegers(op, *left.asInteger(), *right.asInteger());
    if (left.asNumber() && right.asNumber())
        return onNumbers(op, *left.asNumber(), *right.asNumber());
    if (op == BinaryOperator::Multiply && canRepeat(left) && right.asInteger())
        return repeated(left, *right.asInteger(), runtime);
    if (op == BinaryOperator::Multiply && canRepeat(right) && left.asInteger())
        return repeated(right, *left.asInteger(), runtime);
    if (op == BinaryOperator::Add)
        return joined(left, right, runtime);
    throw Fault("a " + std::string(typeName(left)) + " " + signOf(op) + " a " + std::string(typeName(right))
        + " has no meaning");
}

Value negative(const Value& value)
{
    checkDefined(value);
    if (const auto integer = value.asInteger()) {
        if (*integer == INT64_MIN)
            tooLarge();
        return Value::integer(-*integer);
    }
    if (const auto number = value.asNumber())
        return Value::number(-*number);
    throw Fault("a " + std::string(typeName(value)) + " cannot be negative");
}

Value positive(const Value& value)
{
    checkDefined(value);
    if (const auto integer = value.asInteger())
        return Value::integer(*integer);
    if (const auto number = value.asNumber())
        return Value::number(*number);
    throw Fault("a " + std::string(typeName(value)) + " cannot have a sign");
}

bool contains(const Value& container, const Value& item, Runtime& runtime)
{
    if (const std::string* text = container.asText()) {
        if (item.asText() == nullptr)
            throw Fault("only a text can be in a text, not a " + std::string(typeName(item)));
        runtime.budget.step(text->size() / 256);
        return text->find(*item.asText()) != std::string::npos;
    }
    if (const Dict* dict = container.asDict())
        return item.asText() != nullptr ? find(*dict, *item.asText(), runtime.budget) != nullptr
                                        : find(*dict, item, runtime.budget) != nullptr;
    const std::vector<Value> items = itemsOf(container, runtime);
    return std::any_of(items.begin(), items.end(), [&](const Value& one) { return equal(one, item, runtime.budget); });
}

bool compares(Comparison comparison, const Value& left, const Value& right, Runtime& runtime)
{
    switch (comparison) {
    case Comparison::Equal:
        return equal(left, right, runtime.budget);
    case Comparison::NotEqual:
        return !equal(left, right, runtime.budget);
    case Comparison::In:
        return contains(right, left, runtime);
    case Comparison::NotIn:
        return !contains(right, left, runtime);
    default:
        break;
    }
    checkDefined(left);
    checkDefined(right);
    const auto order = compare(left, right, runtime.budget);
    if (!order) {
        if (left.asNumber() && right.asNumber())
            return false; // not a number
        throw Fault("a " + std::string(typeName(left)) + " and a " + std::string(typeName(right)) + " have no order");
    }
    switch (comparison) {
    case Comparison::Less:
        return *order < 0;
    case Comparison::LessOrEqual:
        return *order <= 0;
    case Comparison::Greater:
        return *order > 0;
    default:
        return *order >= 0;
    }
}

Value sliced(const Value& object, const Value& start, const Value& stop, const Value& step, Runtime& runtime)
{
    checkDefined(object);
    if (const std::string* text = object.asText()) {
        runtime.budget.make(text->size(), 2 * sizeof(std::size_t));
        const std::vector<std::size_t> starts = codePointStarts(*text);
        std::string result;
        for (const std::size_t i : sliceIndices(static_cast<std::int64_t>(starts.size()) - 1, start, stop, step))
            result.append(*text, starts[i], starts[i + 1] - starts[i]);
        return Value::text(std::move(result));
    }
    const Sequence* sequence = object.asSequence();
    if (sequence == nullptr || sequence->kind > SequenceKind::Range)
        throw Fault("a " + std::string(typeName(object)) + " cannot be sliced");
    runtime.budget.make(sequence->items.size(), sizeof(Value));
    std::vector<Value> items;
    for (const std::size_t i : sliceIndices(static_cast<std::int64_t>(sequence->items.size()), start, stop, step))
        items.push_back(sequence->items[i]);
    return Value::sequence(sequence->kind, std::move(items));
}

Value makeRange(std::int64_t start, std::int64_t stop, std::int64_t step, Runtime& runtime)
{
    if (step == 0)
        throw Fault("the step of a range is zero");
    std::vector<Value> numbers;
    std::int64_t at = start;
    while (step > 0 ? at < stop : at > stop) {
        if (static_cast<std::int64_t>(numbers.size()) >= LongestRange)
            throw Fault("a range has more than " + std::to_string(LongestRange) + " numbers");
        runtime.budget.make(1, sizeof(Value));
        numbers.push_back(Value::integer(at));
        if (__builtin_add_overflow(at, step, &at))
            break;
    }
    return Value::sequence(SequenceKind::Range, std::move(numbers));
}

std::string formatted(const std::string& format, const Value& arguments, Runtime& runtime)
{
    const bool several = arguments.isSequence(SequenceKind::Tuple);
    const std::size_t given = several ? arguments.asSequence()->items.size() : 1;
    std::size_t used = 0;
    std::string text;
    for (std::size_t at = 0; at < format.size(); ++at) {
        if (format[at] != '%') {
            runtime.budget.append(text, std::string_view(format).substr(at, 1));
            continue;
        }
        const char kind = ++at < format.size() ? format[at] : '\0';
        if (kind == '%') {
            runtime.budget.append(text, "%");
            continue;
        }
        if (std::string_view("srdi").find(kind) == std::string_view::npos || kind == '\0')
            throw Fault("only %s, %r, %d and %% are supported in a format");
        if (used >= given)
            throw Fault("a format has more places than arguments");
        const Value& value = several ? arguments.asSequence()->items[used] : arguments;
        ++used;
        if (kind == 's') {
            runtime.budget.append(text, toText(value, runtime.budget));
        } else if (kind == 'r') {
            runtime.budget.append(text, toRepresentation(value, runtime.budget));
        } else {
            const auto number = value.asNumber();
            if (!number || !(std::abs(*number) < 9e18))
                throw Fault("%d wants a number");
            runtime.budget.append(
                text, std::to_string(value.asInteger() ? *value.asInteger() : static_cast<std::int64_t>(*number)));
        }
    }
    if (used < given && !(!several && arguments.asDict() != nullptr)
        && !(!several && arguments.isSequence(SequenceKind::List)))
        throw Fault("a format has fewer places than arguments");
    return text;
}

} // namespace ahascope::text::jinja
