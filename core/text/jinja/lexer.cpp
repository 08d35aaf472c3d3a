#include "core/text/jinja/lexer.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "core/text/jinja/budget.h"
#include "core/text/jinja/python_string.h"
#include "core/text/jinja/text_literal.h"
#include "core/text/unicode_class.h"
#include "core/text/utf8.h"

namespace ahascope::text::jinja {

namespace {

constexpr std::size_t MostTokens = 200'000;

bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

// \r\n and \r become \n, and one line end at the very end is dropped.
std::string withPlainLineEnds(std::string_view source)
{
    std::string plain;
    plain.reserve(source.size());
    for (std::size_t i = 0; i < source.size(); ++i) {
        if (source[i] == '\r' && i + 1 < source.size() && source[i + 1] == '\n')
            continue;
        plain += source[i] == '\r' ? '\n' : source[i];
    }
    if (plain.ends_with('\n'))
        plain.pop_back();
    return plain;
}

class Lexer {
public:
    explicit Lexer(std::string_view source) : m_source(withPlainLineEnds(source)), m_rest(m_source) { }

    std::vector<Token> tokens()
    {
        while (m_at < m_rest.size())
            readData();
        add(TokenKind::End, "");
        return std::move(m_tokens);
    }

private:
    [[noreturn]] void fail(const std::string& message, const std::string& remedy = "") const
    {
        throw Fault(message, remedy, m_line);
    }

    // Where the scan goes on, counting the lines it passes.
    void moveTo(std::size_t position)
    {
        const std::string_view passed = m_rest.substr(m_at, position - m_at);
        m_line += static_cast<int>(std::count(passed.begin(), passed.end(), '\n'));
        m_at = position;
        m_lineStarting = m_at == 0 || m_rest[m_at - 1] == '\n';
    }

    bool at(std::string_view text) const { return m_rest.substr(m_at).starts_with(text); }

    Token& add(TokenKind kind, std::string_view text)
    {
        if (m_tokens.size() >= MostTokens)
            fail("has more than " + std::to_string(MostTokens) + " words and signs");
        m_tokens.push_back({kind, m_line, std::string(text)});
        return m_tokens.back();
    }

    std::size_t afterSpace(std::size_t position) const
    {
        while (position < m_rest.size()) {
            const std::size_t length = spaceLength(m_rest, position);
            if (length == 0)
                break;
            position += length;
        }
        return position;
    }

    // Text up to the next tag, without what the tag strips from it.
    void addData(std::string_view text, char sign, bool stripsIndent)
    {
        if (sign == '-') {
            text = strip(text, Side::Right);
        } else if (sign != '+' && stripsIndent) {
            const std::size_t line = text.rfind('\n') + 1; // 0 when there is none
            if ((line > 0 || m_lineStarting) && strip(text.substr(line), Side::Both).empty())
                text = text.substr(0, line);
        }
        if (!text.empty())
            add(TokenKind::Data, text);
    }

    void readData()
    {
        std::size_t open = m_rest.find('{', m_at);
        const auto opens = [&] {
            return open + 1 < m_rest.size()
                && (m_rest[open + 1] == '{' || m_rest[open + 1] == '%' || m_rest[open + 1] == '#');
        };
        while (open != std::string_view::npos && !opens())
            open = m_rest.find('{', open + 1);
        if (open == std::string_view::npos) {
            add(TokenKind::Data, m_rest.substr(m_at));
            moveTo(m_rest.size());
            return;
        }
        const char type = m_rest[open + 1];
        const char sign = signAt(open + 2);
        addData(m_rest.substr(m_at, open - m_at), sign, type != '{');
        moveTo(open);
        const std::size_t inside = open + (sign == 0 ? 2 : 3);
        if (type == '#')
            readComment(inside);
        else if (const auto raw = afterRaw(inside); type == '%' && raw)
            readRaw(*raw);
        else
            readTag(inside, type == '{');
    }

