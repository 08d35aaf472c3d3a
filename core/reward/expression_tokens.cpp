#include "core/reward/expression_tokens.h"

#include <array>
#include <optional>

#include "core/text/white_space.h"

namespace ahascope::reward {

namespace {

constexpr std::size_t mostDigits = 18; // 10^18 - 1 fits into 64 bits

struct Spelling {
    std::string_view text;
    std::optional<TokenKind> kind; // none: skipped
};

// Longer spellings before their beginnings. ** is Python's power and markdown's bold, neither of them a product.
constexpr std::array spellings{
    Spelling{"**", TokenKind::Word}, Spelling{"//", TokenKind::Word}, Spelling{"==", TokenKind::Equals},
    Spelling{"+", TokenKind::Plus}, Spelling{"-", TokenKind::Minus}, Spelling{"*", TokenKind::Times},
    Spelling{"/", TokenKind::Divide}, Spelling{"(", TokenKind::Open}, Spelling{")", TokenKind::Close},
    Spelling{"{", TokenKind::BraceOpen}, Spelling{"}", TokenKind::BraceClose}, Spelling{"=", TokenKind::Equals},
    Spelling{",", TokenKind::Separator}, Spelling{";", TokenKind::Separator}, Spelling{"\n", TokenKind::Separator},
    Spelling{"$", std::nullopt}, Spelling{"`", std::nullopt}, Spelling{"\\(", std::nullopt},
    Spelling{"\\)", std::nullopt}, Spelling{"\\[", std::nullopt}, Spelling{"\\]", std::nullopt},
    Spelling{"\\,", std::nullopt}, Spelling{"\\;", std::nullopt}, Spelling{"\\!", std::nullopt},
    Spelling{"\\ ", std::nullopt}, Spelling{"\xC3\x97", TokenKind::Times}, // multiplication sign
    Spelling{"\xC3\xB7", TokenKind::Divide},                               // division sign
    Spelling{"\xC2\xB7", TokenKind::Times},                                // middle dot
    Spelling{"\xE2\x8B\x85", TokenKind::Times},                            // dot operator
    Spelling{"\xE2\x88\x97", TokenKind::Times},                            // asterisk operator
    Spelling{"\xE2\x88\x92", TokenKind::Minus},                            // minus sign
    Spelling{"\xE2\x80\x93", TokenKind::Minus},                            // en dash
    Spelling{"\xE2\x88\x95", TokenKind::Divide},                           // division slash
    Spelling{"\xE2\x81\x84", TokenKind::Divide},                           // fraction slash
    Spelling{"\xEF\xBC\x8B", TokenKind::Plus},                             // the full-width ones of Chinese text
    Spelling{"\xEF\xBC\x8D", TokenKind::Minus}, Spelling{"\xEF\xBC\x8A", TokenKind::Times},
    Spelling{"\xEF\xBC\x8F", TokenKind::Divide}, Spelling{"\xEF\xBC\x88", TokenKind::Open},
    Spelling{"\xEF\xBC\x89", TokenKind::Close}, Spelling{"\xEF\xBC\x9D", TokenKind::Equals},
    Spelling{"\xEF\xBC\x8C", TokenKind::Separator}, Spelling{"\xEF\xBC\x9B", TokenKind::Separator},
    Spelling{"\xE3\x80\x81", TokenKind::Separator}, // enumeration comma
};

constexpr std::array commands{
    Spelling{"times", TokenKind::Times},
    Spelling{"cdot", TokenKind::Times},
    Spelling{"div", TokenKind::Divide},
    Spelling{"frac", TokenKind::Fraction},
    Spelling{"dfrac", TokenKind::Fraction},
    Spelling{"tfrac", TokenKind::Fraction},
    Spelling{"left", std::nullopt},
    Spelling{"right", std::nullopt},
    Spelling{"quad", std::nullopt},
    Spelling{"qquad", std::nullopt},
};

bool isLetter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

class Tokenizer {
public:
    explicit Tokenizer(std::string_view text) : m_text(text) { }

