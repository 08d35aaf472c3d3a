// How high the trees below a node are: what `Parser::make` bounds.
#pragma once

#include <algorithm>

#include "core/text/jinja/syntax.h"

namespace ahascope::text::jinja {

inline int height(const ExpressionPtr& expression)
{
    return expression != nullptr ? expression->height : 0;
}

inline int height(const std::vector<ExpressionPtr>& expressions)
{
    int most = 0;
    for (const ExpressionPtr& expression : expressions)
        most = std::max(most, height(expression));
    return most;
}

inline int height(const CallArguments& arguments)
{
    int most = std::max({height(arguments.positional), height(arguments.unpacked), height(arguments.unpackedNamed)});
    for (const auto& [name, argument] : arguments.named)
        most = std::max(most, height(argument));
    return most;
}

} // namespace ahascope::text::jinja
