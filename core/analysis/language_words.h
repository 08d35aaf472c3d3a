// The words of a text with the language that their script speaks for.
#pragma once

#include <string_view>
#include <vector>

#include "core/text/completion_parser.h"

namespace ahascope::analysis {

struct LanguageWord {
    text::Span at;             // bytes
    std::string_view language; // ISO 639-1; "und" for a script without an entry; empty: Latin script, still open
};

// In order. Numerals, single letters and short capitals that stand for quantities, units, names of functions and
// identifiers are left out. `prose` is a text without code and formulas. Linear; any bytes.
std::vector<LanguageWord> languageWordsOf(std::string_view prose);

} // namespace ahascope::analysis
