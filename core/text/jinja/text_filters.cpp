// Filters that make texts and numbers.
#include <algorithm>
#include <charconv>
#include <cmath>

#include "core/text/jinja/filters.h"
#include "core/text/jinja/operators.h"
#include "core/text/jinja/parameters.h"
#include "core/text/jinja/python_string.h"
#include "core/text/jinja/python_text.h"
#include "core/text/jinja/replace.h"
#include "core/text/unicode_class.h"
#include "core/text/utf8.h"

namespace ahascope::text::jinja {

namespace {

Value cased(std::string_view name, Case wanted, const Value& input, const Arguments& arguments, Runtime& runtime)
{
    Parameters(name, arguments, {});
    const std::string text = toText(input, runtime.budget);
    runtime.budget.make(text.size(), 4);
    return Value::text(inCase(text, wanted));
}

Value upper(const Value& input, const Arguments& arguments, Runtime& runtime)
{
    return cased("upper", Case::Upper, input, arguments, runtime);
}

Value lower(const Value& input, const Arguments& arguments, Runtime& runtime)
{
    return cased("lower", Case::Lower, input, arguments, runtime);
}

Value capitalize(const Value& input, const Arguments& arguments, Runtime& runtime)
{
    return cased("capitalize", Case::Capitalized, input, arguments, runtime);
}

// Unlike str.title(): words begin after white space, hyphens and opening brackets only.
Value title(const Value& input, const Arguments& arguments, Runtime& runtime)
{
    Parameters("title", arguments, {});
    const std::string text = toText(input, runtime.budget);
    runtime.budget.make(text.size(), 4);
    std::string result;
    const auto separates = [&](std::size_t at) {
        return spaceLength(text, at) > 0 || std::string_view("-({[<").find(text[at]) != std::string_view::npos;
    };
    for (std::size_t at = 0; at < text.size();) {
        std::size_t end = at;
        while (end < text.size() && !separates(end))
            end += codePointAt(text, end).bytes;
        if (end == at) {
            const std::size_t bytes = codePointAt(text, at).bytes;
            result += text.substr(at, bytes);
            at += bytes;
            continue;
        }
        const std::size_t first = codePointAt(text, at).bytes;
        result += inCase(text.substr(at, first), Case::Upper);
        result += inCase(text.substr(at + first, end - at - first), Case::Lower);
        at = end;
    }
    return Value::text(std::move(result));
}

Value trim(const Value& input, const Arguments& arguments, Runtime& runtime)
{
    const Parameters given("trim", arguments, {"chars"});
    const std::string text = toText(input, runtime.budget);
    if (given.given(0) && !given.at(0)->isNone())
        return Value::text(std::string(strip(text, Side::Both, given.text(0))));
    return Value::text(std::string(strip(text, Side::Both)));
}

Value string(const Value& input, const Arguments& arguments, Runtime& runtime)
{
    Parameters("string", arguments, {});
    return Value::text(toText(input, runtime.budget));
}

// The result is never escaped, since templates are rendered without autoescape.
Value safe(const Value& input, const Arguments& arguments, Runtime& runtime)
{
    Parameters("safe", arguments, {});
    return Value::text(toText(input, runtime.budget));
}

Value escape(const Value& input, const Arguments& arguments, Runtime& runtime)
{
    Parameters("escape", arguments, {});
    std::string escaped;
    for (const char c : toText(input, runtime.budget)) {
        const std::string_view one(&c, 1);
        runtime.budget.append(escaped,
            c == '&'        ? "&amp;"
                : c == '<'  ? "&lt;"
                : c == '>'  ? "&gt;"
                : c == '"'  ? "&#34;"
                : c == '\'' ? "&#39;"
                            : one);
    }
    return Value::text(std::move(escaped));
}

Value replace(const Value& input, const Arguments& arguments, Runtime& runtime)
{
    const Parameters given("replace", arguments, {"old", "new", "count"}, 2);
    const std::int64_t most = given.given(2) && !given.at(2)->isNone() ? given.integer(2) : -1;
    return Value::text(replaced(toText(input, runtime.budget), toText(*given.at(0), runtime.budget),
        toText(*given.at(1), runtime.budget), most, runtime.budget));
}

Value indent(const Value& input, const Arguments& arguments, Runtime& runtime)
{
    const Parameters given("indent", arguments, {"width", "first", "blank"});
    if (input.asText() == nullptr)
        throw Fault("indent wants a text, not a " + std::string(typeName(input)));
    std::string indention;
    if (given.given(0) && given.at(0)->asText() != nullptr) {
        indention = given.text(0);
    } else {
        const auto width = static_cast<std::uint64_t>(std::max<std::int64_t>(given.integer(0, 4), 0));
        runtime.budget.grow(indention, width);
        indention.assign(width, ' ');
    }
    const bool blank = given.boolean(2, false);
    runtime.budget.make(input.asText()->size());
    const std::string text = *input.asText() + "\n";
    std::string result = given.boolean(1, false) ? indention : "";
    bool begins = true;
    for (const std::string_view line : splitLines(text, false)) {
        if (!begins) {
            runtime.budget.append(result, "\n");
            if (blank || !line.empty())
                runtime.budget.append(result, indention);
        }
        runtime.budget.append(result, line);
        begins = false;
    }
    return Value::text(std::move(result));
}

Value center(const Value& input, const Arguments& arguments, Runtime& runtime)
{
    const Parameters given("center", arguments, {"width"});
    const std::string text = toText(input, runtime.budget);
    return Value::text(padded(text, given.integer(0, 80), Padding::Both, " ", runtime.budget));
}

Value format(const Value& input, const Arguments& arguments, Runtime& runtime)
{
    if (!arguments.named.empty())
        throw Fault("format with named arguments is not supported", "write %s and give the values in order");
    return Value::text(formatted(toText(input, runtime.budget), Value::tuple(arguments.positional), runtime));
}

Value wordcount(const Value& input, const Arguments& arguments, Runtime& runtime)
{
    Parameters("wordcount", arguments, {});
    const std::string text = toText(input, runtime.budget);
    std::int64_t words = 0;
    bool inside = false;
    for (std::size_t at = 0; at < text.size();) {
        const CodePoint one = codePointAt(text, at);
        const bool word = UnicodeClasses::instance().isWord(one.value);
        words += word && !inside ? 1 : 0;
        inside = word;
        at += one.bytes;
    }
    return Value::integer(words);
}

std::optional<double> parsedNumber(std::string_view text)
{
    text = strip(text, Side::Both);
    if (text.starts_with('+'))
        text.remove_prefix(1);
    double number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    if (read.ec != std::errc() || read.ptr != text.data() + text.size() || text.empty())
        return std::nullopt;
    return number;
}

std::optional<std::int64_t> parsedInteger(std::string_view text, int base)
{
    text = strip(text, Side::Both);
    if (text.starts_with('+'))
        text.remove_prefix(1);
    std::int64_t number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number, base);
    if (read.ec == std::errc::result_out_of_range)
        throw Fault("a whole number needs more than 64 bits");
    if (read.ec != std::errc() || read.ptr != text.data() + text.size())
        return std::nullopt;
    return number;
}

Value integral(double number, const Value& absent)
{
    if (!std::isfinite(number))
        return absent;
    if (!(std::abs(number) < 9.2e18))
        throw Fault("a whole number needs more than 64 bits");
    return Value::integer(static_cast<std::int64_t>(number));
}

Value toInteger(const Value& input, const Arguments& arguments, Runtime&)
{
    const Parameters given("int", arguments, {"default", "base"});
    const Value absent = given.given(0) ? *given.at(0) : Value::integer(0);
    if (const Undefined* undefined = input.as<Undefined>())
        throw Fault(*undefined->reason);
    if (const std::string* text = input.asText()) {
        const std::int64_t base = given.integer(1, 10);
        if (base < 2 || base > 36)
            throw Fault("int: a base lies between 2 and 36");
        if (const auto number = parsedInteger(*text, static_cast<int>(base)))
            return Value::integer(*number);
        const auto number = parsedNumber(*text);
        return number ? integral(*number, absent) : absent;
    }
    if (const auto number = input.asInteger())
        return Value::integer(*number);
    return input.asNumber() ? integral(*input.asNumber(), absent) : absent;
}

Value toFloat(const Value& input, const Arguments& arguments, Runtime&)
{
    const Parameters given("float", arguments, {"default"});
    if (const Undefined* undefined = input.as<Undefined>())
        throw Fault(*undefined->reason);
    const auto number = input.asText() != nullptr ? parsedNumber(*input.asText()) : input.asNumber();
    return number ? Value::number(*number) : given.given(0) ? *given.at(0) : Value::number(0);
}

Value absolute(const Value& input, const Arguments& arguments, Runtime&)
{
    Parameters("abs", arguments, {});
    const auto number = input.asNumber();
    return number && *number < 0 ? negative(input) : positive(input);
}

Value round(const Value& input, const Arguments& arguments, Runtime&)
{
    const Parameters given("round", arguments, {"precision", "method"});
    const std::string method = given.given(1) ? given.text(1) : "common";
    const std::int64_t precision = given.integer(0, 0);
    if (!input.asNumber())
        throw Fault("round wants a number, not a " + std::string(typeName(input)));
    if (precision < -15 || precision > 15)
        throw Fault("round: the precision lies between -15 and 15");
    const double number = *input.asNumber();
    const double scale = std::pow(10.0, static_cast<double>(precision));
    if (method == "ceil" || method == "floor") {
        const double scaled = number * scale;
        return Value::number((method == "ceil" ? std::ceil(scaled) : std::floor(scaled)) / scale);
    }
    if (method != "common")
        throw Fault("round: the method is common, ceil or floor");
    if (precision < 0)
        throw Fault("round to a negative precision is not supported");
    if (const auto integer = input.asInteger())
        return Value::integer(*integer);
    if (!std::isfinite(number))
        return input;
    // The decimal digits decide, as in Python: 2.675 is a little less than it says.
    char buffer[400];
    const auto written
        = std::to_chars(buffer, buffer + sizeof buffer, number, std::chars_format::fixed, static_cast<int>(precision));
    double rounded = 0;
    std::from_chars(buffer, written.ptr, rounded);
    return Value::number(rounded);
}

Value tojson(const Value& input, const Arguments& arguments, Runtime& runtime)
{
    const Parameters given("tojson", arguments, {"ensure_ascii", "indent", "separators", "sort_keys"});
    JsonStyle style;
    style.onlyAscii = given.boolean(0, false);
    style.sorted = given.boolean(3, false);
    if (given.given(1) && !given.at(1)->isNone()) {
        style.between = ",";
        if (given.at(1)->asText() != nullptr)
            style.indent = given.text(1);
        else
            style.indent
                = std::string(static_cast<std::size_t>(std::clamp<std::int64_t>(given.integer(1), 0, 100)), ' ');
    }
    if (given.given(2) && !given.at(2)->isNone()) {
        const Sequence* separators = given.at(2)->asSequence();
        if (separators == nullptr || separators->items.size() != 2 || separators->items[0].asText() == nullptr
            || separators->items[1].asText() == nullptr)
            throw Fault("tojson: separators are two texts");
        style.between = *separators->items[0].asText();
        style.afterKey = *separators->items[1].asText();
    }
    return Value::text(toJson(input, style, runtime.budget));
}

Value fallback(const Value& input, const Arguments& arguments, Runtime&)
{
    const Parameters given("default", arguments, {"default_value", "boolean"});
    const bool absent = input.isUndefined() || (given.boolean(1, false) && !truth(input));
    return !absent ? input : given.given(0) ? *given.at(0) : Value::text("");
}

} // namespace

const std::vector<NamedFilter>& textFilters()
{
    static const std::vector<NamedFilter> filters{{"abs", absolute}, {"capitalize", capitalize}, {"center", center},
        {"d", fallback}, {"default", fallback}, {"e", escape}, {"escape", escape}, {"float", toFloat},
        {"forceescape", escape}, {"format", format}, {"indent", indent}, {"int", toInteger}, {"lower", lower},
        {"replace", replace}, {"round", round}, {"safe", safe}, {"string", string}, {"title", title},
        {"tojson", tojson}, {"trim", trim}, {"upper", upper}, {"wordcount", wordcount}};
    return filters;
}

} // namespace ahascope::text::jinja
