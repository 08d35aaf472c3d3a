#include "core/pipeline/stop_strings.h"

#include <algorithm>

namespace ahascope::pipeline {

StopStrings::StopStrings(std::shared_ptr<const text::Tokenizer> tokenizer, std::vector<std::string> strings)
    : m_tokenizer(std::move(tokenizer))
    , m_strings(std::move(strings))
{
    std::erase_if(m_strings, [](const std::string& text) { return text.empty(); });
    for (const std::string& text : m_strings)
        m_longest = std::max(m_longest, text.size());
}

bool StopStrings::completedBy(std::span<const std::int32_t> tokens) const
{
    if (m_strings.empty() || tokens.empty())
        return false;
    // Only the last token and the bytes before it that a stop string could begin in.
    std::string tail(m_tokenizer->tokenText(tokens.back()));
    std::size_t last = tail.size();
    for (std::size_t i = tokens.size() - 1; i-- > 0 && tail.size() < last + m_longest - 1;)
        tail.insert(0, m_tokenizer->tokenText(tokens[i]));
    std::size_t before = tail.size() - last;
    return std::any_of(m_strings.begin(), m_strings.end(), [&](const std::string& stop) {
        // A match that ended before the last token would have stopped the sequence already.
        std::size_t from = before + 1 > stop.size() ? before + 1 - stop.size() : 0;
        return tail.find(stop, from) != std::string::npos;
    });
}

} // namespace ahascope::pipeline
