#include "core/analysis/answer_changes.h"

#include <algorithm>
#include <array>
#include <optional>

#include "core/analysis/reflections.h"
#include "core/analysis/words.h"
#include "core/text/utf8.h"
#include "core/text/white_space.h"

namespace ahascope::analysis {

namespace {

// What turns a chain besides reflections.
constexpr std::array<std::string_view, 9> turns{
    "no", "try", "trying", "actually", "alternatively", "hmm", "instead", "nope", "oops"};
constexpr std::array<std::string_view, 4> chineseTurns{"试试", "试", "不行", "另外"};

constexpr std::array<std::string_view, 12> cues{
    "is", "are", "equals", "makes", "gives", "yields", "get", "gets", "be", "total", "answer", "result"};
constexpr std::array<std::string_view, 5> chineseCues{"等于", "答案", "是", "为", "得"};
// Words that may stand between a cue and its number.
constexpr std::array<std::string_view, 7> fillers{"the", "to", "us", "now", "then", "boxed", "exactly"};

template <std::size_t n>
bool has(const std::array<std::string_view, n>& words, std::string_view word)
{
    return std::find(words.begin(), words.end(), word) != words.end();
}

template <std::size_t n>
std::size_t lengthOfAny(const std::array<std::string_view, n>& words, std::string_view text, std::size_t at)
{
    for (const std::string_view word : words) {
        if (text.substr(at, word.size()) == word) {
            return word.size();
        }
    }
    return 0;
}

std::vector<text::Span> turnsOf(std::string_view chain)
{
    std::vector<text::Span> found;
    for (const Reflection& reflection : findReflections(chain)) {
        found.push_back(reflection.at);
    }
    WordScanner scanner(chain);
    while (const auto stop = scanner.next()) {
        if (!stop->isHan) {
            if (has(turns, stop->word)) {
                found.push_back(stop->at);
            }
        } else if (const std::size_t length = lengthOfAny(chineseTurns, chain, stop->at.begin)) {
            found.push_back({stop->at.begin, stop->at.begin + length});
            scanner.resume(stop->at.begin + length);
        }
    }
    std::sort(found.begin(), found.end(), [](const text::Span& a, const text::Span& b) { return a.begin < b.begin; });
    return found;
}

bool isDigit(std::string_view text, std::size_t at)
{
    return at < text.size() && text[at] >= '0' && text[at] <= '9';
}

// Reads an attempt from left to right and remembers the last number that stands where a result does.
class ResultReader {
public:
    ResultReader(std::string_view chain, text::Span attempt)
        : m_chain(chain.substr(0, attempt.end))
        , m_at(attempt.begin)
    {
    }

    std::optional<StatedNumber> run()
    {
        while (m_at < m_chain.size()) {
            step();
        }
        return std::move(m_last);
    }

private:
    void step()
    {
        if (isDigit(m_chain, m_at)) {
            readNumber();
            m_cued = false;
            return;
        }
        const text::CodePoint point = text::codePointAt(m_chain, m_at);
        if (isHan(point.value)) {
            const std::size_t length = lengthOfAny(chineseCues, m_chain, m_at);
            m_cued = length > 0;
            m_at += std::max<std::size_t>(length, point.bytes);
        } else if (isLatinLetter(point.value)) {
            readWord();
        } else {
            // White space, a sign, a currency, markup and brackets do not part a cue from its number; operators do.
            m_cued = point.value == '=' || (m_cued && !isOperator(m_at));
            m_at += point.bytes;
        }
    }

    void readWord()
    {
        WordScanner scanner(m_chain);
        scanner.resume(m_at);
        const auto stop = scanner.next();
        m_at = stop->at.end;
        std::string word = stop->word;
        if (word.empty() && m_chain.substr(stop->at.begin, stop->at.size()) == "boxed") {
            word = "boxed"; // behind a backslash
        }
        m_cued = has(cues, word) || (m_cued && has(fillers, word));
    }

