#include "core/reward/verify_exact.h"

#include <algorithm>
#include <array>

#include "core/text/white_space.h"

namespace ahascope::reward {

namespace {

constexpr std::array<std::string_view, 9> closers{".", "!", "\"", "'", "`", "*", "$", "\xE3\x80\x82", "\xEF\xBC\x81"};

Verification goldIsBlank()
{
    return {std::nullopt, "", "the gold answer is empty"};
}

std::string_view withoutClosers(std::string_view text)
{
    for (bool changed = true; changed;) {
        changed = false;
        text = text::trim(text);
        for (const std::string_view closer : closers) {
            if (text.ends_with(closer)) {
                text.remove_suffix(closer.size());
                changed = true;
            }
        }
    }
    return text;
}

bool isWordByte(char byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

// As many words from the end of the text as the gold answer has.
std::string lastWords(std::string_view text, std::size_t count)
{
    std::size_t begin = text.size();
    while (begin > 0 && count > 0) {
        const std::size_t space = text.rfind(' ', begin - 1);
        begin = space == std::string_view::npos ? 0 : space;
        --count;
    }
    return std::string(text::trim(text.substr(begin)));
}

} // namespace

Verification verifyExact(std::string_view gold, std::string_view answer)
{
    const std::string wanted = text::collapseWhiteSpace(gold);
    if (wanted.empty()) {
        return goldIsBlank();
    }
    std::string given = text::collapseWhiteSpace(answer);
    const bool equal = given == wanted;
    std::string reason = equal ? "the answer is the gold answer"
        : given.empty()        ? "the answer is empty"
                               : "the answer is not the gold answer";
    return {equal, shortened(given), std::move(reason)};
}

Verification verifyExactLeniently(std::string_view gold, std::string_view text)
{
    const std::string wanted(withoutClosers(text::collapseWhiteSpace(gold)));
    if (wanted.empty()) {
        return goldIsBlank();
    }
    const std::string whole = text::collapseWhiteSpace(text);
    const std::string_view given = withoutClosers(whole);
    bool equal = given.ends_with(wanted);
    if (equal && given.size() > wanted.size()) {
        // "15" is not the answer "5"; Chinese text has no spaces between words.
        equal = !(isWordByte(given[given.size() - wanted.size() - 1]) && isWordByte(wanted.front()));
    }
    const auto words = static_cast<std::size_t>(std::count(wanted.begin(), wanted.end(), ' ')) + 1;
    std::string extracted = equal ? wanted : lastWords(given, words);
    return {equal, shortened(extracted),
        equal ? "the text ends with the gold answer" : "the text does not end with the gold answer"};
}

} // namespace ahascope::reward
