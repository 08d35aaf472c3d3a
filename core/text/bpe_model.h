// Byte-pair encoding of one word at a time: symbols are merged in the order of the merges' ranks, leftmost first.
// Sennrich et al., arXiv 1508.07909; over bytes as in GPT-2.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

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

struct BpeOptions {
    bool ignoreMerges = false;             // a word that is a token is taken as it is (Llama 3)
    std::optional<std::int32_t> unknown{}; // stands for a byte that is no token; without it such a byte is dropped
    bool fuseUnknown = false;              // one for a run of them
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

    std::int32_t find(std::string_view bytes) const { return m_index.find(bytes); }

private:
    struct Slot {
        std::uint64_t pair = ~std::uint64_t{0};
        std::int32_t rank = 0;
    };

    std::int32_t rankOf(std::int32_t left, std::int32_t right) const; // NoRank when the pair is not merged
    void loadSymbols(std::string_view word, std::vector<std::int32_t>& symbols) const;
    void mergeShort(std::vector<std::int32_t>& symbols, std::vector<std::int32_t>& ranks) const;
    void mergeLong(Scratch& scratch) const;

    TokenIndex m_index;
    std::size_t m_longest = 0; // bytes of the longest token
    std::array<std::int32_t, 256> m_byteIds{};
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
