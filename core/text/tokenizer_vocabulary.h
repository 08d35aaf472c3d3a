// The two large parts of tokenizer.json, its vocabulary and its merges, as they stream by.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/text/tokenizer_json.h"

namespace ahascope::text {

constexpr std::size_t MaxVocabulary = 4'000'000; // tokens, and merges
constexpr std::size_t MaxTokenBytes = 4096;

// Ids by spelling: byte-level tokens through their bytes, the few others as they stand. Refers to the spec's tokens.
class SpellingIndex {
public:
    explicit SpellingIndex(const TokenizerSpec& spec);

    std::int32_t find(const std::string& spelling) const; // -1 when there is none
    std::int32_t find(const std::string& token, bool literal) const;

private:
    bool m_byteLevel;
    TokenIndex m_tokens;
    std::unordered_map<std::string, std::int32_t> m_literals;
};

// Fills tokens, literal and merges of a spec. Memory stays in proportion to the file. Throws InputError.
class VocabularyReader {
public:
    VocabularyReader(TokenizerSpec& spec, std::size_t fileBytes, std::string where);

    void addToken(std::string_view spelling, const nlohmann::json& id);
    void addMerge(const nlohmann::json& merge);
    // When all of both was read, in whatever order, and the spec says whether they are byte-level; checks them against
    // each other.
    void finish();

private:
    [[noreturn]] void refuseVocabulary(const std::string& message) const;
    [[noreturn]] void refuseMerge(std::size_t rank, const std::string& message) const;
    void readAlphabet();
    void keepMerge(std::string_view left, std::string_view right);
    void checkUnique(const SpellingIndex& index) const;

    TokenizerSpec& m_spec;
    std::string m_where;
    std::size_t m_idLimit;
    std::string m_mergeText; // left, right, left, right, ..
    std::vector<std::pair<std::uint32_t, std::uint32_t>> m_lengths;
};

// At most 80 bytes of a text from a file, in quotation marks, for messages.
std::string shownText(std::string_view text);

} // namespace ahascope::text
