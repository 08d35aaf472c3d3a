#include "core/reward/rules/accuracy.h"

#include "core/reward/verify.h"
#include "core/text/white_space.h"

namespace ahascope::reward {

namespace {

class Accuracy : public Rule {
public:
    Accuracy(AnswerKind kind, NumberUse use) : m_kind(kind), m_use(use) { }

    std::vector<Judgement> judge(std::span<const Sample> group) const override
    {
        std::vector<Judgement> judgements;
        judgements.reserve(group.size());
        for (const Sample& sample : group) {
            judgements.push_back(judgeOne(sample));
        }
        return judgements;
    }

private:
    Judgement judgeOne(const Sample& sample) const
    {
        static const text::Columns none;
        const Reference reference
            = readReference(m_kind, sample.answer, sample.columns != nullptr ? *sample.columns : none, m_use);
        const text::ParsedCompletion& parsed = *sample.completion;
        const Verification lenient = verifyLeniently(reference, lenientText(parsed));
        Verification strict{false, "", "there is no answer block"};
        if (parsed.answer) {
            strict = verifyAnswer(reference, parsed.answer->of(parsed.text));
        }
        if (!reference.unreadable.empty()) {
            return {Verdict::ungraded(reference.unreadable), Correctness{}};
        }
        const bool right = strict.equal.value_or(false);
        Judgement judgement;
        Correctness& correctness = judgement.correctness.emplace();
        correctness.strict = right;
        correctness.lenient = right || lenient.equal.value_or(false);
        correctness.extracted = strict.extracted.empty() ? lenient.extracted : strict.extracted;
        correctness.vote = voteOf(reference, correctness.extracted);
        std::vector<bool> candidates = candidatesCorrect(reference, parsed.chain.of(parsed.text));
        if (parsed.answer) {
            candidates.push_back(right);
        }
        correctness.transitions = analysis::transitionsOf(candidates);
        std::string reason = strict.reason;
        if (!right && lenient.equal.value_or(false)) {
            reason += "; " + lenient.reason + ", which only the lenient reading counts";
        }
        judgement.verdict = Verdict::graded(right ? 1.0 : 0.0, std::move(reason));
        return judgement;
    }

    // Without a closing answer tag at the very end, which would hide the words before it.
    static std::string_view lenientText(const text::ParsedCompletion& parsed)
    {
        const std::string_view text = parsed.text;
        if (!parsed.answer) {
            return text;
        }
        const std::size_t tagEnd = text.find('>', parsed.answer->end);
        const bool last = tagEnd != std::string_view::npos && text::isBlank(text.substr(tagEnd + 1));
        return last ? text.substr(0, parsed.answer->end) : text;
    }

    AnswerKind m_kind;
    NumberUse m_use;
};

} // namespace

RuleType accuracyRule()
{
    RuleType type;
    type.type = "accuracy";
    type.help = "1 if the answer is right, else 0. Defines what counts as correct.";
    type.options = {
        {"kind", std::string("exact"), answerKindNames(),
            "How the answer is compared: as an expression of the given numbers, as the same text, as a whole number."},
        {"number_use", std::string("exactly_once"), {"exactly_once", "at_most_once"},
            "Countdown: whether every given number must be used, or none more than once."},
    };
    type.make = [](const Options& options) -> std::unique_ptr<Rule> {
        const auto kind = answerKind(std::get<std::string>(*findOption(options, "kind")));
        const bool all = std::get<std::string>(*findOption(options, "number_use")) == "exactly_once";
        return std::make_unique<Accuracy>(
            kind.value_or(AnswerKind::Exact), all ? NumberUse::ExactlyOnce : NumberUse::AtMostOnce);
    };
    return type;
}

} // namespace ahascope::reward
