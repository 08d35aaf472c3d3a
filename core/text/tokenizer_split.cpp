#include "core/text/tokenizer_split.h"

#include "core/problem.h"
#include "core/text/tokenizer_class_pattern.h"
#include "core/text/utf8.h"

namespace ahascope::text {

namespace {

struct KnownExpression {
    std::string_view expression;
    Splitter splitter;
};

constexpr KnownExpression Known[] = {
    {R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)", scanGpt2},
    {R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)",
        scanQwen2},
    {R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)",
        scanLlama3},
    {R"([!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)",
        scanDeepSeek3},
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

void cutNothing(std::string_view, TextSpan span, std::vector<TextSpan>& words)
{
    words.push_back(span);
}

void addSpaces(SplitText& split)
{
    std::string text;
    std::vector<TextSpan> words;
    for (const TextSpan& span : split.words) {
        const std::size_t begin = text.size();
        if (split.text[span.begin] != ' ')
            text += ' ';
        text.append(split.text, span.begin, span.end - span.begin);
        words.push_back({begin, text.size()});
    }
    split.text = std::move(text);
    split.words = std::move(words);
}

} // namespace

SplitStep SplitStep::regex(const std::string& expression, const std::string& where)
{
    SplitStep step;
    for (const KnownExpression& known : Known) {
        if (known.expression == expression) {
            step.m_splitter = known.splitter;
            step.m_coversAllText = known.splitter != scanDeepSeek3;
            return step;
        }
    }
    std::optional<ClassPattern> pattern = ClassPattern::parse(expression);
    if (!pattern)
        throw InputError(
            Problem{where, "the expression '" + expression.substr(0, 300) + "' is not one of the known ones",
                "supported are the splits of GPT-2, Qwen2, Llama 3 and DeepSeek"});
    step.m_coversAllText = false;
    step.m_pattern = std::make_shared<const ClassPattern>(std::move(*pattern));
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
    SplitStep step;
    step.m_splitter = cutNothing;
    step.m_addsSpace = true;
    return step;
}

void SplitStep::cut(std::string_view text, TextSpan span, std::vector<TextSpan>& words) const
{
    if (m_pattern)
        m_pattern->cut(text, span, words);
    else
        m_splitter(text, span, words);
}

void splitText(const std::vector<SplitStep>& steps, std::string_view text, SplitText& result)
{
    result.text = text;
    result.words.clear();
    if (!text.empty())
        result.words.push_back({0, text.size()});
    std::vector<TextSpan> before;
    for (const SplitStep& step : steps) {
        if (step.addsSpace()) {
            addSpaces(result);
            continue;
        }
        before.swap(result.words);
        result.words.clear();
        for (const TextSpan& span : before)
            step.cut(result.text, span, result.words);
    }
}

} // namespace ahascope::text
