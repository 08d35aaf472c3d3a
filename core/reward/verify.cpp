#include "core/reward/verify.h"

#include "core/analysis/answer_changes.h"
#include "core/reward/verify_exact.h"
#include "core/reward/verify_integer.h"
#include "core/text/white_space.h"

namespace ahascope::reward {

namespace {

void readCountdown(Reference& reference, const text::Columns& columns)
{
    const std::string* numbers = text::findColumn(columns, "numbers");
    const auto list = numbers != nullptr ? parseNumberList(*numbers) : std::nullopt;
    if (!list) {
        reference.unreadable = numbers != nullptr ? "the column \"numbers\" is not a list of whole numbers"
                                                  : "the row has no column \"numbers\"";
        return;
    }
    const std::string* target = text::findColumn(columns, "target");
    const auto wanted = parseNumberList(target != nullptr ? *target : reference.gold);
    if (!wanted || wanted->size() != 1) {
        reference.unreadable = "the target is not a whole number";
        return;
    }
    reference.countdown.numbers = *list;
    reference.countdown.target = wanted->front();
}

} // namespace

const std::vector<std::string>& answerKindNames()
{
    static const std::vector<std::string> names{"countdown", "exact", "integer"};
    return names;
}

std::optional<AnswerKind> answerKind(std::string_view name)
{
    if (name == "countdown") {
        return AnswerKind::Countdown;
    }
    if (name == "exact") {
        return AnswerKind::Exact;
    }
    return name == "integer" ? std::optional(AnswerKind::Integer) : std::nullopt;
}

Reference readReference(AnswerKind kind, std::string_view gold, const text::Columns& columns, NumberUse use)
{
    Reference reference;
    reference.kind = kind;
    reference.gold = gold;
    reference.countdown.use = use;
    if (kind == AnswerKind::Countdown) {
        readCountdown(reference, columns);
    } else if (kind == AnswerKind::Integer && !readInteger(gold)) {
        reference.unreadable = "the gold answer states no whole number";
    } else if (kind == AnswerKind::Exact && text::isBlank(gold)) {
        reference.unreadable = "the gold answer is empty";
    }
    return reference;
}

Verification verifyAnswer(const Reference& reference, std::string_view answer)
{
    if (!reference.unreadable.empty()) {
        return {std::nullopt, "", reference.unreadable};
    }
    switch (reference.kind) {
    case AnswerKind::Countdown:
        return verifyCountdown(reference.countdown, answer);
    case AnswerKind::Integer:
        return verifyInteger(reference.gold, answer);
    case AnswerKind::Exact:
        break;
    }
    return verifyExact(reference.gold, answer);
}

Verification verifyLeniently(const Reference& reference, std::string_view text)
{
    if (!reference.unreadable.empty()) {
        return {std::nullopt, "", reference.unreadable};
    }
    switch (reference.kind) {
    case AnswerKind::Countdown:
        return verifyCountdownLeniently(reference.countdown, text);
    case AnswerKind::Integer:
        return verifyIntegerLeniently(reference.gold, text);
    case AnswerKind::Exact:
        break;
    }
    return verifyExactLeniently(reference.gold, text);
}

std::string voteOf(const Reference& reference, std::string_view answer)
{
    switch (reference.kind) {
    case AnswerKind::Countdown:
        return countdownVote(reference.countdown, answer);
    case AnswerKind::Integer:
        if (auto digits = readInteger(answer)) {
            return std::move(*digits);
        }
        break;
    case AnswerKind::Exact:
        break;
    }
    return text::collapseWhiteSpace(answer);
}

std::vector<bool> candidatesCorrect(const Reference& reference, std::string_view chain)
{
    std::vector<bool> correct;
    if (reference.kind != AnswerKind::Countdown) {
        for (const analysis::StatedNumber& number : analysis::statedNumbers(chain)) {
            correct.push_back(verifyAnswer(reference, number.value).equal.value_or(false));
        }
        return correct;
    }
    for (const text::Span& attempt : analysis::attemptsOf(chain)) {
        if (const auto candidate = countdownCandidate(reference.countdown, attempt.of(chain))) {
            correct.push_back(*candidate);
        }
    }
    return correct;
}

Verification verifyPrediction(
    const Reference& reference, std::string_view prediction, const text::CompletionFormat& format)
{
    const text::ParsedCompletion parsed = text::parseCompletion(prediction, format);
    if (parsed.answer) {
        return verifyAnswer(reference, parsed.answer->of(parsed.text));
    }
    Verification bare = verifyAnswer(reference, prediction);
    if (bare.equal.value_or(true) || reference.kind == AnswerKind::Exact) {
        return bare;
    }
    Verification lenient = verifyLeniently(reference, prediction);
    return lenient.extracted.empty() ? bare : lenient;
}

} // namespace ahascope::reward
