// Which languages a chain of thought is written in, and whether it mixes them.
//
// A word is a run of letters of one script; Chinese, Japanese and Thai runs are cut into words with ICU's dictionaries.
// Numerals (Chinese ones too), operators, code, LaTeX formulas and commands, markup tags, identifiers and single
// letters that stand for quantities are no words. The script decides the language; Latin script is the target language
// if that is written in Latin script, else English, unless CLD2 is sure of another one over at least 100 bytes and 12
// distinct words.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/text/completion_parser.h"

namespace ahascope::analysis {

struct LanguageSpan {
    text::Span at;        // bytes, from the first to the last word
    std::string language; // ISO 639-1 ("en", "zh"); "und" for a script without an entry
    std::size_t words = 0;

    bool operator==(const LanguageSpan&) const = default;
};

struct LanguageUse {
    std::vector<LanguageSpan> spans; // in order; neighbours differ in language
    std::size_t words = 0;
    std::string main;           // the language with the most words, the target among equals; empty without a word
    std::size_t otherWords = 0; // words not in the main language
    double mixing = 0.0;        // otherWords / words; 0 without a word
    bool mixed = false;         // at least 2 words and 2 % in a second language: the metric language/mixing
    double targetRatio = 1.0;   // words in the target language / words (R1's language consistency); 1 without a word
};

// Linear in the text; any bytes.
LanguageUse languagesOf(std::string_view text, std::string_view target = "en");

} // namespace ahascope::analysis
