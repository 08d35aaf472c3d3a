// Tokens that are cut out of a text before it is split into words: chat markers, end of text, <think>.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace ahascope::text {

// Flags and meanings are those of Hugging Face tokenizers.
struct AddedToken {
    std::int32_t id = 0;
    std::string content;
    bool special = false;    // left out by decode({.skipSpecial = true})
    bool singleWord = false; // not recognised inside of a word
    bool lstrip = false;     // takes the white space on its left
    bool rstrip = false;     // and on its right
    bool normalized = true;  // looked for in the normalised text, not in the raw one

    bool operator==(const AddedToken&) const = default;
};

// A stretch of text between added tokens (id < 0), or one of them.
struct AddedPiece {
    std::int32_t id = -1;
    std::string_view text;
};

// Finds many strings at once: leftmost first, the longest of those. Linear in the text for tokens of bounded length.
class AddedTokenMatcher {
public:
    // patterns[i] is what to look for in place of tokens[i]. Of two equal patterns the first counts.
    AddedTokenMatcher(std::vector<AddedToken> tokens, const std::vector<std::string>& patterns);

    bool empty() const { return m_tokens.empty(); }
    // Calls `piece` for consecutive pieces that cover `text` (well-formed UTF-8). With `specials` off the special
    // tokens are ordinary text.
    void cut(std::string_view text, bool specials, const std::function<void(const AddedPiece&)>& piece) const;

private:
    struct Node {
        std::int32_t firstChild = -1;
        std::int32_t sibling = -1;
        std::int32_t token = -1; // index into m_tokens of the pattern that ends here
        unsigned char byte = 0;
    };

    std::int32_t child(std::int32_t node, unsigned char byte) const;
    // Length of the longest pattern at `at`, 0 for none.
    std::size_t longestAt(std::string_view text, std::size_t at, std::int32_t& token) const;

    std::vector<AddedToken> m_tokens;
    std::vector<Node> m_nodes;
    std::vector<std::int32_t> m_roots; // by first byte, -1 = none
};

} // namespace ahascope::text
