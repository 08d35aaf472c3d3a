#include "core/reward/verify_countdown.h"

#include <algorithm>
#include <charconv>
#include <span>

#include "core/reward/countdown_ledger.h"
#include "core/text/white_space.h"

namespace ahascope::reward {

namespace {

constexpr std::size_t longestAnswer = 4096;
constexpr std::size_t lenientWindow = 65536;
constexpr std::size_t mostNumbers = 64;
constexpr std::int64_t largestNumber = 999'999'999'999;

bool stripAround(std::string_view& text, std::string_view before, std::string_view after)
{
    if (text.size() < before.size() + after.size() || !text.starts_with(before) || !text.ends_with(after)) {
        return false;
    }
    text = text::trim(text.substr(before.size(), text.size() - before.size() - after.size()));
    return true;
}

std::string_view withoutDecoration(std::string_view answer)
{
    answer = text::trim(answer);
    for (int layers = 0; layers < 8; ++layers) {
        const bool changed = stripAround(answer, "**", "**") || stripAround(answer, "$", "$")
            || stripAround(answer, "`", "`") || stripAround(answer, "\\[", "\\]") || stripAround(answer, "\\(", "\\)")
            || stripAround(answer, "\\boxed{", "}") || stripAround(answer, "", ".");
        if (!changed) {
            break;
        }
    }
    return answer;
}

// Prose leaves a bullet before an expression, and parentheses whose partner is beyond a word: both are dropped.
std::vector<Token> withoutLooseEnds(std::span<const Token> tokens)
{
    const auto isSign = [](TokenKind kind) {
        return kind == TokenKind::Minus || kind == TokenKind::Plus || kind == TokenKind::Times;
    };
    if (tokens.size() > 1 && isSign(tokens[0].kind) && tokens[1].at.begin > tokens[0].at.end) {
        tokens = tokens.subspan(1);
    }
    std::vector<bool> loose(tokens.size());
    std::vector<std::size_t> open;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        if (tokens[i].kind == TokenKind::Open) {
            open.push_back(i);
        } else if (tokens[i].kind == TokenKind::Close) {
            if (open.empty()) {
                loose[i] = true;
            } else {
                open.pop_back();
            }
        }
    }
    for (const std::size_t i : open) {
        loose[i] = true;
    }
    std::vector<Token> kept;
    kept.reserve(tokens.size());
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        if (!loose[i]) {
            kept.push_back(tokens[i]);
        }
    }
    return kept;
}

// The statement that the tokens make once loose ends are gone, if it computes something.
std::optional<Statement> workingStatement(std::span<const Token> tokens)
{
    auto parsed = parseStatement(withoutLooseEnds(tokens));
    auto* statement = std::get_if<Statement>(&parsed);
    const bool works = statement != nullptr
        && std::any_of(
            statement->sides.begin(), statement->sides.end(), [](const Expression& side) { return side.hasOperator; });
    return works ? std::optional(std::move(*statement)) : std::nullopt;
}

// The last statements of the text that follow each other with nothing but separators between, at most `most`; in order.
std::vector<Statement> lastStatements(std::span<const Token> tokens, std::size_t most)
{
    std::vector<Statement> found; // last one first
    std::size_t end = tokens.size();
    while (end > 0 && found.size() < most) {
        const TokenKind last = tokens[end - 1].kind;
        if (last == TokenKind::Separator || last == TokenKind::Word) {
            if (last == TokenKind::Word && !found.empty()) {
                break;
            }
            --end;
            continue;
        }
        std::size_t begin = end;
        while (
            begin > 0 && tokens[begin - 1].kind != TokenKind::Separator && tokens[begin - 1].kind != TokenKind::Word) {
            --begin;
        }
        auto statement = workingStatement(tokens.subspan(begin, end - begin));
        if (statement) {
            found.push_back(std::move(*statement));
        } else if (!found.empty()) {
            break;
        }
        end = begin;
    }
    std::reverse(found.begin(), found.end());
    return found;
}

} // namespace