    std::vector<Token> run()
    {
        while (m_at < m_text.size()) {
            const std::size_t space = m_text[m_at] == '\n' ? 0 : text::whiteSpaceLength(m_text, m_at);
            if (space > 0) {
                m_at += space;
            } else if (digitLength(m_at) > 0) {
                readNumber();
            } else if (isLetter(m_text[m_at])) {
                readLetters();
            } else if (m_text[m_at] == '\\' && m_at + 1 < m_text.size() && isLetter(m_text[m_at + 1])) {
                readCommand();
            } else {
                readSymbol();
            }
        }
        return std::move(m_tokens);
    }

private:
    // Bytes of the digit at `at`, ASCII or full-width; 0 if there is none.
    std::size_t digitLength(std::size_t at) const
    {
        if (at >= m_text.size()) {
            return 0;
        }
        if (isDigit(m_text[at])) {
            return 1;
        }
        const bool fullWidth = m_text.substr(at, 2) == "\xEF\xBC" && at + 2 < m_text.size()
            && static_cast<unsigned char>(m_text[at + 2]) >= 0x90 && static_cast<unsigned char>(m_text[at + 2]) <= 0x99;
        return fullWidth ? 3 : 0;
    }

    void push(TokenKind kind, std::size_t end, Rational value = {})
    {
        m_tokens.push_back({kind, value, {m_at, end}});
        m_at = end;
    }

    // Reads digits from `at` on into numerator and denominator; returns how many there were.
    std::size_t readDigits(std::size_t& at, std::int64_t& numerator, std::int64_t& scale, std::size_t before) const
    {
        std::size_t digits = 0;
        for (std::size_t length = digitLength(at); length > 0; length = digitLength(at)) {
            ++digits;
            if (before + digits <= mostDigits) {
                // The last byte of a full-width digit is 0x90 + its value.
                const auto last = static_cast<unsigned char>(m_text[at + length - 1]);
                numerator = numerator * 10 + (length == 1 ? last - '0' : last - 0x90);
                scale *= 10;
            }
            at += length;
        }
        return digits;
    }

    void readNumber()
    {
        std::size_t at = m_at;
        std::int64_t numerator = 0;
        std::int64_t unused = 1;
        std::int64_t scale = 1;
        std::size_t digits = readDigits(at, numerator, unused, 0);
        if (at < m_text.size() && m_text[at] == '.' && digitLength(at + 1) > 0) {
            ++at;
            digits += readDigits(at, numerator, scale, digits);
        }
        const bool glued = at < m_text.size() && isLetter(m_text[at]) && m_text[at] != 'x' && m_text[at] != 'X';
        if (glued) {
            push(TokenKind::Word, at); // "3rd", "5kg"
        } else if (digits > mostDigits) {
            push(TokenKind::HugeNumber, at);
        } else {
            push(TokenKind::Number, at, divide({numerator, 1}, {scale, 1}).value_or(Rational{}));
        }
    }

    // "3 x 4": an x between operands is a product; every other run of letters and digits is one word.
    void readLetters()
    {
        std::size_t end = m_at + 1;
        const bool isX = m_text[m_at] == 'x' || m_text[m_at] == 'X';
        const bool afterOperand = !m_tokens.empty()
            && (m_tokens.back().kind == TokenKind::Number || m_tokens.back().kind == TokenKind::Close);
        if (isX && afterOperand) {
            std::size_t next = end;
            while (next < m_text.size() && m_text[next] == ' ' && next < end + 8) {
                ++next;
            }
            if (digitLength(next) > 0 || (next < m_text.size() && m_text[next] == '(')) {
                push(TokenKind::Times, end);
                return;
            }
        }
        while (end < m_text.size() && (isLetter(m_text[end]) || isDigit(m_text[end]))) {
            ++end;
        }
        push(TokenKind::Word, end);
    }

    void readCommand()
    {
        std::size_t end = m_at + 1;
        while (end < m_text.size() && isLetter(m_text[end])) {
            ++end;
        }
        const std::string_view name = m_text.substr(m_at + 1, end - m_at - 1);
        for (const Spelling& command : commands) {
            if (command.text == name) {
                command.kind ? push(*command.kind, end) : skip(end);
                return;
            }
        }
        push(TokenKind::Word, end);
    }

    void readSymbol()
    {
        for (const Spelling& spelling : spellings) {
            if (m_text.substr(m_at, spelling.text.size()) == spelling.text) {
                const std::size_t end = m_at + spelling.text.size();
                spelling.kind ? push(*spelling.kind, end) : skip(end);
                return;
            }
        }
        push(TokenKind::Word, m_at + 1);
    }

    void skip(std::size_t end) { m_at = end; }

    std::string_view m_text;
    std::size_t m_at = 0;
    std::vector<Token> m_tokens;
};

} // namespace

std::vector<Token> tokenizeExpression(std::string_view text)
{
    return Tokenizer(text).run();
}

} // namespace ahascope::reward
