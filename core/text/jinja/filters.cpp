#include "core/text/jinja/filters.h"

#include <algorithm>

#include "core/text/nearest_name.h"

namespace ahascope::text::jinja {

namespace {

constexpr std::string_view unsupported[] = {"attr", "filesizeformat", "groupby", "pprint", "random", "striptags",
    "truncate", "urlencode", "urlize", "wordwrap", "xmlattr"};

FilterFunction findFilter(std::string_view name)
{
    for (const std::vector<NamedFilter>* filters : {&textFilters(), &sequenceFilters()}) {
        for (const NamedFilter& filter : *filters) {
            if (filter.name == name)
                return filter.apply;
        }
    }
    return nullptr;
}

} // namespace

bool isKnownFilter(std::string_view name)
{
    return findFilter(name) != nullptr
        || std::find(std::begin(unsupported), std::end(unsupported), name) != std::end(unsupported);
}

std::string filterRemedy(std::string_view name)
{
    std::vector<std::string> known;
    for (const std::vector<NamedFilter>* filters : {&textFilters(), &sequenceFilters()}) {
        for (const NamedFilter& filter : *filters)
            known.emplace_back(filter.name);
    }
    std::sort(known.begin(), known.end());
    return nameRemedy(name, known);
}

Value applyFilter(const std::string& name, const Value& input, const Arguments& arguments, Runtime& runtime)
{
    runtime.budget.step();
    const FilterFunction apply = findFilter(name);
    if (apply == nullptr)
        throw Fault(isKnownFilter(name) ? "the filter " + name + " is not supported"
                                        : "there is no filter " + name.substr(0, 80),
            filterRemedy(name));
    return apply(input, arguments, runtime);
}

} // namespace ahascope::text::jinja