    // An operator other than a minus sign that belongs to the number after it.
    bool isOperator(std::size_t at) const
    {
        const char byte = m_chain[at];
        const bool times = m_chain.substr(at, 2) == "\xC3\x97" || m_chain.substr(at, 2) == "\xC3\xB7";
        return byte == '+' || byte == '/' || byte == '^' || byte == '(' || times
            || (byte == '*' && m_chain.substr(at, 2) != "**" && (at == 0 || m_chain[at - 1] != '*'));
    }

    void readNumber()
    {
        const std::size_t begin = m_at;
        std::string digits;
        bool point = false;
        while (true) {
            const bool comma = m_at < m_chain.size() && m_chain[m_at] == ',' && isDigit(m_chain, m_at + 1)
                && isDigit(m_chain, m_at + 2) && isDigit(m_chain, m_at + 3) && !isDigit(m_chain, m_at + 4);
            const bool dot = !point && m_at < m_chain.size() && m_chain[m_at] == '.' && isDigit(m_chain, m_at + 1);
            if (isDigit(m_chain, m_at) || dot) {
                digits += m_chain[m_at];
                point = point || dot;
            } else if (!comma) {
                break;
            }
            ++m_at;
        }
        if (m_cued && !goesOn()) {
            const bool negative = begin > 0 && m_chain[begin - 1] == '-';
            m_last = StatedNumber{{begin - (negative ? 1 : 0), m_at}, canonical(std::move(digits), point, negative)};
        }
    }

    // "= 19 + 17": the number begins an expression and is no result.
    bool goesOn() const
    {
        std::size_t at = m_at;
        while (at < m_chain.size() && m_chain[at] == ' ') {
            ++at;
        }
        return at < m_chain.size() && (isOperator(at) || m_chain[at] == '-');
    }

    static std::string canonical(std::string digits, bool point, bool negative)
    {
        if (point) {
            digits.erase(digits.find_last_not_of('0') + 1);
            if (digits.back() == '.') {
                digits.pop_back();
            }
        }
        const std::size_t zeros = std::min(digits.find_first_not_of('0'), digits.size() - 1);
        digits.erase(0, digits[zeros] == '.' ? zeros - 1 : zeros);
        return negative && digits != "0" ? "-" + digits : digits;
    }

    std::string_view m_chain;
    std::size_t m_at;
    bool m_cued = false;
    std::optional<StatedNumber> m_last;
};

} // namespace

std::vector<text::Span> attemptsOf(std::string_view chain)
{
    std::vector<text::Span> attempts;
    const auto add = [&](std::size_t begin, std::size_t end) {
        if (end > begin && !text::isBlank(chain.substr(begin, end - begin))) {
            attempts.push_back({begin, end});
        }
    };
    std::size_t begin = 0;
    for (const text::Span& turn : turnsOf(chain)) {
        add(begin, turn.begin);
        begin = std::max(begin, turn.end);
    }
    add(begin, chain.size());
    return attempts;
}

std::vector<StatedNumber> statedNumbers(std::string_view chain)
{
    std::vector<StatedNumber> stated;
    for (const text::Span& attempt : attemptsOf(chain)) {
        if (auto number = ResultReader(chain, attempt).run()) {
            stated.push_back(std::move(*number));
        }
    }
    return stated;
}

std::size_t answerChanges(std::string_view chain)
{
    const std::vector<StatedNumber> stated = statedNumbers(chain);
    std::size_t changes = 0;
    for (std::size_t i = 1; i < stated.size(); ++i) {
        changes += stated[i].value != stated[i - 1].value ? 1 : 0;
    }
    return changes;
}

Transitions transitionsOf(const std::vector<bool>& candidatesCorrect)
{
    Transitions transitions;
    for (std::size_t i = 1; i < candidatesCorrect.size(); ++i) {
        const bool before = candidatesCorrect[i - 1];
        const bool after = candidatesCorrect[i];
        ++(before ? (after ? transitions.rightToRight : transitions.rightToWrong)
                  : (after ? transitions.wrongToRight : transitions.wrongToWrong));
    }
    transitions.rescued = !candidatesCorrect.empty() && !candidatesCorrect.front() && candidatesCorrect.back();
    return transitions;
}

} // namespace ahascope::analysis
