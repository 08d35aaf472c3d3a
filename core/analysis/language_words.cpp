#include "core/analysis/language_words.h"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>

#include <unicode/ubrk.h>
#include <unicode/uchar.h>
#include <unicode/uscript.h>

#include "core/analysis/words.h"
#include "core/text/utf8.h"

namespace ahascope::analysis {

namespace {

struct ScriptLanguage {
    UScriptCode script;
    std::string_view language;
};

// The most widely written language of each script.
constexpr std::array scriptLanguages{
    ScriptLanguage{USCRIPT_ARABIC, "ar"},
    ScriptLanguage{USCRIPT_ARMENIAN, "hy"},
    ScriptLanguage{USCRIPT_BENGALI, "bn"},
    ScriptLanguage{USCRIPT_CYRILLIC, "ru"},
    ScriptLanguage{USCRIPT_DEVANAGARI, "hi"},
    ScriptLanguage{USCRIPT_ETHIOPIC, "am"},
    ScriptLanguage{USCRIPT_GEORGIAN, "ka"},
    ScriptLanguage{USCRIPT_GREEK, "el"},
    ScriptLanguage{USCRIPT_GUJARATI, "gu"},
    ScriptLanguage{USCRIPT_GURMUKHI, "pa"},
    ScriptLanguage{USCRIPT_HANGUL, "ko"},
    ScriptLanguage{USCRIPT_HEBREW, "he"},
    ScriptLanguage{USCRIPT_KANNADA, "kn"},
    ScriptLanguage{USCRIPT_KHMER, "km"},
    ScriptLanguage{USCRIPT_LAO, "lo"},
    ScriptLanguage{USCRIPT_MALAYALAM, "ml"},
    ScriptLanguage{USCRIPT_MYANMAR, "my"},
    ScriptLanguage{USCRIPT_SINHALA, "si"},
    ScriptLanguage{USCRIPT_TAMIL, "ta"},
    ScriptLanguage{USCRIPT_TELUGU, "te"},
    ScriptLanguage{USCRIPT_THAI, "th"},
};

// Symbols that every language's mathematics writes in Latin letters. Sorted.
constexpr std::array<std::string_view, 39> symbols{"arccos", "arcsin", "arctan", "cm", "cos", "cosh", "cot", "csc",
    "deg", "det", "dm", "exp", "frac", "ft", "gcd", "kg", "km", "lb", "lcm", "lg", "lim", "ln", "log", "max", "mg",
    "min", "ml", "mm", "mod", "mph", "pi", "rad", "sec", "sin", "sinh", "sqrt", "tan", "tanh", "vs"};
static_assert(std::is_sorted(symbols.begin(), symbols.end()));

const std::u32string_view hanNumerals = U"〇零一二三四五六七八九十百千万亿两兩萬億第点點";

enum class LetterClass { None, Latin, Spaceless, Thai, Other };

bool isKana(char32_t codePoint)
{
    return (codePoint >= 0x3041 && codePoint <= 0x30FF && codePoint != 0x30FB)
        || (codePoint >= 0xFF66 && codePoint <= 0xFF9D);
}

LetterClass letterClassOf(char32_t codePoint)
{
    if (isLatinLetter(codePoint)) {
        return LetterClass::Latin;
    }
    if (codePoint < 0x370) {
        return LetterClass::None; // ASCII and Latin-1 signs, modifier letters
    }
    if (isHan(codePoint) || isKana(codePoint)) {
        return LetterClass::Spaceless;
    }
    if (codePoint >= 0x0E00 && codePoint <= 0x0E7F) {
        return LetterClass::Thai;
    }
    return u_isalpha(static_cast<UChar32>(codePoint)) ? LetterClass::Other : LetterClass::None;
}

bool isMark(char32_t codePoint)
{
    const int8_t type = u_charType(static_cast<UChar32>(codePoint));
    return type == U_NON_SPACING_MARK || type == U_COMBINING_SPACING_MARK || type == U_ENCLOSING_MARK;
}

std::string_view languageOfScript(char32_t codePoint)
{
    UErrorCode error = U_ZERO_ERROR;
    const UScriptCode script = uscript_getScript(static_cast<UChar32>(codePoint), &error);
    const auto found = std::find_if(scriptLanguages.begin(), scriptLanguages.end(),
        [&](const ScriptLanguage& entry) { return entry.script == script; });
    return U_SUCCESS(error) && found != scriptLanguages.end() ? found->language : "und";
}

// ICU's word breaker, made when the first run needs it: making one costs more than most texts.
class WordBreaker {
public:
    // Ends of the words of a run of spaceless script, as byte offsets; the run's own end alone if ICU cannot help.
    std::vector<std::size_t> wordEnds(std::string_view text, text::Span run)
    {
        std::vector<char16_t> units;
        std::vector<std::size_t> byteAfter; // for each UTF-16 unit, where the next one begins
        for (std::size_t i = run.begin; i < run.end;) {
            const text::CodePoint point = text::codePointAt(text, i);
            i += point.bytes;
            if (point.value > 0xFFFF) {
                units.push_back(static_cast<char16_t>(0xD7C0 + (point.value >> 10)));
                byteAfter.push_back(i - point.bytes);
                units.push_back(static_cast<char16_t>(0xDC00 + (point.value & 0x3FF)));
            } else {
                units.push_back(static_cast<char16_t>(point.value));
            }
            byteAfter.push_back(i);
        }
        std::vector<std::size_t> ends;
        if (open(units)) {
            for (int32_t end = ubrk_next(m_iterator.get()); end != UBRK_DONE; end = ubrk_next(m_iterator.get())) {
                ends.push_back(byteAfter[static_cast<std::size_t>(end) - 1]);
            }
        }
        if (ends.empty()) {
            ends.push_back(run.end);
        }
        return ends;
    }

private:
    struct Close {
        void operator()(UBreakIterator* iterator) const { ubrk_close(iterator); }
    };

