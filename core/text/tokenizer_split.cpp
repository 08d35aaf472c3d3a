#include "core/text/tokenizer_split.h"

#include "core/problem.h"
#include "core/text/split_expressions.h"
#include "core/text/tokenizer_class_pattern.h"
#include "core/text/tokenizer_normalizer.h"
#include "core/text/utf8.h"

namespace ahascope::text {

namespace {

struct KnownExpression {
    std::string_view expression;
    Splitter splitter;
};

constexpr KnownExpression Known[] = {
    {Gpt2Expression, scanGpt2},
    {Qwen2Expression, scanQwen2},
    {Llama3Expression, scanLlama3},
    {DeepSeek3Expression, scanDeepSeek3},
    {TekkenExpression, scanTekken},
};

// The numbers of Unicode 17, which this step of Hugging Face tokenizers knows and its regular expressions do not.
bool isYoungNumber(char32_t c)
{
    return (c >= 0x11de0 && c <= 0x11de9) || (c >= 0x16ff4 && c <= 0x16ff6);
}

void scanDigits(std::string_view text, TextSpan span, std::vector<TextSpan>& words, bool individual)
{
    const UnicodeClasses& classes = UnicodeClasses::instance();
    std::size_t begin = span.begin;
    bool inNumber = false;
    for (std::size_t at = span.begin; at < span.end;) {
        const CodePoint c = codePointAt(text, at);
        const bool number = classes.kind(c.value) == CharacterKind::Number || isYoungNumber(c.value);
        if (at > begin && (number != inNumber || (number && individual))) {
            words.push_back({begin, at});
            begin = at;
        }
        inNumber = number;
        at += c.bytes;
    }
    if (begin < span.end)
        words.push_back({begin, span.end});
}

struct Piece {
    TextSpan span;
    bool isMatch = false;
};

// The matches, which do not overlap, and what stands between them.
std::vector<Piece> piecesOf(const std::vector<TextSpan>& matches, TextSpan span)
{
    std::vector<Piece> pieces;
    std::size_t done = span.begin;
    for (const TextSpan& match : matches) {
        if (done < match.begin)
            pieces.push_back({{done, match.begin}, false});
        pieces.push_back({match, true});
        done = match.end;
    }
    if (done < span.end)
        pieces.push_back({{done, span.end}, false});
    return pieces;
}

// Whether a piece and the next one stay together.
bool areJoined(const std::vector<Piece>& pieces, std::size_t i, SplitBehavior behavior)
{
    const bool first = pieces[i].isMatch;
    const bool second = pieces[i + 1].isMatch;
    switch (behavior) {
    case SplitBehavior::MergedWithPrevious:
        return !first && second;
    case SplitBehavior::MergedWithNext:
        return first && !second;
    case SplitBehavior::Contiguous:
        return first == second;
    default:
        return false;
    }
}

void appendWords(const std::vector<Piece>& pieces, SplitBehavior behavior, std::vector<TextSpan>& words)
{
    for (std::size_t i = 0; i < pieces.size(); ++i) {
        if (behavior == SplitBehavior::Removed && pieces[i].isMatch)
            continue;
        if (i > 0 && areJoined(pieces, i - 1, behavior))
            words.back().end = pieces[i].span.end;
        else
            words.push_back(pieces[i].span);
    }
}

} // namespace

SplitStep SplitStep::regex(const std::string& expression, const std::string& where, SplitOptions options)
{
    SplitStep step;
    step.m_options = options;
    for (const KnownExpression& known : Known) {
        if (known.expression != expression)
            continue;
        if (known.splitter == scanDeepSeek3 && options.behavior != SplitBehavior::Isolated)
            throw InputError(Problem{where, "the expression of DeepSeek-V3 is supported with Isolated only", ""});
        step.m_splitter = known.splitter;
        return step;
    }
    std::optional<ClassPattern> pattern = ClassPattern::parse(expression);
    if (!pattern)
        throw InputError(
            Problem{where, "the expression '" + expression.substr(0, 300) + "' is not one of the known ones",
                "supported are the splits of GPT-2, Qwen2, Llama 3, Tekken and DeepSeek"});
    step.m_pattern = std::make_shared<const ClassPattern>(std::move(*pattern));
    return step;
}

SplitStep SplitStep::plain(const std::string& string, SplitOptions options)
{
    SplitStep step;
    step.m_string = string;
    step.m_options = options;
    return step;
}

SplitStep SplitStep::gpt2()
{
    SplitStep step;
    step.m_splitter = scanGpt2;
    return step;
}

SplitStep SplitStep::digits(bool individual)
{
    SplitStep step;
    step.m_splitter = individual ? [](std::string_view text, TextSpan span,
                                       std::vector<TextSpan>& words) { scanDigits(text, span, words, true); }
                                 : [](std::string_view text, TextSpan span, std::vector<TextSpan>& words) {
                                       scanDigits(text, span, words, false);
                                   };
    return step;
}

SplitStep SplitStep::prefixSpace()
{
    return metaspace({.mark = " ", .prefix = MetaspaceOptions::Prefix::Always});
}

SplitStep SplitStep::metaspace(const MetaspaceOptions& options)
{
    SplitStep step;
    step.m_kind = Kind::Rewrite;
    step.m_metaspace = options;
    return step;
}

SplitStep SplitStep::beforeMark(const std::string& mark, bool each)
{
    SplitStep step;
    step.m_kind = Kind::CutBeforeMark;
    step.m_metaspace.mark = mark;
    step.m_metaspace.split = each;
    return step;
}

void SplitStep::cut(std::string_view text, TextSpan span, std::vector<TextSpan>& words) const
{
    if (m_kind == Kind::CutBeforeMark)
        return cutBeforeMark(text, span, words);
    const bool isolated = m_options.behavior == SplitBehavior::Isolated;
    if (m_splitter != nullptr && isolated)
        return m_splitter(text, span, words);
    std::vector<TextSpan> matches;
    findMatches(text, span, matches);
    if (matches.empty() && isolated)
        return words.push_back(span);
    std::vector<Piece> pieces = piecesOf(matches, span);
    if (m_options.invert) {
        for (Piece& piece : pieces)
            piece.isMatch = !piece.isMatch;
    }
    appendWords(pieces, m_options.behavior, words);
}

void SplitStep::findMatches(std::string_view text, TextSpan span, std::vector<TextSpan>& matches) const
{
    if (m_splitter != nullptr) // of those that may come here every character belongs to a match
        return m_splitter(text, span, matches);
    if (m_pattern)
        return m_pattern->findMatches(text, span, matches);
    const std::string_view inside = text.substr(0, span.end);
    for (std::size_t at = inside.find(m_string, span.begin); at != std::string_view::npos;
         at = inside.find(m_string, at + m_string.size()))
        matches.push_back({at, at + m_string.size()});
}

void SplitStep::cutBeforeMark(std::string_view text, TextSpan span, std::vector<TextSpan>& words) const
{
    const std::string_view mark = m_metaspace.mark;
    const std::string_view inside = text.substr(0, span.end);
    std::size_t begin = span.begin;
    std::size_t afterMark = span.begin; // where the last mark ends
    for (std::size_t at = inside.find(mark, span.begin); at != std::string_view::npos;
         at = inside.find(mark, afterMark)) {
        if (at > begin && (m_metaspace.split || at > afterMark)) {
            words.push_back({begin, at});
            begin = at;
        }
        afterMark = at + mark.size();
    }
    words.push_back({begin, span.end});
}

void SplitStep::rewrite(SplitText& split, bool atStart) const
{
    using Prefix = MetaspaceOptions::Prefix;
    const std::string& mark = m_metaspace.mark;
    std::string text;
    std::vector<TextSpan> words;
    for (const TextSpan& span : split.words) {
        const std::string_view word = std::string_view(split.text).substr(span.begin, span.end - span.begin);
        const std::size_t begin = text.size();
        const bool prefixed = m_metaspace.prefix == Prefix::Always
            || (m_metaspace.prefix == Prefix::First && atStart && span.begin == 0);
        if (prefixed && word.front() != ' ' && !word.starts_with(mark))
            text += mark;
        text += replaced(word, " ", mark);
        words.push_back({begin, text.size()});
    }
    split.text = std::move(text);
    split.words = std::move(words);
}

void SplitStep::apply(SplitText& split, bool atStart) const
{
    if (m_kind == Kind::Rewrite)
        return rewrite(split, atStart);
    split.before.swap(split.words);
    split.words.clear();
    for (const TextSpan& span : split.before)
        cut(split.text, span, split.words);
}

void splitText(const std::vector<SplitStep>& steps, std::string_view text, bool atStart, SplitText& result)
{
    result.text = text;
    result.words.clear();
    if (!text.empty())
        result.words.push_back({0, text.size()});
    for (const SplitStep& step : steps)
        step.apply(result, atStart);
}

} // namespace ahascope::text
