#include "core/reward/rule.h"

#include <algorithm>

namespace ahascope::reward {

std::string_view toString(Status status)
{
    switch (status) {
    case Status::Graded:
        return "graded";
    case Status::NotApplicable:
        return "not_applicable";
    case Status::Ungraded:
        return "ungraded";
    case Status::Error:
        break;
    }
    return "error";
}

Verdict Verdict::graded(double score, std::string reason)
{
    return {Status::Graded, score, std::move(reason)};
}

Verdict Verdict::notApplicable(std::string reason)
{
    return {Status::NotApplicable, std::nullopt, std::move(reason)};
}

Verdict Verdict::ungraded(std::string reason)
{
    return {Status::Ungraded, std::nullopt, std::move(reason)};
}

Verdict Verdict::error(std::string reason)
{
    return {Status::Error, std::nullopt, std::move(reason)};
}

const OptionValue* findOption(const Options& options, std::string_view name)
{
    const auto found = std::find_if(options.begin(), options.end(), [&](const auto& o) { return o.first == name; });
    return found == options.end() ? nullptr : &found->second;
}

} // namespace ahascope::reward
