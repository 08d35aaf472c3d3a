// How a text between added tokens is cut into the words that are merged one by one: the pre-tokenizers of
// tokenizer.json, in their order.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/text/tokenizer_scan.h"

namespace ahascope::text {

// One step: cuts a span into smaller ones that cover it.
using Splitter = void (*)(std::string_view text, TextSpan span, std::vector<TextSpan>& words);

class ClassPattern;

class SplitStep {
public:
    // A step that cuts at the matches of a regular expression. Throws InputError with `where` when it is not one of the
    // known ones.
    static SplitStep regex(const std::string& expression, const std::string& where);
    static SplitStep gpt2();
    // Runs of numbers, or single ones, stand alone.
    static SplitStep digits(bool individual);
    // Puts a space before every piece that does not begin with one.
    static SplitStep prefixSpace();

    bool addsSpace() const { return m_addsSpace; }
    // Whether every character belongs to a match.
    bool coversAllText() const { return m_coversAllText; }
    void cut(std::string_view text, TextSpan span, std::vector<TextSpan>& words) const;

private:
    Splitter m_splitter = nullptr;
    std::shared_ptr<const ClassPattern> m_pattern; // in place of the splitter
    bool m_addsSpace = false;
    bool m_coversAllText = true;
};

// Cuts a whole text; `words` refer to `text`, which a step may have changed.
struct SplitText {
    std::string text;
    std::vector<TextSpan> words;
};
void splitText(const std::vector<SplitStep>& steps, std::string_view text, SplitText& result);

} // namespace ahascope::text
