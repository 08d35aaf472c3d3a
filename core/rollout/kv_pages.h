// Which pages of the key/value cache are whose.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace ahascope::rollout {

// Pages are numbers from 0. A page may have several holders (the prompt of a group); it is free when the last lets go.
// The same calls give the same pages.
class KvPages {
public:
    explicit KvPages(std::int64_t pages);

    std::int64_t pages() const { return static_cast<std::int64_t>(m_holders.size()); }
    std::int64_t free() const { return static_cast<std::int64_t>(m_free.size()); }
    std::int64_t holders(std::int32_t page) const { return m_holders.at(static_cast<std::size_t>(page)); }

    // Appends `count` pages with one holder each to `pages`, or changes nothing and returns false.
    bool take(std::int64_t count, std::vector<std::int32_t>& pages);
    // One more holder of each page, or one fewer. Throws std::logic_error for a page that nobody holds.
    void hold(std::span<const std::int32_t> pages);
    void release(std::span<const std::int32_t> pages);

private:
    std::vector<std::int32_t> m_holders;
    std::vector<std::int32_t> m_free; // the next one to hand out is the last
};

// Pages that `tokens` tokens fill.
std::int64_t pagesFor(std::int64_t tokens);

} // namespace ahascope::rollout
