#include "core/reward/verify_integer.h"

#include <algorithm>
#include <vector>

#include "core/text/completion_parser.h"
#include "core/text/utf8.h"
#include "core/text/white_space.h"

namespace ahascope::reward {

namespace {

constexpr std::size_t mostDigits = 1000;

struct Numeral {
    text::Span at;
    bool whole = true;  // false: 3.5, 3/4, 2e5
    std::string digits; // canonical, if whole: no leading zeros, a minus sign unless it is 0
};

// Finds the numerals of a text one after the other.
class NumeralScanner {
public:
    explicit NumeralScanner(std::string_view text) : m_text(text) { }

    std::optional<Numeral> next()
    {
        while (m_at < m_text.size()) {
            if (digitAt(m_at)) {
                return read();
            }
            m_at += text::codePointAt(m_text, m_at).bytes;
        }
        return std::nullopt;
    }

private:
    struct Digit {
        char value = '0';
        std::size_t bytes = 1;
    };

    std::optional<Digit> digitAt(std::size_t at) const
    {
        if (at >= m_text.size()) {
            return std::nullopt;
        }
        const char byte = m_text[at];
        if (byte >= '0' && byte <= '9') {
            return Digit{byte, 1};
        }
        const text::CodePoint point = text::codePointAt(m_text, at);
        if (point.value >= 0xFF10 && point.value <= 0xFF19) { // full-width digits of Chinese text
            return Digit{static_cast<char>('0' + (point.value - 0xFF10)), point.bytes};
        }
        return std::nullopt;
    }

    bool isByte(std::size_t at, char byte) const { return at < m_text.size() && m_text[at] == byte; }

    // Exactly three digits from `at` on, as after a comma that groups thousands.
    bool groupAt(std::size_t at) const
    {
        for (int i = 0; i < 3; ++i) {
            const auto digit = digitAt(at);
            if (!digit) {
                return false;
            }
            at += digit->bytes;
        }
        return !digitAt(at);
    }

    // Bytes of a thousands separator at `at`: "," or LaTeX's "{,}"; 0 if there is none.
    std::size_t commaAt(std::size_t at) const
    {
        if (isByte(at, ',') && groupAt(at + 1)) {
            return 1;
        }
        return m_text.substr(at, 3) == "{,}" && groupAt(at + 3) ? 3 : 0;
    }

    void takeDigits(std::string& digits)
    {
        while (const auto digit = digitAt(m_at)) {
            if (digits.size() <= mostDigits) {
                digits += digit->value;
            }
            m_at += digit->bytes;
        }
    }

    Numeral read()
    {
        Numeral numeral;
        numeral.at.begin = m_at;
        const bool negative = signBefore(m_at);
        std::string digits;
        takeDigits(digits);
        if (digits.size() <= 3) {
            while (const std::size_t comma = commaAt(m_at)) {
                m_at += comma;
                takeDigits(digits);
            }
        }
        if (isByte(m_at, '.') && digitAt(m_at + 1)) {
            ++m_at;
            std::string decimals;
            takeDigits(decimals);
            numeral.whole = decimals.find_first_not_of('0') == std::string::npos;
        }
        while ((isByte(m_at, '/') || isByte(m_at, 'e') || isByte(m_at, 'E')) && digitAt(m_at + 1)) {
            ++m_at;
            std::string unused;
            takeDigits(unused);
            numeral.whole = false;
        }
        numeral.at.end = m_at;
        numeral.whole = numeral.whole && digits.size() <= mostDigits;
        digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size() - 1));
        numeral.digits = negative && digits != "0" ? "-" + digits : digits;
        return numeral;
    }