    bool open(const std::vector<char16_t>& units)
    {
        UErrorCode error = U_ZERO_ERROR;
        if (!m_iterator) {
            m_iterator.reset(ubrk_open(UBRK_WORD, "zh", nullptr, 0, &error));
        }
        if (U_FAILURE(error) || !m_iterator) {
            return false;
        }
        ubrk_setText(m_iterator.get(), units.data(), static_cast<int32_t>(units.size()), &error);
        return U_SUCCESS(error);
    }

    std::unique_ptr<UBreakIterator, Close> m_iterator;
};

class Scanner {
public:
    explicit Scanner(std::string_view prose) : m_text(prose) { }

    std::vector<LanguageWord> run()
    {
        while (m_at < m_text.size()) {
            const text::CodePoint point = text::codePointAt(m_text, m_at);
            const LetterClass kind = letterClassOf(point.value);
            if (kind == LetterClass::None) {
                m_at += point.bytes;
            } else {
                readRun(kind, point.value);
            }
        }
        return std::move(m_words);
    }

private:
    // Digits and underscores make an identifier of the letters beside them.
    static bool isIdentifierByte(char byte) { return (byte >= '0' && byte <= '9') || byte == '_'; }

    // An apostrophe between two letters, as in "don't": its bytes, else 0.
    std::size_t apostropheAt(std::size_t at) const
    {
        const std::size_t bytes = m_text[at] == '\'' ? 1 : m_text.substr(at, 3) == "\xE2\x80\x99" ? 3 : 0;
        const bool letterFollows = bytes > 0 && at + bytes < m_text.size()
            && letterClassOf(text::codePointAt(m_text, at + bytes).value) == LetterClass::Latin;
        return letterFollows ? bytes : 0;
    }

    void readRun(LetterClass kind, char32_t first)
    {
        const std::size_t begin = m_at;
        const std::size_t longestRun = 4096; // bounds what ICU is given at once
        while (m_at < m_text.size() && (kind == LetterClass::Latin || m_at - begin < longestRun)) {
            const text::CodePoint point = text::codePointAt(m_text, m_at);
            if (letterClassOf(point.value) == kind || (point.value >= 0x300 && isMark(point.value))) {
                m_at += point.bytes;
            } else if (const std::size_t bytes = kind == LetterClass::Latin ? apostropheAt(m_at) : 0) {
                m_at += bytes;
            } else {
                break;
            }
        }
        const text::Span run{begin, m_at};
        if (kind == LetterClass::Latin) {
            addLatin(run);
        } else if (kind == LetterClass::Spaceless) {
            addSpaceless(run);
        } else if (kind == LetterClass::Thai) {
            addAll(run, m_breaker.wordEnds(m_text, run), "th");
        } else {
            const std::string_view language = languageOfScript(first);
            const bool greekSymbol = language == "el" && run.size() <= 2; // one letter: a quantity
            if (!greekSymbol) {
                m_words.push_back({run, language});
            }
        }
    }

    void addAll(text::Span run, const std::vector<std::size_t>& ends, std::string_view language)
    {
        std::size_t begin = run.begin;
        for (const std::size_t end : ends) {
            m_words.push_back({{begin, end}, language});
            begin = end;
        }
    }

    void addLatin(text::Span run)
    {
        const bool identifier = (run.begin > 0 && isIdentifierByte(m_text[run.begin - 1]))
            || (run.end < m_text.size() && isIdentifierByte(m_text[run.end]));
        if (!identifier && !isSymbol(run.of(m_text))) {
            m_words.push_back({run, {}});
        }
    }

    // "x", "ABC" of a triangle, "km", "sin"; "a" and "I" are words.
    static bool isSymbol(std::string_view word)
    {
        if (word.size() == 1) {
            return word != "a" && word != "A" && word != "I";
        }
        const bool capitals
            = word.size() <= 4 && std::all_of(word.begin(), word.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
        return capitals || std::binary_search(symbols.begin(), symbols.end(), word);
    }

    // A run with a kana character is Japanese as a whole; one of Chinese characters alone is Chinese.
    void addSpaceless(text::Span run)
    {
        bool japanese = false;
        std::size_t characters = 0;
        for (std::size_t i = run.begin; i < run.end; ++characters) {
            const text::CodePoint point = text::codePointAt(m_text, i);
            japanese = japanese || isKana(point.value);
            i += point.bytes;
        }
        const std::vector<std::size_t> ends = characters <= 2 ? std::vector{run.end} : m_breaker.wordEnds(m_text, run);
        std::size_t begin = run.begin;
        for (const std::size_t end : ends) {
            if (!isNumeral({begin, end})) {
                m_words.push_back({{begin, end}, japanese ? "ja" : "zh"});
            }
            begin = end;
        }
    }

    bool isNumeral(text::Span word) const
    {
        for (std::size_t i = word.begin; i < word.end;) {
            const text::CodePoint point = text::codePointAt(m_text, i);
            if (hanNumerals.find(point.value) == std::u32string_view::npos) {
                return false;
            }
            i += point.bytes;
        }
        return true;
    }

    std::string_view m_text;
    std::size_t m_at = 0;
    WordBreaker m_breaker;
    std::vector<LanguageWord> m_words;
};

} // namespace

std::vector<LanguageWord> languageWordsOf(std::string_view prose)
{
    return Scanner(prose).run();
}

} // namespace ahascope::analysis
