// The accounts of a countdown answer: which numbers are at hand, and what each step takes and makes.
#pragma once

#include <span>
#include <string>

#include "core/reward/expression.h"
#include "core/reward/verify_countdown.h"

namespace ahascope::reward {

struct CountdownFinding {
    bool equal = false;
    bool usesNumbersRightly = false; // and every equation holds
    std::string reason;              // follows "the answer"
    std::string form;                // canonical, if the numbers are used rightly
};

// Follows the steps of a chain, taking numbers from those at hand and putting results back.
CountdownFinding followSteps(const CountdownProblem& problem, std::span<const Statement> chain);

} // namespace ahascope::reward
