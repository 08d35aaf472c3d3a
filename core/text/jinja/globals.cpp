#include "core/text/jinja/globals.h"

#include <algorithm>
#include <ctime>

#include "core/text/jinja/operators.h"
#include "core/text/jinja/parameters.h"
#include "core/text/jinja/python_text.h"
#include "core/text/jinja/text_literal.h"

namespace ahascope::text::jinja {

namespace {

constexpr std::pair<std::string_view, Function> globals[]
    = {{"range", Function::Range}, {"dict", Function::MakeDict}, {"namespace", Function::MakeNamespace},
        {"raise_exception", Function::RaiseException}, {"strftime_now", Function::StrftimeNow},
        {"cycler", Function::Cycler}, {"joiner", Function::Joiner}, {"lipsum", Function::Lipsum}};

// dict(mapping_or_pairs, key=value)
Entries entriesOf(const Arguments& arguments, Runtime& runtime)
{
    Entries entries;
    if (arguments.positional.size() > 1)
        throw Fault("dict takes one list or dictionary");
    if (!arguments.positional.empty()) {
        const Value& source = arguments.positional.front();
        if (const Dict* dict = source.asDict()) {
            runtime.budget.make(dict->entries.size(), sizeof(Entries::value_type));
            entries = dict->entries;
        } else {
            for (const Value& pair : itemsOf(source, runtime)) {
                const std::vector<Value> both = itemsOf(pair, runtime);
                if (both.size() != 2)
                    throw Fault("dict wants pairs of a key and a value");
                put(entries, both[0], both[1], runtime.budget);
            }
        }
    }
    for (const auto& [name, value] : arguments.named)
        put(entries, Value::text(name), value, runtime.budget);
    return entries;
}

Value makeNamespace(const Arguments& arguments, Runtime& runtime)
{
    Namespace space;
    for (auto& [key, value] : entriesOf(arguments, runtime)) {
        if (key.asText() == nullptr)
            throw Fault("the attributes of a namespace have names");
        if (key.asText()->starts_with('_'))
            throw Fault("an attribute of a namespace must not begin with _: " + key.asText()->substr(0, 80));
        space.attributes.emplace_back(*key.asText(), value);
    }
    runtime.budget.make(1, sizeof(Namespace));
    runtime.namespaces.push_back(std::move(space));
    return {&runtime.namespaces.back()};
}

Value range(const Arguments& arguments, Runtime& runtime)
{
    const Parameters given("range", arguments, {"start", "stop", "step"}, 1);
    if (!given.given(1))
        return makeRange(0, given.integer(0), 1, runtime);
    return makeRange(given.integer(0), given.integer(1), given.integer(2, 1), runtime);
}

// The day the prompt is made for, as of midnight: a prompt depends on no clock.
Value date(const Arguments& arguments, Runtime& runtime)
{
    const Parameters given("strftime_now", arguments, {"format"}, 1);
    const std::string& format = given.text(0);
    static constexpr std::string_view known = "aAbBdeFHIjmMpSuUwWyYD%-";
    for (std::size_t at = format.find('%'); at != std::string::npos; at = format.find('%', at + 2)) {
        if (at + 1 >= format.size() || known.find(format[at + 1]) == std::string_view::npos)
            throw Fault("strftime_now does not know the format " + quoted(format.substr(0, 80)));
    }
    const std::chrono::year_month_day day(runtime.today);
    std::tm time{};
    time.tm_year = static_cast<int>(day.year()) - 1900;
    time.tm_mon = static_cast<int>(static_cast<unsigned>(day.month())) - 1;
    time.tm_mday = static_cast<int>(static_cast<unsigned>(day.day()));
    time.tm_wday = static_cast<int>(std::chrono::weekday(runtime.today).c_encoding());
    time.tm_yday
        = static_cast<int>((runtime.today - std::chrono::sys_days(day.year() / std::chrono::January / 1)).count());
    if (format.size() > 1000)
        throw Fault("strftime_now: the format is too long");
    char buffer[32768];
    return Value::text(std::string(buffer, std::strftime(buffer, sizeof buffer, format.c_str(), &time)));
}

} // namespace

std::optional<Value> globalValue(std::string_view name)
{
    const auto found
        = std::find_if(std::begin(globals), std::end(globals), [&](const auto& one) { return one.first == name; });
    return found == std::end(globals) ? std::nullopt : std::optional(Value{found->second});
}

Value callFunction(Function function, const Arguments& arguments, Runtime& runtime)
{
    runtime.budget.step();
    switch (function) {
    case Function::Range:
        return range(arguments, runtime);
    case Function::MakeDict:
        return Value::dict(entriesOf(arguments, runtime));
    case Function::MakeNamespace:
        return makeNamespace(arguments, runtime);
    case Function::RaiseException: {
        const Parameters given("raise_exception", arguments, {"message"}, 1);
        throw Fault("the template refuses: " + toText(*given.at(0), runtime.budget).substr(0, 1000));
    }
    case Function::StrftimeNow:
        return date(arguments, runtime);
    default:
        throw Fault(std::string(globals[static_cast<std::size_t>(function)].first) + " is not supported");
    }
}

} // namespace ahascope::text::jinja
