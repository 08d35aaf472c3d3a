// Countdown: an expression of the given numbers that makes the target.
//
// Accepted: "(79 - 60) + 17", with "= 36" after or before it, with further equal sides ("= 19 + 17 = 36"), and a chain
// of steps whose results are used by later ones ("8 - 3 = 5 , 5 + 11 = 16"; line ends and semicolons separate as well).
// Every equation must hold exactly; a minus sign may stand before a number. No powers, no roots, no implied products.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/reward/verification.h"

namespace ahascope::reward {

enum class NumberUse {
    ExactlyOnce, // TinyZero's rule: "use each number once" and all of them
    AtMostOnce
};

struct CountdownProblem {
    std::vector<std::int64_t> numbers;
    std::int64_t target = 0;
    NumberUse use = NumberUse::ExactlyOnce;
};

// "[3, 8, 11]", "3 8 11" or "3,8,11": 1 to 64 whole numbers of at most 12 digits. None if it is anything else.
std::optional<std::vector<std::int64_t>> parseNumberList(std::string_view text);

// The whole answer must be an expression or chain; markdown's ** and \boxed{} around it are taken off. Linear; answers
// of more than 4096 bytes are wrong.
Verification verifyCountdown(const CountdownProblem& problem, std::string_view answer);

// What a vote counts answers by: the canonical form of the expression, steps put into each other, if it uses the
// numbers rightly; else the answer without white space.
std::string countdownVote(const CountdownProblem& problem, std::string_view answer);

// The last expression in a text of any kind, looked for in its last 65536 bytes. Of steps that follow each other, as
// many of the last ones are taken as make the given numbers come out even.
Verification verifyCountdownLeniently(const CountdownProblem& problem, std::string_view text);

// A candidate on the way: whether the last expression of a part of a chain holds and makes the target. Which numbers it
// uses is not looked at, since a search need not repeat the steps that two tries share. None without an expression.
std::optional<bool> countdownCandidate(const CountdownProblem& problem, std::string_view attempt);

} // namespace ahascope::reward
