// Byte-pair encoding of one word at a time: symbols are merged in the order of the merges' ranks, leftmost first.
// Sennrich et al., arXiv 1508.07909; over bytes as in GPT-2, or over characters as in SentencePiece.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/text/bpe_symbols.h"

namespace ahascope::text {

// Finds the id of a byte string. Refers to the strings, which must outlive it.
class TokenIndex {
public:
    // tokens[id]; empty strings are holes. Where `literal` (same length or empty) is set the string is not byte-level
    // spelled and cannot be found.
    explicit TokenIndex(const std::vector<std::string>& tokens, const std::vector<bool>& literal = {});

    std::int32_t find(std::string_view bytes) const; // -1 when there is none

private:
    std::size_t slotOf(std::string_view bytes) const;

    const std::vector<std::string>* m_tokens;
    std::vector<std::int32_t> m_slots; // open addressing; -1 = free
};

struct BpeMerge {
    std::int32_t left = 0;
    std::int32_t right = 0;
    std::int32_t merged = 0;

    bool operator==(const BpeMerge&) const = default;
};

// Immutable but for a memo that is safe to share between threads.
class BpeModel {
public:
    // Every id of `merges` (in the order of their ranks) is a token. Tokens and merges must outlive the model.
    BpeModel(const std::vector<std::string>& tokens, const std::vector<bool>& literal,
        const std::vector<BpeMerge>& merges, BpeOptions options);

    // Space that encodeWord reuses from word to word.
    struct Scratch {
        std::vector<std::int32_t> ids;
        std::vector<std::int32_t> next;
        std::vector<std::int32_t> previous;
        std::vector<std::uint64_t> queue;
    };
    // Appends the ids of one word. Time n log n in its length.
    void encodeWord(std::string_view word, std::vector<std::int32_t>& ids, Scratch& scratch) const;

    std::int32_t find(std::string_view token) const { return m_index.find(token); }
    // Whether a word may be cut before each `mark`, a character, that follows another one: the ids stay the same.
    bool mayCutBefore(std::string_view mark) const;

private:
    struct Slot {
        std::uint64_t pair = ~std::uint64_t{0};
        std::int32_t rank = 0;
    };

    std::int32_t rankOf(std::int32_t left, std::int32_t right) const; // NoRank when the pair is not merged
    void mergeShort(std::vector<std::int32_t>& symbols, std::vector<std::int32_t>& ranks) const;
    void mergeLong(Scratch& scratch) const;

    const std::vector<std::string>& m_tokens;
    TokenIndex m_index;
    BpeSymbols m_symbols;
    std::size_t m_longest = 0; // bytes of the longest token
    const std::vector<BpeMerge>& m_merges;
    std::vector<Slot> m_slots;
    int m_slotShift = 0;
    BpeOptions m_options;
    // By id: whether merging the token's own bytes gives back the token alone. Found out when first asked; every
    // thread finds the same answer.
    enum Memo : std::uint8_t { Unasked, Whole, Divided };
    std::unique_ptr<std::atomic<std::uint8_t>[]> m_memo;
};

} // namespace ahascope::text
