// Hand-written scanners for the regular expressions with which the known model families cut text into words. Each is
// linear in the text: std::regex overflows the stack on long runs, and backtracking engines take quadratic time.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace ahascope::text {

// Bytes [begin, end) of a text.
struct TextSpan {
    std::size_t begin = 0;
    std::size_t end = 0;

    bool operator==(const TextSpan&) const = default;
};

// Each appends spans that cover `span` of `text` (well-formed UTF-8) without gaps. What stands outside of the span is
// not looked at.

// 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
void scanGpt2(std::string_view text, TextSpan span, std::vector<TextSpan>& words);

// (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,k}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+
// with k = maxDigits: 1 for Qwen2, 3 for Llama 3.
void scanQwen2(std::string_view text, TextSpan span, std::vector<TextSpan>& words);
void scanLlama3(std::string_view text, TextSpan span, std::vector<TextSpan>& words);

// The last expression of DeepSeek-V3 and R1; see split_expressions.h.
void scanDeepSeek3(std::string_view text, TextSpan span, std::vector<TextSpan>& words);

// The expression of Mistral's Tekken vocabularies; see split_expressions.h.
void scanTekken(std::string_view text, TextSpan span, std::vector<TextSpan>& words);

} // namespace ahascope::text
