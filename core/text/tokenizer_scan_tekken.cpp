// The expression of Mistral's Tekken vocabularies. It tells capitals from small letters, so that "camelCase" is cut,
// and where a run of capitals and uncased letters is followed by no small one, its last uncased character ends the
// word.
#include "core/text/tokenizer_scanner.h"

namespace ahascope::text {

namespace {

class TekkenScanner {
public:
    explicit TekkenScanner(Scanner& scanner) : m_scanner(scanner) { }

    // End of the word that begins at `begin`, or `begin` when none of the first two alternatives matches.
    std::size_t wordEnd(std::size_t begin) const
    {
        std::size_t next = begin;
        const char32_t first = m_scanner.read(next);
        const CharacterKind kind = m_scanner.classes().kind(first);
        const bool isPrefix
            = kind != CharacterKind::Letter && kind != CharacterKind::Number && first != '\r' && first != '\n';
        const bool isWord = kind == CharacterKind::Letter || kind == CharacterKind::Mark; // a mark can be both
        for (const auto end : {&TekkenScanner::endWithSmall, &TekkenScanner::endOfUnsmall}) {
            if (isPrefix) {
                if (const std::size_t to = (this->*end)(next); to > next)
                    return to;
            }
            if (isWord) {
                if (const std::size_t to = (this->*end)(begin); to > begin)
                    return to;
            }
        }
        return begin;
    }

private:
    enum class Case { None, Upper, Lower, Either }; // Either: in both brackets, \p{Lm}\p{Lo}\p{M}

    // Case of the character at `at`, which moves behind it; None, unmoved, at the end.
    Case read(std::size_t& at) const
    {
        if (!m_scanner.has(at))
            return Case::None;
        const UnicodeClasses& classes = m_scanner.classes();
        const char32_t c = m_scanner.read(at);
        const CharacterKind kind = classes.kind(c);
        if (kind == CharacterKind::Mark)
            return Case::Either;
        if (kind != CharacterKind::Letter)
            return Case::None;
        return classes.isLower(c) ? Case::Lower : classes.isUpper(c) ? Case::Upper : Case::Either;
    }

    // [\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+
    std::size_t endWithSmall(std::size_t at) const
    {
        std::size_t end = at; // behind the last character from which the second bracket could go on
        std::size_t next = at;
        for (Case c = read(next); c != Case::None; c = read(next)) {
            if (c == Case::Lower)
                return endOfSmall(next);
            if (c == Case::Either)
                end = next;
        }
        return end;
    }

    std::size_t endOfSmall(std::size_t at) const
    {
        std::size_t next = at;
        for (Case c = read(next); c == Case::Lower || c == Case::Either; c = read(next))
            at = next;
        return at;
    }

    // [\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]* where the alternative before does not match: no small
    // letter follows.
    std::size_t endOfUnsmall(std::size_t at) const
    {
        std::size_t next = at;
        for (Case c = read(next); c == Case::Upper || c == Case::Either; c = read(next))
            at = next;
        return at;
    }

    Scanner& m_scanner;
};

bool isSign(CharacterKind kind)
{
    return kind != CharacterKind::Space && kind != CharacterKind::Letter && kind != CharacterKind::Number;
}

} // namespace

void scanTekken(std::string_view text, TextSpan span, std::vector<TextSpan>& words)
{
    Scanner scanner(text, span, words);
    const TekkenScanner tekken(scanner);
    while (!scanner.atEnd()) {
        const std::size_t begin = scanner.begin();
        if (const std::size_t end = tekken.wordEnd(begin); end > begin) {
            scanner.emit(end);
            continue;
        }
        const Scanner::Character first = scanner.characterAt(begin);
        if (first.kind == CharacterKind::Number) {
            scanner.emit(first.end);
            continue;
        }
        const std::size_t from = scanner.byte(begin) == ' ' ? begin + 1 : begin;
        std::size_t end = scanner.runEnd(from, isSign);
        if (end == from) {
            scanner.emitLineBreaksOrSpace();
            continue;
        }
        while (scanner.has(end) && (isLineBreak(scanner.byte(end)) || scanner.byte(end) == '/'))
            ++end;
        scanner.emit(end);
    }
}

} // namespace ahascope::text
