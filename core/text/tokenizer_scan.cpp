#include "core/text/tokenizer_scan.h"

#include "core/text/tokenizer_scanner.h"

namespace ahascope::text {

namespace {

using Kind = CharacterKind;

bool isAsciiLetter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Length of 's, 't, 'm, 'd, 're, 've or 'll at an apostrophe, else 0. In any case also U+017F (long s), which case
// folding makes an s.
std::size_t contractionLength(const Scanner& scanner, bool anyCase)
{
    const std::size_t at = scanner.begin();
    if (scanner.byte(at) != '\'' || !scanner.has(at + 1))
        return 0;
    const auto folded = [&](std::size_t i) {
        const char c = scanner.has(i) ? scanner.byte(i) : '\0';
        return anyCase && c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    };
    const char first = folded(at + 1);
    const char second = folded(at + 2);
    if (first == 's' || first == 't' || first == 'm' || first == 'd')
        return 2;
    if ((first == 'r' && second == 'e') || (first == 'v' && second == 'e') || (first == 'l' && second == 'l'))
        return 3;
    return anyCase && first == '\xc5' && second == '\xbf' ? 3 : 0;
}

bool isOtherThanWord(Kind kind)
{
    return kind != Kind::Space && kind != Kind::Letter && kind != Kind::Number;
}

void scanCl100k(Scanner& scanner, int maxDigits)
{
    while (!scanner.atEnd()) {
        const std::size_t begin = scanner.begin();
        if (const std::size_t length = contractionLength(scanner, true)) {
            scanner.emit(begin + length);
            continue;
        }
        const Scanner::Character first = scanner.characterAt(begin);
        const auto isLetter = [](Kind kind) { return kind == Kind::Letter; };
        if (first.kind == Kind::Letter) {
            scanner.emit(scanner.runEnd(first.end, isLetter));
            continue;
        }
        if (first.kind == Kind::Number) {
            std::size_t end = first.end;
            for (int digits = 1; digits < maxDigits && scanner.has(end); ++digits) {
                const Scanner::Character next = scanner.characterAt(end);
                if (next.kind != Kind::Number)
                    break;
                end = next.end;
            }
            scanner.emit(end);
            continue;
        }
        if (!isLineBreak(scanner.byte(begin))) {
            if (const std::size_t end = scanner.runEnd(first.end, isLetter); end > first.end) {
                scanner.emit(end);
                continue;
            }
        }
        const std::size_t from = scanner.byte(begin) == ' ' ? begin + 1 : begin;
        if (const std::size_t end = scanner.runEnd(from, isOtherThanWord); end > from)
            scanner.emit(scanner.skipLineBreaks(end));
        else
            scanner.emitLineBreaksOrSpace();
    }
}

} // namespace

void scanGpt2(std::string_view text, TextSpan span, std::vector<TextSpan>& words)
{
    Scanner scanner(text, span, words);
    while (!scanner.atEnd()) {
        const std::size_t begin = scanner.begin();
        if (const std::size_t length = contractionLength(scanner, false)) {
            scanner.emit(begin + length);
            continue;
        }
        const std::size_t from = scanner.byte(begin) == ' ' && scanner.has(begin + 1) ? begin + 1 : begin;
        const Scanner::Character first = scanner.characterAt(from);
        if (first.kind == Kind::Space)
            scanner.emitSpace();
        else if (first.kind == Kind::Letter || first.kind == Kind::Number)
            scanner.emit(scanner.runEnd(first.end, [&](Kind kind) { return kind == first.kind; }));
        else
            scanner.emit(scanner.runEnd(first.end, isOtherThanWord));
    }
}

void scanQwen2(std::string_view text, TextSpan span, std::vector<TextSpan>& words)
{
    Scanner scanner(text, span, words);
    scanCl100k(scanner, 1);
}

void scanLlama3(std::string_view text, TextSpan span, std::vector<TextSpan>& words)
{
    Scanner scanner(text, span, words);
    scanCl100k(scanner, 3);
}

void scanDeepSeek3(std::string_view text, TextSpan span, std::vector<TextSpan>& words)
{
    Scanner scanner(text, span, words);
    const auto isLetterOrMark = [](Kind kind) { return kind == Kind::Letter || kind == Kind::Mark; };
    const auto isSign = [](Kind kind) { return kind == Kind::Punctuation || kind == Kind::Symbol; };
    // The end of the word at `begin`, or `begin` where no alternative but white space could match.
    const auto wordEnd = [&](std::size_t begin) {
        const Scanner::Character first = scanner.characterAt(begin);
        const bool asciiSign = isSign(first.kind) && first.end == begin + 1;
        if (asciiSign && scanner.has(first.end) && isAsciiLetter(scanner.byte(first.end))) {
            std::size_t end = first.end;
            while (scanner.has(end) && isAsciiLetter(scanner.byte(end)))
                ++end;
            return end;
        }
        if (isLetterOrMark(first.kind))
            return scanner.runEnd(first.end, isLetterOrMark);
        if (!isLineBreak(scanner.byte(begin)) && !isSign(first.kind)) {
            if (const std::size_t end = scanner.runEnd(first.end, isLetterOrMark); end > first.end)
                return end;
        }
        const std::size_t from = scanner.byte(begin) == ' ' ? begin + 1 : begin;
        const std::size_t end = scanner.runEnd(from, isSign);
        return end > from ? scanner.skipLineBreaks(end) : begin;
    };
    while (!scanner.atEnd()) {
        const std::size_t begin = scanner.begin();
        if (const std::size_t end = wordEnd(begin); end > begin) {
            scanner.emit(end);
        } else if (scanner.characterAt(begin).kind == Kind::Space) {
            scanner.emitLineBreaksOrSpace();
        } else {
            // Numbers and other characters that nothing matches stay together up to the next match.
            std::size_t at = scanner.characterAt(begin).end;
            while (scanner.has(at) && scanner.characterAt(at).kind != Kind::Space && wordEnd(at) == at)
                at = scanner.characterAt(at).end;
            scanner.emit(at);
        }
    }
}

} // namespace ahascope::text