    // A minus sign that belongs to the number: "-5", "-$5", but not the one of "16-3" or "16 - 3".
    bool signBefore(std::size_t at) const
    {
        while (at > 0 && (m_text[at - 1] == '$' || m_text[at - 1] == '\\')) {
            --at;
        }
        std::size_t sign = 0;
        if (at >= 1 && m_text[at - 1] == '-') {
            sign = 1;
        } else if (at >= 3 && m_text.substr(at - 3, 3) == "\xE2\x88\x92") {
            sign = 3;
        }
        if (sign == 0) {
            return false;
        }
        at -= sign;
        if (at == 0) {
            return true;
        }
        const char before = m_text[at - 1];
        const bool operand = (before >= '0' && before <= '9') || (before >= 'a' && before <= 'z')
            || (before >= 'A' && before <= 'Z') || before == ')';
        return !operand;
    }

    std::string_view m_text;
    std::size_t m_at = 0;
};

// Where the last \boxed{...} of the text begins and ends; braces may be nested.
std::optional<std::string_view> lastBoxed(std::string_view text)
{
    const std::string_view command = "\\boxed{";
    const std::size_t begin = text.rfind(command);
    if (begin == std::string_view::npos) {
        return std::nullopt;
    }
    std::size_t depth = 1;
    for (std::size_t i = begin + command.size(); i < text.size(); ++i) {
        depth += text[i] == '{' ? 1 : 0;
        depth -= text[i] == '}' ? 1 : 0;
        if (depth == 0) {
            return text.substr(begin + command.size(), i - begin - command.size());
        }
    }
    return std::nullopt;
}

// The part of an answer that states its result.
std::string_view statedPart(std::string_view text)
{
    const std::string_view mark = "####";
    if (const std::size_t at = text.rfind(mark); at != std::string_view::npos) {
        return text.substr(at + mark.size());
    }
    if (const auto boxed = lastBoxed(text)) {
        return *boxed;
    }
    if (const std::size_t at = text.rfind('='); at != std::string_view::npos) {
        return text.substr(at + 1);
    }
    return text;
}

struct Reading {
    std::optional<Numeral> numeral;
    std::string reason; // why there is none
};

Reading readOne(std::string_view text)
{
    NumeralScanner scanner(text);
    std::optional<Numeral> first = scanner.next();
    if (!first) {
        return {std::nullopt, "states no number"};
    }
    while (const auto other = scanner.next()) {
        if (!other->whole || !first->whole || other->digits != first->digits) {
            return {std::nullopt, "states several numbers"};
        }
    }
    if (!first->whole) {
        return {std::nullopt, "states a number that is not whole"};
    }
    return {std::move(first), ""};
}

Verification compare(const std::string& gold, const std::string& digits, std::string what)
{
    const bool equal = gold == digits;
    std::string reason
        = std::move(what) + " is " + shortened(digits, 40) + (equal ? "" : ", not " + shortened(gold, 40));
    return {equal, digits, std::move(reason)};
}

} // namespace

std::optional<std::string> readInteger(std::string_view text)
{
    Reading reading = readOne(statedPart(text));
    return reading.numeral ? std::optional(std::move(reading.numeral->digits)) : std::nullopt;
}

Verification verifyInteger(std::string_view gold, std::string_view answer)
{
    const auto wanted = readInteger(gold);
    if (!wanted) {
        return {std::nullopt, "", "the gold answer states no whole number"};
    }
    const std::string_view stated = text::trim(statedPart(answer));
    const Reading reading = readOne(stated);
    if (!reading.numeral) {
        return {false, shortened(stated), "the answer " + reading.reason};
    }
    return compare(*wanted, reading.numeral->digits, "the answer");
}

Verification verifyIntegerLeniently(std::string_view gold, std::string_view text)
{
    const auto wanted = readInteger(gold);
    if (!wanted) {
        return {std::nullopt, "", "the gold answer states no whole number"};
    }
    NumeralScanner scanner(text);
    std::optional<Numeral> last;
    while (auto numeral = scanner.next()) {
        last = std::move(numeral);
    }
    if (!last) {
        return {false, "", "there is no number"};
    }
    if (!last->whole) {
        return {false, shortened(last->at.of(text)), "the last number is not whole"};
    }
    return compare(*wanted, last->digits, "the last number");
}

} // namespace ahascope::reward
