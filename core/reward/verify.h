// One door to every kind of answer: reads the gold side of a row once, then grades predictions against it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/reward/verification.h"
#include "core/reward/verify_countdown.h"
#include "core/text/completion_parser.h"
#include "core/text/prompt_template.h"

namespace ahascope::reward {

enum class AnswerKind { Countdown, Exact, Integer };

const std::vector<std::string>& answerKindNames(); // "countdown", "exact", "integer"
std::optional<AnswerKind> answerKind(std::string_view name);

// The right answer of a row.
struct Reference {
    AnswerKind kind = AnswerKind::Exact;
    std::string gold;
    CountdownProblem countdown;
    std::string unreadable; // why nothing can be graded against it; empty when something can
};

// Countdown takes the columns "numbers" and "target"; without a column "target" the gold answer is the target.
Reference readReference(
    AnswerKind kind, std::string_view gold, const text::Columns& columns, NumberUse use = NumberUse::ExactlyOnce);

// The answer alone, as the recipe's extraction found it.
Verification verifyAnswer(const Reference& reference, std::string_view answer);

// The last number or expression, wherever it stands in the text.
Verification verifyLeniently(const Reference& reference, std::string_view text);

// What a vote counts an answer by: equal for answers that are the same however they are written; empty for none.
std::string voteOf(const Reference& reference, std::string_view answer);

// Whether each candidate answer of a chain of thought is right, in order. Every attempt has at most one: countdown, its
// last expression, see countdownCandidate(); other kinds, the last number it states as a result.
std::vector<bool> candidatesCorrect(const Reference& reference, std::string_view chain);

// A whole completion or a bare answer: the answer block if there is one, else the text as an answer, else (numbers and
// expressions only) what it ends with.
Verification verifyPrediction(
    const Reference& reference, std::string_view prediction, const text::CompletionFormat& format = {});

} // namespace ahascope::reward
