#include "core/problem.h"

namespace ahascope {

namespace {

std::string joined(const std::vector<Problem>& problems)
{
    std::string text;
    for (const Problem& problem : problems) {
        if (!text.empty())
            text += '\n';
        text += toString(problem);
    }
    return text;
}

} // namespace

std::string toString(const Problem& problem)
{
    std::string text = problem.where.empty() ? problem.message : problem.where + ": " + problem.message;
    if (!problem.remedy.empty())
        text += " (" + problem.remedy + ")";
    return text;
}

InputError::InputError(Problem problem) : InputError(std::vector<Problem>{std::move(problem)}) { }

InputError::InputError(std::vector<Problem> problems)
    : std::runtime_error(joined(problems))
    , m_problems(std::move(problems))
{
}

} // namespace ahascope
