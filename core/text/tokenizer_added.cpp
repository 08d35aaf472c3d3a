#include "core/text/tokenizer_added.h"

#include <algorithm>

#include "core/text/unicode_class.h"
#include "core/text/utf8.h"

namespace ahascope::text {

namespace {

// Begin of the code point that ends at `end` > 0.
std::size_t stepBack(std::string_view text, std::size_t end)
{
    do
        --end;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80);
    return end;
}

bool endsWithWord(std::string_view text)
{
    return !text.empty() && UnicodeClasses::instance().isWord(codePointAt(text, stepBack(text, text.size())).value);
}

bool startsWithWord(std::string_view text)
{
    return !text.empty() && UnicodeClasses::instance().isWord(codePointAt(text, 0).value);
}

// Where the white space that ends at `end` begins, not before `least`.
std::size_t spaceBefore(std::string_view text, std::size_t end, std::size_t least)
{
    while (end > least) {
        const std::size_t at = stepBack(text, end);
        if (!UnicodeClasses::instance().isSpace(codePointAt(text, at).value))
            break;
        end = at;
    }
    return end;
}

std::size_t spaceAfter(std::string_view text, std::size_t at)
{
    while (at < text.size()) {
        const CodePoint c = codePointAt(text, at);
        if (!UnicodeClasses::instance().isSpace(c.value))
            break;
        at += c.bytes;
    }
    return at;
}

} // namespace

AddedTokenMatcher::AddedTokenMatcher(std::vector<AddedToken> tokens, const std::vector<std::string>& patterns)
    : m_tokens(std::move(tokens))
    , m_roots(256, -1)
{
    for (std::size_t i = 0; i < m_tokens.size(); ++i) {
        const std::string& pattern = patterns[i];
        std::int32_t node = -1;
        for (const char c : pattern) {
            const auto byte = static_cast<unsigned char>(c);
            std::int32_t below = node < 0 ? m_roots[byte] : child(node, byte);
            if (below < 0) {
                below = static_cast<std::int32_t>(m_nodes.size());
                m_nodes.push_back({-1, node < 0 ? -1 : m_nodes[node].firstChild, -1, byte});
                (node < 0 ? m_roots[byte] : m_nodes[node].firstChild) = below;
            }
            node = below;
        }
        if (node >= 0 && m_nodes[node].token < 0)
            m_nodes[node].token = static_cast<std::int32_t>(i);
    }
}

std::int32_t AddedTokenMatcher::child(std::int32_t node, unsigned char byte) const
{
    std::int32_t below = m_nodes[node].firstChild;
    while (below >= 0 && m_nodes[below].byte != byte)
        below = m_nodes[below].sibling;
    return below;
}

std::size_t AddedTokenMatcher::longestAt(std::string_view text, std::size_t at, std::int32_t& token) const
{
    std::size_t longest = 0;
    std::int32_t node = m_roots[static_cast<unsigned char>(text[at])];
    for (std::size_t end = at + 1; node >= 0; ++end) {
        if (m_nodes[node].token >= 0) {
            longest = end - at;
            token = m_nodes[node].token;
        }
        if (end == text.size())
            break;
        node = child(node, static_cast<unsigned char>(text[end]));
    }
    return longest;
}

void AddedTokenMatcher::cut(
    std::string_view text, bool specials, const std::function<void(const AddedPiece&)>& piece) const
{
    std::size_t done = 0; // everything before was handed out
    for (std::size_t at = 0; at < text.size();) {
        std::int32_t index = -1;
        const std::size_t length = longestAt(text, at, index);
        if (length == 0) {
            ++at;
            continue;
        }
        std::size_t begin = at;
        std::size_t end = at + length;
        at = end; // matches do not overlap, discarded ones neither
        const AddedToken& token = m_tokens[static_cast<std::size_t>(index)];
        if (token.special && !specials)
            continue;
        if (token.singleWord && (endsWithWord(text.substr(0, begin)) || startsWithWord(text.substr(end))))
            continue;
        if (token.lstrip)
            begin = std::max(spaceBefore(text, begin, done), done);
        if (token.rstrip)
            end = spaceAfter(text, end);
        if (done < begin)
            piece({-1, text.substr(done, begin - done)});
        if (begin < end) // else the token before took all of it as white space
            piece({token.id, text.substr(begin, end - begin)});
        done = end; // may be before the white space that was taken, as in Hugging Face tokenizers
    }
    if (done < text.size())
        piece({-1, text.substr(done)});
}

} // namespace ahascope::text