    char signAt(std::size_t position) const
    {
        const char c = position < m_rest.size() ? m_rest[position] : '\0';
        return c == '-' || c == '+' ? c : '\0';
    }

    // Where the tag that closes with `closing` ends when it closes at `position`; line ends after a block are dropped.
    std::optional<std::size_t> afterClosing(std::size_t position, std::string_view closing, bool trims) const
    {
        const std::string_view rest = m_rest.substr(position);
        if (rest.starts_with('-') && rest.substr(1).starts_with(closing))
            return afterSpace(position + 3);
        if (trims && rest.starts_with('+') && rest.substr(1).starts_with(closing))
            return position + 3;
        if (!rest.starts_with(closing))
            return std::nullopt;
        const bool drops = trims && position + 2 < m_rest.size() && m_rest[position + 2] == '\n';
        return position + (drops ? 3 : 2);
    }

    void readComment(std::size_t inside)
    {
        for (std::size_t close = inside; close < m_rest.size(); ++close) {
            if (const auto end = afterClosing(close, "#}", true)) {
                moveTo(*end);
                return;
            }
        }
        fail("a comment is not closed", "write #} after it");
    }

    // After {% raw %}, of which `inside` is behind the opening sign.
    std::optional<std::size_t> afterRaw(std::size_t inside) const
    {
        const std::size_t word = afterSpace(inside);
        if (!m_rest.substr(word).starts_with("raw"))
            return std::nullopt;
        return afterClosing(afterSpace(word + 3), "%}", false);
    }

    void readRaw(std::size_t begin)
    {
        const int line = m_line;
        moveTo(begin);
        for (std::size_t open = m_rest.find("{%", begin); open != std::string_view::npos;
             open = m_rest.find("{%", open + 1)) {
            const char sign = signAt(open + 2);
            const std::size_t word = afterSpace(open + (sign == 0 ? 2 : 3));
            if (!m_rest.substr(word).starts_with("endraw"))
                continue;
            if (const auto end = afterClosing(afterSpace(word + 6), "%}", true)) {
                addData(m_rest.substr(begin, open - begin), sign, true);
                moveTo(*end);
                return;
            }
        }
        throw Fault("{% raw %} is not closed", "write {% endraw %}", line);
    }

    void readTag(std::size_t inside, bool variable)
    {
        add(variable ? TokenKind::VariableBegin : TokenKind::BlockBegin, "");
        moveTo(inside);
        m_open.clear();
        const std::string_view closing = variable ? "}}" : "%}";
        while (true) {
            if (m_at >= m_rest.size())
                fail("a tag is not closed", "write " + std::string(closing) + " after it");
            if (const auto end = afterClosing(m_at, closing, !variable); m_open.empty() && end) {
                add(variable ? TokenKind::VariableEnd : TokenKind::BlockEnd, "");
                moveTo(*end);
                return;
            }
            if (const std::size_t next = afterSpace(m_at); next > m_at)
                moveTo(next);
            else
                readWord();
        }
    }

    void readWord()
    {
        const char c = m_rest[m_at];
        if (isDigit(c))
            readNumber();
        else if (c == '\'' || c == '"')
            readText(c);
        else if (!readName())
            readOperator();
    }

    // Digits from `position` on, single underscores between them allowed.
    std::size_t afterDigits(std::size_t position) const
    {
        std::size_t end = position;
        while (end < m_rest.size()
            && (isDigit(m_rest[end])
                || (m_rest[end] == '_' && end > position && end + 1 < m_rest.size() && isDigit(m_rest[end + 1]))))
            ++end;
        return end;
    }

