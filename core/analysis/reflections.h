// Reflective words: places where a chain of thought stops and turns on itself.
//
// The ten words of the DeepSeek-R1 paper (v2, "aha moment" analysis): wait, mistake, however, but, retry, error,
// verify, wrong, evaluate, check, with their regular inflections, "re-" and the nouns verification and evaluation; and
// Chinese words of the same meanings. "no" and "try" are not among them.
#pragma once

#include <string_view>
#include <vector>

#include "core/text/completion_parser.h"

namespace ahascope::analysis {

enum class ReflectionKind {
    Reconsider,  // wait, retry
    Contrast,    // but, however
    Error,       // mistake, error, wrong
    Verification // verify, check, evaluate
};

std::string_view toString(ReflectionKind kind); // "reconsider", "contrast", "error", "verification"

struct Reflection {
    text::Span at;           // bytes of the word as it stands
    std::string_view marker; // the word of the list: "check" for "double-checking", "wait" for U+7B49 U+7B49
    ReflectionKind kind = ReflectionKind::Reconsider;

    bool operator==(const Reflection&) const = default;
};

// In order, none overlapping. Whole words of any case; not inside other words, identifiers or LaTeX commands. Linear in
// the text, any bytes.
std::vector<Reflection> findReflections(std::string_view text);

} // namespace ahascope::analysis
