// How the answer that a chain of thought is heading for changes on the way.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/text/completion_parser.h"

namespace ahascope::analysis {

// The parts of a chain between the places where it turns: reflections, and the words no, try, actually, alternatively,
// hmm and their Chinese counterparts. In order, bytes; blank ones are left out.
std::vector<text::Span> attemptsOf(std::string_view chain);

// A number that an attempt states as its result.
struct StatedNumber {
    text::Span at;     // bytes of the chain
    std::string value; // canonical: "16", "-3", "2.5"

    bool operator==(const StatedNumber&) const = default;
};

// Of every attempt that states one, the last number after =, "is", "are", "equals", "makes", "gives" or their Chinese
// counterparts.
std::vector<StatedNumber> statedNumbers(std::string_view chain);

// How often the stated number of an attempt differs from that of the one before.
std::size_t answerChanges(std::string_view chain);

// How correctness moved from each candidate answer to the next.
struct Transitions {
    std::size_t wrongToRight = 0;
    std::size_t wrongToWrong = 0;
    std::size_t rightToRight = 0;
    std::size_t rightToWrong = 0;
    bool rescued = false; // the first candidate is wrong and the last one right

    bool operator==(const Transitions&) const = default;
};
Transitions transitionsOf(const std::vector<bool>& candidatesCorrect);

} // namespace ahascope::analysis
