// Takes the answer out of a longer text by a Perl regular expression, with bounds on its work.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace ahascope::data {

class AnswerPattern {
public:
    // An empty pattern takes the whole text. Throws InputError when it is not a regular expression.
    explicit AnswerPattern(const std::string& pattern);
    ~AnswerPattern();
    AnswerPattern(AnswerPattern&&) noexcept;
    AnswerPattern& operator=(AnswerPattern&&) noexcept;

    // The first group of the first match, or the match when there is no group, without white space at its ends; none
    // when nothing matches or the search would take too long. Not for several threads at once.
    std::optional<std::string> find(std::string_view text) const;

private:
    struct Compiled;
    std::unique_ptr<Compiled> m_compiled;
};

} // namespace ahascope::data