    void readNumber()
    {
        const std::size_t whole = afterDigits(m_at);
        std::size_t end = whole;
        const bool afterDot = m_at > 0 && m_rest[m_at - 1] == '.'; // x.1.2 are two indices
        if (!afterDot && end < m_rest.size() && m_rest[end] == '.' && afterDigits(end + 1) > end + 1)
            end = afterDigits(end + 1);
        if (!afterDot && end < m_rest.size() && (m_rest[end] == 'e' || m_rest[end] == 'E')) {
            const std::size_t digits = end + (signAt(end + 1) == 0 ? 1 : 2);
            if (afterDigits(digits) > digits)
                end = afterDigits(digits);
        }
        std::string digits(m_rest.substr(m_at, end - m_at));
        digits.erase(std::remove(digits.begin(), digits.end(), '_'), digits.end());
        if (end == whole && digits.size() > 1 && digits.front() == '0' && digits.find_first_not_of('0') != digits.npos)
            fail("a whole number begins with 0", "leave the zeros out");
        if (end == whole && digits == "0" && end < m_rest.size()
            && std::string_view("xXoObB").find(m_rest[end]) != std::string_view::npos)
            fail("numbers to other bases than ten are not supported", "write it in decimal digits");
        Token& token = add(end == whole ? TokenKind::Integer : TokenKind::Float, digits);
        const char* last = digits.data() + digits.size();
        const auto read = end == whole ? std::from_chars(digits.data(), last, token.integer)
                                       : std::from_chars(digits.data(), last, token.number);
        if (read.ec != std::errc())
            fail("the number " + digits.substr(0, 40) + " is too large");
        moveTo(end);
    }

    void readText(char quote)
    {
        std::size_t end = m_at + 1;
        while (end < m_rest.size() && m_rest[end] != quote)
            end += m_rest[end] == '\\' ? 2 : 1;
        if (end >= m_rest.size())
            fail("a text is not closed", std::string("write ") + quote + " after it");
        const std::string_view inside = m_rest.substr(m_at + 1, end - m_at - 1);
        try {
            add(TokenKind::Text, withoutEscapes(inside));
        } catch (const Fault& fault) {
            fail(fault.what(), fault.remedy());
        }
        moveTo(end + 1);
    }

    bool readName()
    {
        const UnicodeClasses& classes = UnicodeClasses::instance();
        std::size_t end = m_at;
        while (end < m_rest.size()) {
            const CodePoint one = codePointAt(m_rest, end);
            if (!classes.isWord(one.value))
                break;
            end += one.bytes;
        }
        if (end == m_at)
            return false;
        add(TokenKind::Name, m_rest.substr(m_at, end - m_at));
        moveTo(end);
        return true;
    }

    void readOperator()
    {
        static constexpr std::array<std::string_view, 26> operators{"//", "**", "==", "!=", ">=", "<=", "+", "-", "/",
            "*", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<", "=", ".", ":", "|", ",", ";"};
        const auto found
            = std::find_if(operators.begin(), operators.end(), [&](std::string_view op) { return at(op); });
        if (found == operators.end())
            fail("the character \"" + std::string(m_rest.substr(m_at, codePointAt(m_rest, m_at).bytes))
                + "\" means nothing here");
        const char sign = found->front();
        const std::size_t opening = std::string_view("([{").find(sign);
        const std::size_t closing = std::string_view(")]}").find(sign);
        if (opening != std::string_view::npos)
            m_open += ")]}"[opening];
        if (closing != std::string_view::npos) {
            if (m_open.empty() || m_open.back() != sign)
                fail(std::string("\"") + sign + "\" closes nothing"
                    + (m_open.empty() ? "" : std::string("; \"") + m_open.back() + "\" is expected"));
            m_open.pop_back();
        }
        add(TokenKind::Operator, *found);
        moveTo(m_at + found->size());
    }

    std::string m_source;
    std::string_view m_rest; // all of m_source
    std::size_t m_at = 0;
    int m_line = 1;
    bool m_lineStarting = true;
    std::string m_open; // closing brackets that are still to come
    std::vector<Token> m_tokens;
};

} // namespace

std::vector<Token> tokenize(std::string_view source)
{
    return Lexer(source).tokens();
}

} // namespace ahascope::text::jinja
