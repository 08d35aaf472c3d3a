// One problem of a dataset.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/text/prompt_template.h"

namespace ahascope::data {

struct Row {
    std::uint64_t id = 0; // of the canonical problem: equal problems have equal ids on every machine
    std::string question;
    std::string answer;
    text::Columns columns; // everything else, in file order

    bool operator==(const Row&) const = default;
};

// XXH3-64 of a canonical problem's text.
std::uint64_t problemId(std::string_view canonical);

// The id of a question out of a file: white space at the ends and its amount do not matter.
std::uint64_t questionId(std::string_view question);

// Which problems a set takes. The two sides are fixed by the id alone, so that a problem that is held out is held out
// of every stage and every run; a smaller share holds out a subset of a larger one.
enum class Split { All, Train, HeldOut };

bool isHeldOut(std::uint64_t id, double share);
bool isIn(Split split, std::uint64_t id, double heldOutShare);

} // namespace ahascope::data
