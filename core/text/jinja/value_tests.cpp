#include "core/text/jinja/value_tests.h"

#include <algorithm>
#include <vector>

#include "core/text/jinja/filters.h"
#include "core/text/jinja/operators.h"
#include "core/text/jinja/parameters.h"
#include "core/text/jinja/python_string.h"
#include "core/text/jinja/python_text.h"
#include "core/text/nearest_name.h"

namespace ahascope::text::jinja {

namespace {

// Tests without an argument.
struct PlainTest {
    std::string_view name;
    bool (*holds)(const Value& value);
};

bool isSequence(const Value& value)
{
    const Sequence* sequence = value.asSequence();
    return value.asText() != nullptr || value.asDict() != nullptr || value.isUndefined()
        || (sequence != nullptr && sequence->kind <= SequenceKind::Range);
}

bool isIterable(const Value& value)
{
    return isSequence(value) || value.asSequence() != nullptr || value.is<Generator*>() || value.is<Loop*>();
}

bool isCallable(const Value& value)
{
    return value.is<Function>() || value.is<const Macro*>() || value.is<std::shared_ptr<const Method>>()
        || value.is<Loop*>() || value.isUndefined();
}

constexpr PlainTest plainTests[] = {
    {"boolean", [](const Value& v) { return v.is<bool>(); }},
    {"callable", isCallable},
    {"defined", [](const Value& v) { return !v.isUndefined(); }},
    {"escaped", [](const Value&) { return false; }},
    {"false", [](const Value& v) { return v.is<bool>() && !truth(v); }},
    {"float", [](const Value& v) { return v.is<double>(); }},
    {"integer", [](const Value& v) { return v.is<std::int64_t>(); }},
    {"iterable", isIterable},
    {"mapping", [](const Value& v) { return v.asDict() != nullptr; }},
    {"none", [](const Value& v) { return v.isNone(); }},
    {"number", [](const Value& v) { return v.asNumber().has_value(); }},
    {"sequence", isSequence},
    {"string", [](const Value& v) { return v.asText() != nullptr; }},
    {"true", [](const Value& v) { return v.is<bool>() && truth(v); }},
    {"undefined", [](const Value& v) { return v.isUndefined(); }},
};

struct ComparingTest {
    std::string_view name;
    Comparison comparison;
};
constexpr ComparingTest comparingTests[] = {{"==", Comparison::Equal}, {"eq", Comparison::Equal},
    {"equalto", Comparison::Equal}, {"!=", Comparison::NotEqual}, {"ne", Comparison::NotEqual},
    {">", Comparison::Greater}, {"gt", Comparison::Greater}, {"greaterthan", Comparison::Greater},
    {">=", Comparison::GreaterOrEqual}, {"ge", Comparison::GreaterOrEqual}, {"<", Comparison::Less},
    {"lt", Comparison::Less}, {"lessthan", Comparison::Less}, {"<=", Comparison::LessOrEqual},
    {"le", Comparison::LessOrEqual}, {"in", Comparison::In}};

constexpr std::string_view otherTests[] = {"divisibleby", "even", "filter", "lower", "odd", "sameas", "test", "upper"};

Value remainder(const Value& value, const Value& divisor, Runtime& runtime)
{
    if (value.asText() != nullptr)
        throw Fault("a text has no remainder");
    return arithmetic(BinaryOperator::Modulo, value, divisor, runtime);
}

// The same object: of values without identity here, the same type and value.
bool same(const Value& a, const Value& b, Runtime& runtime)
{
    return a.data.index() == b.data.index() && equal(a, b, runtime.budget);
}

bool applyOther(const std::string& name, const Value& value, const Arguments& arguments, Runtime& runtime)
{
    if (name == "divisibleby") {
        const Parameters given(name, arguments, {"num"}, 1);
        return equal(remainder(value, *given.at(0), runtime), Value::integer(0), runtime.budget);
    }
    if (name == "sameas")
        return same(value, *Parameters(name, arguments, {"other"}, 1).at(0), runtime);
    Parameters(name, arguments, {});
    if (name == "even" || name == "odd")
        return equal(
            remainder(value, Value::integer(2), runtime), Value::integer(name == "odd" ? 1 : 0), runtime.budget);
    if (name == "lower" || name == "upper")
        return consistsOf(
            toText(value, runtime.budget), name == "lower" ? CharacterClass::Lower : CharacterClass::Upper);
    const std::string* text = value.asText();
    return text != nullptr && (name == "filter" ? isKnownFilter(*text) : isKnownTest(*text));
}

template <typename Tests>
auto findTest(const Tests& tests, std::string_view name)
{
    return std::find_if(std::begin(tests), std::end(tests), [&](const auto& test) { return test.name == name; });
}

} // namespace

bool isKnownTest(std::string_view name)
{
    return findTest(plainTests, name) != std::end(plainTests)
        || findTest(comparingTests, name) != std::end(comparingTests)
        || std::find(std::begin(otherTests), std::end(otherTests), name) != std::end(otherTests);
}

std::string testRemedy(std::string_view name)
{
    std::vector<std::string> known(std::begin(otherTests), std::end(otherTests));
    for (const PlainTest& test : plainTests)
        known.emplace_back(test.name);
    for (const ComparingTest& test : comparingTests)
        known.emplace_back(test.name);
    std::sort(known.begin(), known.end());
    return nameRemedy(name, known);
}

bool applyTest(const std::string& name, const Value& value, const Arguments& arguments, Runtime& runtime)
{
    runtime.budget.step();
    if (const auto plain = findTest(plainTests, name); plain != std::end(plainTests)) {
        Parameters(name, arguments, {});
        return plain->holds(value);
    }
    if (const auto comparing = findTest(comparingTests, name); comparing != std::end(comparingTests)) {
        const Parameters given(name, arguments, {"other"}, 1);
        return compares(comparing->comparison, value, *given.at(0), runtime);
    }
    if (!isKnownTest(name))
        throw Fault("there is no test " + name.substr(0, 80), testRemedy(name));
    return applyOther(name, value, arguments, runtime);
}

} // namespace ahascope::text::jinja
