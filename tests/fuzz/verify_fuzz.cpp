// Verifiers: gold answer, columns and prediction are any bytes. The input's first line is the gold answer, its second
// the numbers of a countdown, the rest the prediction.
#include <cstdint>
#include <cstdlib>

#include "core/reward/verify.h"

namespace {

using namespace ahascope;

void expect(bool holds)
{
    if (!holds) {
        std::abort();
    }
}

std::string_view takeLine(std::string_view& rest)
{
    const std::size_t end = rest.find('\n');
    const std::string_view line = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    return line;
}

void check(const reward::Reference& reference, std::string_view prediction)
{
    const reward::Verification strict = reward::verifyAnswer(reference, prediction);
    const reward::Verification lenient = reward::verifyLeniently(reference, prediction);
    expect(strict.equal.has_value() == reference.unreadable.empty());
    expect(strict.extracted.size() <= 4096 && lenient.extracted.size() <= 4096 && !strict.reason.empty());
    reward::verifyPrediction(reference, prediction);
    reward::candidatesCorrect(reference, prediction);
    if (reference.kind == reward::AnswerKind::Countdown && strict.equal == true) {
        // The canonical form is the same answer, and its own canonical form.
        const std::string vote = reward::voteOf(reference, prediction);
        expect(reward::verifyAnswer(reference, vote).equal == true);
        expect(reward::voteOf(reference, vote) == vote);
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    std::string_view rest(reinterpret_cast<const char*>(data), size);
    const std::string_view gold = takeLine(rest);
    const text::Columns columns{{"numbers", std::string(takeLine(rest))}};
    for (const auto kind : {reward::AnswerKind::Countdown, reward::AnswerKind::Exact, reward::AnswerKind::Integer}) {
        check(reward::readReference(kind, gold, columns), rest);
    }
    const auto loose
        = reward::readReference(reward::AnswerKind::Countdown, gold, columns, reward::NumberUse::AtMostOnce);
    reward::verifyAnswer(loose, rest);
    return 0;
}
