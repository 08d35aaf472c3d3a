// What a word is made of before anything is merged: one symbol for each byte of a byte-level vocabulary, for each
// character of another; and what stands for those that are no token.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ahascope::text {

class TokenIndex;

struct BpeOptions {
    bool byteLevel = true;                 // tokens are strings of bytes, not of characters
    bool ignoreMerges = false;             // a word that is a token is taken as it is (Llama 3)
    bool byteFallback = false;             // a character that is no token becomes its bytes, "<0x0A>" (SentencePiece)
    std::optional<std::int32_t> unknown{}; // stands for what is left; without it, that is dropped
    bool fuseUnknown = false;              // one for a run of them
};

class BpeSymbols {
public:
    BpeSymbols(const std::vector<std::string>& tokens, const TokenIndex& index, BpeOptions options);

    // Replaces `symbols` by those of `word`: well-formed UTF-8 unless byte-level.
    void load(std::string_view word, std::vector<std::int32_t>& symbols) const;

private:
    static constexpr std::size_t PageSize = 256;

    void loadBytes(std::string_view word, std::vector<std::int32_t>& symbols) const;
    void loadCharacters(std::string_view word, std::vector<std::int32_t>& symbols) const;
    std::int32_t idOf(char32_t codePoint) const
    {
        return m_pages[m_pageOf[codePoint / PageSize] * PageSize + codePoint % PageSize];
    }
    // Whether each of its bytes is a token; then they were appended.
    bool fallBack(std::string_view character, std::vector<std::int32_t>& symbols) const;

    BpeOptions m_options;
    std::array<std::int32_t, 256> m_bytes{}; // ids of the bytes, or of "<0x00>" ..; -1 = no token
    std::array<std::uint16_t, 0x110000 / PageSize> m_pageOf{};
    std::vector<std::int32_t> m_pages; // ids of characters; page 0 has none
};

} // namespace ahascope::text