std::optional<std::vector<std::int64_t>> parseNumberList(std::string_view text)
{
    text = text::trim(text);
    if (text.starts_with('[') && text.ends_with(']')) {
        text = text.substr(1, text.size() - 2);
    }
    std::vector<std::int64_t> numbers;
    const char* at = text.data();
    const char* const end = text.data() + text.size();
    const auto isGap = [](char c) { return c == ' ' || c == ',' || c == '\t' || c == '\n' || c == '\r'; };
    while (true) {
        at = std::find_if_not(at, end, isGap);
        if (at == end) {
            break;
        }
        std::int64_t number = 0;
        const auto [next, error] = std::from_chars(at, end, number);
        if (error != std::errc() || (next != end && !isGap(*next)) || number > largestNumber || number < -largestNumber
            || numbers.size() == mostNumbers) {
            return std::nullopt;
        }
        numbers.push_back(number);
        at = next;
    }
    return numbers.empty() ? std::nullopt : std::optional(std::move(numbers));
}

Verification verifyCountdown(const CountdownProblem& problem, std::string_view answer)
{
    answer = text::trim(answer);
    if (answer.size() > longestAnswer) {
        return {false, shortened(answer), "the answer is longer than " + std::to_string(longestAnswer) + " bytes"};
    }
    const std::string extracted(answer);
    const std::vector<Token> tokens = tokenizeExpression(withoutDecoration(answer));
    const auto parsed = parseChain(tokens);
    if (const auto* error = std::get_if<ExpressionError>(&parsed)) {
        return {false, extracted, "the answer " + error->message};
    }
    const CountdownFinding finding = followSteps(problem, std::get<std::vector<Statement>>(parsed));
    return {finding.equal, extracted, "the answer " + finding.reason};
}

std::string countdownVote(const CountdownProblem& problem, std::string_view answer)
{
    if (answer.size() <= longestAnswer) {
        const std::vector<Token> tokens = tokenizeExpression(withoutDecoration(answer));
        const auto parsed = parseChain(tokens);
        if (const auto* chain = std::get_if<std::vector<Statement>>(&parsed)) {
            const CountdownFinding finding = followSteps(problem, *chain);
            if (finding.usesNumbersRightly) {
                return finding.form;
            }
        }
    }
    std::string vote = text::collapseWhiteSpace(answer);
    std::erase(vote, ' ');
    return vote;
}

Verification verifyCountdownLeniently(const CountdownProblem& problem, std::string_view text)
{
    if (text.size() > lenientWindow) {
        text = text.substr(text.size() - lenientWindow);
    }
    const std::vector<Token> tokens = tokenizeExpression(text);
    const std::vector<Statement> statements = lastStatements(tokens, problem.numbers.size());
    if (statements.empty()) {
        return {false, "", "there is no expression"};
    }
    const std::span<const Statement> all(statements);
    std::span<const Statement> taken = all.last(1);
    CountdownFinding finding = followSteps(problem, taken);
    for (std::size_t count = 2; count <= all.size() && !finding.usesNumbersRightly; ++count) {
        const CountdownFinding longer = followSteps(problem, all.last(count));
        if (longer.usesNumbersRightly) {
            finding = longer;
            taken = all.last(count);
        }
    }
    const text::Span at{taken.front().at.begin, taken.back().at.end};
    return {finding.equal, shortened(at.of(text)), "the last expression " + finding.reason};
}

std::optional<bool> countdownCandidate(const CountdownProblem& problem, std::string_view attempt)
{
    if (attempt.size() > lenientWindow) {
        attempt = attempt.substr(attempt.size() - lenientWindow);
    }
    const std::vector<Statement> last = lastStatements(tokenizeExpression(attempt), 1);
    if (last.empty()) {
        return std::nullopt;
    }
    const Rational target{problem.target, 1};
    return std::all_of(last.front().sides.begin(), last.front().sides.end(),
        [&](const Expression& side) { return side.value == target; });
}

} // namespace ahascope::reward
