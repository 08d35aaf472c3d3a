#include "core/rollout/kv_pages.h"

#include "kernels/decode_state.h"

namespace ahascope::rollout {

using kernels::expect;

KvPages::KvPages(std::int64_t pages) : m_holders(static_cast<std::size_t>(pages), 0)
{
    for (std::int64_t page = pages; page-- > 0;)
        m_free.push_back(static_cast<std::int32_t>(page));
}

bool KvPages::take(std::int64_t count, std::vector<std::int32_t>& pages)
{
    expect(count >= 0, "a number of pages");
    if (count > free())
        return false;
    for (std::int64_t i = 0; i < count; ++i) {
        pages.push_back(m_free.back());
        m_holders[static_cast<std::size_t>(m_free.back())] = 1;
        m_free.pop_back();
    }
    return true;
}

void KvPages::hold(std::span<const std::int32_t> pages)
{
    for (const std::int32_t page : pages) {
        expect(holders(page) > 0, "a page that is held");
        ++m_holders[static_cast<std::size_t>(page)];
    }
}

void KvPages::release(std::span<const std::int32_t> pages)
{
    for (const std::int32_t page : pages) {
        expect(holders(page) > 0, "a page that is held");
        if (--m_holders[static_cast<std::size_t>(page)] == 0)
            m_free.push_back(page);
    }
}

std::int64_t pagesFor(std::int64_t tokens)
{
    return (tokens + kernels::KvShape::pageTokens - 1) / kernels::KvShape::pageTokens;
}

} // namespace ahascope::rollout
