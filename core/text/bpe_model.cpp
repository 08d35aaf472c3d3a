#include "core/text/bpe_model.h"

#include <algorithm>
#include <bit>
#include <functional>
#include <limits>

namespace ahascope::text {

namespace {

constexpr std::int32_t NoRank = std::numeric_limits<std::int32_t>::max();
constexpr std::int32_t Gone = -1;
constexpr std::size_t ShortWord = 48; // symbols; below, scanning for the lowest rank beats a heap

std::uint64_t pairKey(std::int32_t left, std::int32_t right)
{
    return static_cast<std::uint64_t>(static_cast<std::uint32_t>(left)) << 32 | static_cast<std::uint32_t>(right);
}

// Fibonacci hashing: the upper bits of the product.
std::size_t hashOf(std::uint64_t key, int shift)
{
    key ^= key >> 29;
    return static_cast<std::size_t>((key * 0x9e3779b97f4a7c15u) >> shift);
}

std::uint64_t queued(std::int32_t rank, std::size_t position)
{
    return static_cast<std::uint64_t>(static_cast<std::uint32_t>(rank)) << 32 | position;
}

} // namespace

TokenIndex::TokenIndex(const std::vector<std::string>& tokens, const std::vector<bool>& literal)
    : m_tokens(&tokens)
    , m_slots(std::bit_ceil(tokens.size() * 2 + 2), -1)
{
    for (std::size_t id = 0; id < tokens.size(); ++id) {
        if (tokens[id].empty() || (id < literal.size() && literal[id]))
            continue;
        const std::size_t slot = slotOf(tokens[id]);
        if (m_slots[slot] < 0)
            m_slots[slot] = static_cast<std::int32_t>(id);
    }
}

std::size_t TokenIndex::slotOf(std::string_view bytes) const
{
    const std::size_t mask = m_slots.size() - 1;
    std::size_t slot = std::hash<std::string_view>{}(bytes)&mask;
    while (m_slots[slot] >= 0 && (*m_tokens)[static_cast<std::size_t>(m_slots[slot])] != bytes)
        slot = (slot + 1) & mask;
    return slot;
}

std::int32_t TokenIndex::find(std::string_view bytes) const
{
    return m_slots[slotOf(bytes)];
}

BpeModel::BpeModel(const std::vector<std::string>& tokens, const std::vector<bool>& literal,
    const std::vector<BpeMerge>& merges, BpeOptions options)
    : m_tokens(tokens)
    , m_index(tokens, literal)
    , m_symbols(tokens, m_index, options)
    , m_merges(merges)
    , m_options(options)
    , m_memo(new std::atomic<std::uint8_t>[tokens.size()] {})
{
    for (const std::string& token : tokens)
        m_longest = std::max(m_longest, token.size());
    const std::size_t slots = std::bit_ceil(m_merges.size() * 3 / 2 + 2);
    m_slotShift = 64 - std::countr_zero(slots);
    m_slots.resize(slots);
    for (std::size_t rank = 0; rank < m_merges.size(); ++rank) {
        const std::uint64_t key = pairKey(m_merges[rank].left, m_merges[rank].right);
        std::size_t slot = hashOf(key, m_slotShift);
        while (m_slots[slot].pair != ~std::uint64_t{0} && m_slots[slot].pair != key)
            slot = (slot + 1) & (slots - 1);
        m_slots[slot] = {key, static_cast<std::int32_t>(rank)}; // a pair that comes twice has its last rank
    }
}

std::int32_t BpeModel::rankOf(std::int32_t left, std::int32_t right) const
{
    const std::uint64_t key = pairKey(left, right);
    std::size_t slot = hashOf(key, m_slotShift);
    while (m_slots[slot].pair != key) {
        if (m_slots[slot].pair == ~std::uint64_t{0})
            return NoRank;
        slot = (slot + 1) & (m_slots.size() - 1);
    }
    return m_slots[slot].rank;
}

// ranks[i] is that of symbols i and i + 1.
void BpeModel::mergeShort(std::vector<std::int32_t>& symbols, std::vector<std::int32_t>& ranks) const
{
    ranks.clear();
    for (std::size_t i = 0; i + 1 < symbols.size(); ++i)
        ranks.push_back(rankOf(symbols[i], symbols[i + 1]));
    while (!ranks.empty()) {
        const auto lowest = std::min_element(ranks.begin(), ranks.end());
        if (*lowest == NoRank)
            return;
        const auto i = static_cast<std::size_t>(lowest - ranks.begin());
        symbols[i] = m_merges[static_cast<std::size_t>(*lowest)].merged;
        symbols.erase(symbols.begin() + static_cast<std::ptrdiff_t>(i) + 1);
        ranks.erase(lowest);
        if (i > 0)
            ranks[i - 1] = rankOf(symbols[i - 1], symbols[i]);
        if (i < ranks.size())
            ranks[i] = rankOf(symbols[i], symbols[i + 1]);
    }
}

// Symbols in a linked list, candidate merges in a heap ordered by rank, then position. An entry is stale when the pair
// at its position is no longer the one of its rank.
void BpeModel::mergeLong(Scratch& scratch) const
{
    std::vector<std::int32_t>& ids = scratch.ids;
    const auto count = static_cast<std::int32_t>(ids.size());
    scratch.next.resize(ids.size());
    scratch.previous.resize(ids.size());
    scratch.queue.clear();
    for (std::int32_t i = 0; i < count; ++i) {
        scratch.previous[i] = i - 1;
        scratch.next[i] = i + 1 < count ? i + 1 : Gone;
        const std::int32_t rank = i + 1 < count ? rankOf(ids[i], ids[i + 1]) : NoRank;
        if (rank != NoRank)
            scratch.queue.push_back(queued(rank, i));
    }
    std::make_heap(scratch.queue.begin(), scratch.queue.end(), std::greater<>());
    const auto offer = [&](std::int32_t left, std::int32_t right) {
        const std::int32_t rank = rankOf(ids[left], ids[right]);
        if (rank == NoRank)
            return;
        scratch.queue.push_back(queued(rank, left));
        std::push_heap(scratch.queue.begin(), scratch.queue.end(), std::greater<>());
    };
    while (!scratch.queue.empty()) {
        std::pop_heap(scratch.queue.begin(), scratch.queue.end(), std::greater<>());
        const std::uint64_t entry = scratch.queue.back();
        scratch.queue.pop_back();
        const auto at = static_cast<std::int32_t>(entry & 0xffffffffu);
        const BpeMerge& merge = m_merges[entry >> 32];
        const std::int32_t right = scratch.next[at];
        if (ids[at] != merge.left || right == Gone || ids[right] != merge.right)
            continue;
        ids[at] = merge.merged;
        ids[right] = Gone;
        scratch.next[at] = scratch.next[right];
        if (scratch.next[at] != Gone) {
            scratch.previous[scratch.next[at]] = at;
            offer(at, scratch.next[at]);
        }
        if (scratch.previous[at] != Gone)
            offer(scratch.previous[at], at);
    }
    std::erase(ids, Gone);
}

void BpeModel::encodeWord(std::string_view word, std::vector<std::int32_t>& ids, Scratch& scratch) const
{
    const std::int32_t whole = word.size() <= m_longest ? m_index.find(word) : -1;
    if (whole >= 0) {
        const std::uint8_t known = m_memo[static_cast<std::size_t>(whole)].load(std::memory_order_relaxed);
        if (m_options.ignoreMerges || known == Whole) {
            ids.push_back(whole);
            return;
        }
    }
    m_symbols.load(word, scratch.ids);
    if (scratch.ids.size() <= ShortWord)
        mergeShort(scratch.ids, scratch.next);
    else
        mergeLong(scratch);
    if (whole >= 0) {
        const bool same = scratch.ids.size() == 1 && scratch.ids[0] == whole;
        m_memo[static_cast<std::size_t>(whole)].store(same ? Whole : Divided, std::memory_order_relaxed);
    }
    ids.insert(ids.end(), scratch.ids.begin(), scratch.ids.end());
}

// No merge joins what does not end with the mark to what begins with it, so nothing ever grows over such a place.
bool BpeModel::mayCutBefore(std::string_view mark) const
{
    const auto token = [&](std::int32_t id) { return std::string_view(m_tokens[static_cast<std::size_t>(id)]); };
    if (m_options.ignoreMerges || m_index.find(mark) < 0)
        return false;
    if (m_options.unknown && token(*m_options.unknown).ends_with(mark))
        return false; // it could stand for any character
    return std::none_of(m_merges.begin(), m_merges.end(), [&](const BpeMerge& merge) {
        return token(merge.right).starts_with(mark) && !token(merge.left).ends_with(mark);
    });
}

} // namespace ahascope::text
