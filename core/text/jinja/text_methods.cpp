#include "core/text/jinja/text_methods.h"

#include <algorithm>

#include "core/text/jinja/operators.h"
#include "core/text/jinja/parameters.h"
#include "core/text/jinja/python_string.h"
#include "core/text/jinja/python_text.h"
#include "core/text/jinja/replace.h"
#include "core/text/utf8.h"

namespace ahascope::text::jinja {

namespace {

// A call of one method.
struct Called {
    const std::string& text;
    const std::string& name;
    const Arguments& arguments;
    Runtime& runtime;
};
using MethodFunction = Value (*)(const Called& call);

Value listOf(const std::vector<std::string_view>& parts, Runtime& runtime)
{
    runtime.budget.make(parts.size(), sizeof(Value) + sizeof(std::string));
    std::vector<Value> items;
    for (const std::string_view part : parts)
        items.push_back(Value::text(std::string(part)));
    return Value::list(std::move(items));
}

Value changeCase(const Called& call)
{
    Parameters(call.name, call.arguments, {});
    call.runtime.budget.make(call.text.size(), 4);
    const Case wanted = call.name == "upper" ? Case::Upper
        : call.name == "lower"               ? Case::Lower
        : call.name == "title"               ? Case::Title
                                             : Case::Capitalized;
    return Value::text(inCase(call.text, wanted));
}

Value stripEnds(const Called& call)
{
    const Parameters given(call.name, call.arguments, {"chars"});
    call.runtime.budget.make(call.text.size());
    const Side side = call.name == "lstrip" ? Side::Left : call.name == "rstrip" ? Side::Right : Side::Both;
    if (!given.given(0) || given.at(0)->isNone())
        return Value::text(std::string(strip(call.text, side)));
    call.runtime.budget.step(call.text.size() * given.text(0).size() / 256);
    return Value::text(std::string(strip(call.text, side, given.text(0))));
}

Value splitApart(const Called& call)
{
    const Parameters given(call.name, call.arguments, {"sep", "maxsplit"});
    std::optional<std::string_view> separator;
    if (given.given(0) && !given.at(0)->isNone())
        separator = given.text(0);
    if (separator && separator->empty())
        throw Fault(call.name + ": the separator is empty");
    call.runtime.budget.make(call.text.size(), separator ? 1 : sizeof(std::string_view));
    call.runtime.budget.make(separator ? count(call.text, *separator) : 0, sizeof(std::string_view));
    const std::int64_t most = given.integer(1, -1);
    return listOf(call.name == "split" ? split(call.text, separator, most) : splitFromRight(call.text, separator, most),
        call.runtime);
}

Value intoLines(const Called& call)
{
    const Parameters given(call.name, call.arguments, {"keepends"});
    call.runtime.budget.make(call.text.size(), sizeof(std::string_view));
    return listOf(splitLines(call.text, given.boolean(0, false)), call.runtime);
}

Value partition(const Called& call)
{
    const Parameters given(call.name, call.arguments, {"sep"}, 1);
    const std::string& separator = given.text(0);
    if (separator.empty())
        throw Fault(call.name + ": the separator is empty");
    call.runtime.budget.make(call.text.size());
    const bool right = call.name == "rpartition";
    const std::size_t at = right ? call.text.rfind(separator) : call.text.find(separator);
    const Value whole = Value::text(call.text);
    const Value none = Value::text("");
    if (at == std::string::npos)
        return right ? Value::tuple({none, none, whole}) : Value::tuple({whole, none, none});
    return Value::tuple({Value::text(call.text.substr(0, at)), Value::text(separator),
        Value::text(call.text.substr(at + separator.size()))});
}

// The stretch of the text that start and end leave.
std::string between(const Called& call, const Parameters& given)
{
    if (!given.given(1) && !given.given(2))
        return call.text;
    const Value none = Value::none();
    return *sliced(Value::text(call.text), given.given(1) ? *given.at(1) : none, given.given(2) ? *given.at(2) : none,
        none, call.runtime)
                .asText();
}

Value beginsOrEnds(const Called& call)
{
    const Parameters given(call.name, call.arguments, {"prefix", "start", "end"}, 1);
    call.runtime.budget.make(call.text.size());
    const std::string text = between(call, given);
    const auto matches = [&](const Value& affix) {
        if (affix.asText() == nullptr)
            throw Fault(call.name + " wants a text, not a " + std::string(typeName(affix)));
        return call.name == "startswith" ? text.starts_with(*affix.asText()) : text.ends_with(*affix.asText());
    };
    if (!given.at(0)->isSequence(SequenceKind::Tuple))
        return Value::boolean(matches(*given.at(0)));
    const std::vector<Value>& affixes = given.at(0)->asSequence()->items;
    return Value::boolean(std::any_of(affixes.begin(), affixes.end(), matches));
}

Value search(const Called& call)
{
    const Parameters given(call.name, call.arguments, {"sub", "start", "end"}, 1);
    const std::string& part = given.text(0);
    call.runtime.budget.make(call.text.size());
    if (given.given(1) || given.given(2))
        throw Fault(call.name + " between two places is not supported", "take a slice of the text first");
    if (call.name == "count")
        return Value::integer(static_cast<std::int64_t>(count(call.text, part)));
    const bool right = call.name.front() == 'r';
    const std::size_t at = right ? call.text.rfind(part) : call.text.find(part);
    if (at != std::string::npos)
        return Value::integer(static_cast<std::int64_t>(countCodePoints(std::string_view(call.text).substr(0, at))));
    if (call.name.ends_with("index"))
        throw Fault(call.name + ": the text is not found");
    return Value::integer(-1);
}

Value replaceParts(const Called& call)
{
    const Parameters given(call.name, call.arguments, {"old", "new", "count"}, 2);
    return Value::text(replaced(call.text, given.text(0), given.text(1), given.integer(2, -1), call.runtime.budget));
}

Value removeAffix(const Called& call)
{
    const Parameters given(call.name, call.arguments, {"affix"}, 1);
    const std::string& affix = given.text(0);
    call.runtime.budget.make(call.text.size());
    if (call.name == "removeprefix")
        return Value::text(call.text.starts_with(affix) ? call.text.substr(affix.size()) : call.text);
    return Value::text(call.text.ends_with(affix) ? call.text.substr(0, call.text.size() - affix.size()) : call.text);
}

Value join(const Called& call)
{
    const Parameters given(call.name, call.arguments, {"iterable"}, 1);
    std::string text;
    bool first = true;
    for (const Value& item : itemsOf(*given.at(0), call.runtime)) {
        if (item.asText() == nullptr)
            throw Fault("join wants texts, not a " + std::string(typeName(item)), "use the filter join");
        call.runtime.budget.append(text, first ? "" : call.text);
        call.runtime.budget.append(text, *item.asText());
        first = false;
    }
    return Value::text(std::move(text));
}

Value pad(const Called& call)
{
    const Parameters given(call.name, call.arguments, {"width", "fillchar"}, 1);
    const Padding side = call.name == "ljust" ? Padding::Right : call.name == "rjust" ? Padding::Left : Padding::Both;
    return Value::text(
        padded(call.text, given.integer(0), side, given.given(1) ? given.text(1) : " ", call.runtime.budget));
}

Value fillWithZeros(const Called& call)
{
    const Parameters given(call.name, call.arguments, {"width"}, 1);
    const bool sign = call.text.starts_with('-') || call.text.starts_with('+');
    const std::string digits = sign ? call.text.substr(1) : call.text;
    const std::int64_t width = given.integer(0);
    const std::int64_t rest = sign && width > INT64_MIN ? width - 1 : width;
    return Value::text(
        call.text.substr(0, sign ? 1 : 0) + padded(digits, rest, Padding::Left, "0", call.runtime.budget));
}

Value classify(const Called& call)
{
    Parameters(call.name, call.arguments, {});
    static constexpr std::pair<std::string_view, CharacterClass> classes[] = {{"isalnum", CharacterClass::Alphanumeric},
        {"isalpha", CharacterClass::Alpha}, {"isdecimal", CharacterClass::Decimal}, {"isdigit", CharacterClass::Digit},
        {"islower", CharacterClass::Lower}, {"isspace", CharacterClass::Space}, {"isupper", CharacterClass::Upper}};
    call.runtime.budget.step(call.text.size() / 64);
    const auto found
        = std::find_if(std::begin(classes), std::end(classes), [&](const auto& one) { return one.first == call.name; });
    return Value::boolean(consistsOf(call.text, found->second));
}

struct NamedMethod {
    std::string_view name;
    MethodFunction apply;
};
constexpr NamedMethod methods[] = {{"capitalize", changeCase}, {"center", pad}, {"count", search},
    {"endswith", beginsOrEnds}, {"find", search}, {"index", search}, {"isalnum", classify}, {"isalpha", classify},
    {"isdecimal", classify}, {"isdigit", classify}, {"islower", classify}, {"isspace", classify}, {"isupper", classify},
    {"join", join}, {"ljust", pad}, {"lower", changeCase}, {"lstrip", stripEnds}, {"partition", partition},
    {"removeprefix", removeAffix}, {"removesuffix", removeAffix}, {"replace", replaceParts}, {"rfind", search},
    {"rindex", search}, {"rjust", pad}, {"rpartition", partition}, {"rsplit", splitApart}, {"rstrip", stripEnds},
    {"split", splitApart}, {"splitlines", intoLines}, {"startswith", beginsOrEnds}, {"strip", stripEnds},
    {"title", changeCase}, {"upper", changeCase}, {"zfill", fillWithZeros}};

} // namespace

std::optional<Value> callTextMethod(
    const std::string& text, const std::string& name, const Arguments& arguments, Runtime& runtime)
{
    const auto found
        = std::find_if(std::begin(methods), std::end(methods), [&](const auto& one) { return one.name == name; });
    if (found == std::end(methods))
        return std::nullopt;
    return found->apply({text, name, arguments, runtime});
}

} // namespace ahascope::text::jinja
