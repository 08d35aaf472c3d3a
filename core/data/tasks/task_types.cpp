#include <algorithm>
#include <cmath>

#include "core/data/tasks/countdown.h"
#include "core/data/tasks/running_sum.h"
#include "core/data/tasks/task.h"
#include "core/text/nearest_name.h"

namespace ahascope::data {

namespace {

std::string numberText(double number)
{
    const auto whole = static_cast<std::int64_t>(number);
    return static_cast<double>(whole) == number ? std::to_string(whole) : std::to_string(number);
}

void checkOne(
    const TaskOption& option, const OptionValue& given, const std::string& where, std::vector<Problem>& problems)
{
    const bool wholeForReal
        = std::holds_alternative<double>(option.fallback) && std::holds_alternative<std::int64_t>(given);
    if (given.index() != option.fallback.index() && !wholeForReal) {
        static const std::string names[] = {"true or false", "a whole number", "a number", "a text"};
        problems.push_back(
            {where, "is not " + names[option.fallback.index()], "write " + names[option.fallback.index()]});
        return;
    }
    if (const auto* text = std::get_if<std::string>(&given)) {
        if (!option.choices.empty()
            && std::find(option.choices.begin(), option.choices.end(), *text) == option.choices.end()) {
            problems.push_back(
                {where, "\"" + *text + "\" is not one of its choices", text::nameRemedy(*text, option.choices)});
        }
        return;
    }
    if (std::holds_alternative<bool>(given)) {
        return;
    }
    const auto* whole = std::get_if<std::int64_t>(&given);
    const double number = whole != nullptr ? static_cast<double>(*whole) : std::get<double>(given);
    if (!std::isfinite(number) || number < option.minimum || number > option.maximum) {
        problems.push_back({where, numberText(number) + " is out of range",
            "choose " + numberText(option.minimum) + " .. " + numberText(option.maximum)});
    }
}

void checkGiven(const std::vector<TaskOption>& known, const Options& given, const std::string& prefix,
    std::vector<Problem>& problems)
{
    for (const auto& [name, value] : given) {
        const auto option = std::find_if(
            known.begin(), known.end(), [&name = name](const TaskOption& one) { return one.name == name; });
        if (option != known.end()) {
            checkOne(*option, value, prefix + name, problems);
            continue;
        }
        std::vector<std::string> names;
        for (const TaskOption& one : known) {
            names.push_back(one.name);
        }
        problems.push_back({prefix + name, "unknown key", text::nameRemedy(name, names)});
    }
}

} // namespace

const std::vector<TaskType>& taskTypes()
{
    static const std::vector<TaskType> types{
        countdownTask(),
        runningSumTask(),
    };
    return types;
}

const TaskType* findTaskType(std::string_view type)
{
    const std::vector<TaskType>& types = taskTypes();
    const auto found = std::find_if(types.begin(), types.end(), [&](const TaskType& one) { return one.type == type; });
    return found == types.end() ? nullptr : &*found;
}

std::vector<Problem> problemsWith(const TaskType& type, const Options& options, const Options& corpus)
{
    std::vector<Problem> problems;
    checkGiven(type.options, options, "", problems);
    checkGiven(type.corpus, corpus, "corpus.", problems);
    if (problems.empty() && type.check) {
        problems = type.check(options, corpus);
    }
    return problems;
}

} // namespace ahascope::data
