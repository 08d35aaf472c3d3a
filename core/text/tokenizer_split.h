// How a text between added tokens is cut into the words that are merged one by one: the pre-tokenizers of
// tokenizer.json, in their order.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/text/tokenizer_metaspace.h"
#include "core/text/tokenizer_scan.h"

namespace ahascope::text {

// One step: cuts a span into smaller ones that cover it.
using Splitter = void (*)(std::string_view text, TextSpan span, std::vector<TextSpan>& words);

class ClassPattern;

// What becomes of the matches of a pattern, as Hugging Face tokenizers names it.
enum class SplitBehavior { Isolated, Removed, MergedWithPrevious, MergedWithNext, Contiguous };

struct SplitOptions {
    SplitBehavior behavior = SplitBehavior::Isolated;
    bool invert = false; // matches are what stands between those of the pattern
};

// Cuts a whole text; `words` refer to `text`, which a step may have changed.
struct SplitText {
    std::string text;
    std::vector<TextSpan> words;
    std::vector<TextSpan> before; // space that steps reuse
};

class SplitStep {
public:
    // A step that cuts at the matches of a regular expression. Throws InputError with `where` when it is not one of the
    // known ones, or cannot be cut with these options.
    static SplitStep regex(const std::string& expression, const std::string& where, SplitOptions options = {});
    // Cuts at a string, which is not empty.
    static SplitStep plain(const std::string& string, SplitOptions options = {});
    static SplitStep gpt2();
    // Runs of numbers, or single ones, stand alone.
    static SplitStep digits(bool individual);
    // Puts a space before every piece that does not begin with one.
    static SplitStep prefixSpace();
    // Spaces become the mark, one more is put before pieces that do not begin with one. It does not split.
    static SplitStep metaspace(const MetaspaceOptions& options);
    // Cuts before each mark, a character, that follows another one; with `each` also before one that follows a mark.
    static SplitStep beforeMark(const std::string& mark, bool each);

    // Cuts all words. `atStart`: the text begins where the whole one does, and no step has changed it yet.
    void apply(SplitText& split, bool atStart) const;

private:
    enum class Kind { Cut, CutBeforeMark, Rewrite };

    void cut(std::string_view text, TextSpan span, std::vector<TextSpan>& words) const;
    void cutBeforeMark(std::string_view text, TextSpan span, std::vector<TextSpan>& words) const;
    void findMatches(std::string_view text, TextSpan span, std::vector<TextSpan>& matches) const;
    void rewrite(SplitText& split, bool atStart) const;

    Kind m_kind = Kind::Cut;
    Splitter m_splitter = nullptr;
    std::shared_ptr<const ClassPattern> m_pattern; // in place of the splitter
    std::string m_string;                          // in place of both
    SplitOptions m_options;
    MetaspaceOptions m_metaspace; // Rewrite and CutBeforeMark
};

void splitText(const std::vector<SplitStep>& steps, std::string_view text, bool atStart, SplitText& result);

} // namespace ahascope::text
