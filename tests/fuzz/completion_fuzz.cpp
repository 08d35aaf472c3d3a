// Completions: blocks lie in the text, and every analysis of them takes any bytes.
#include <cstdint>
#include <cstdlib>

#include "core/analysis/answer_changes.h"
#include "core/analysis/language_mixing.h"
#include "core/analysis/reflections.h"
#include "core/analysis/repetition.h"
#include "core/text/completion_parser.h"

namespace {

void expect(bool holds)
{
    if (!holds) {
        std::abort();
    }
}

void expectWithin(const ahascope::text::Span& span, std::string_view text)
{
    expect(span.begin <= span.end && span.end <= text.size());
}

bool isShare(double value)
{
    return value >= 0.0 && value <= 1.0;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace ahascope;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const auto parsed = text::parseCompletion(bytes, {{}, size % 2 == 0 ? "" : "<think>"});
    expectWithin(parsed.chain, parsed.text);
    if (parsed.think) {
        expectWithin(*parsed.think, parsed.text);
    }
    if (parsed.answer) {
        expectWithin(*parsed.answer, parsed.text);
    }
    expect(parsed.wellFormed == parsed.formatReason.empty());
    expect(!parsed.wellFormed || (parsed.think && parsed.answer && parsed.think->end < parsed.answer->begin));

    std::size_t last = 0;
    for (const analysis::Reflection& reflection : analysis::findReflections(bytes)) {
        expectWithin(reflection.at, bytes);
        expect(reflection.at.begin >= last);
        last = reflection.at.end;
    }
    const analysis::LanguageUse use = analysis::languagesOf(bytes);
    for (const analysis::LanguageSpan& span : use.spans) {
        expectWithin(span.at, bytes);
    }
    expect(isShare(use.mixing) && isShare(use.targetRatio) && isShare(analysis::repetition(bytes)));
    for (const analysis::StatedNumber& number : analysis::statedNumbers(bytes)) {
        expectWithin(number.at, bytes);
    }
    return 0;
}
