#include "kernels/cpu/attention_segments.h"

#include <algorithm>

namespace ahascope::kernels {

namespace {

bool isOrdered(const std::vector<Segment>& segments, std::int64_t rows)
{
    std::int64_t row = 0;
    for (const Segment& segment : segments) {
        if (segment.begin != row || segment.length < 0)
            return false;
        row += segment.length;
    }
    return row == rows;
}

// The segment before `user` that begins with its prefix.
std::int64_t findPrefix(const std::vector<Segment>& segments, std::size_t user)
{
    const Segment& segment = segments[user];
    if (segment.prefixLength == 0)
        return -1;
    const auto end = segments.begin() + static_cast<std::ptrdiff_t>(user);
    // Of segments with equal begins only the last can have rows.
    const auto after = std::upper_bound(segments.begin(), end, segment.prefixBegin,
        [](std::int32_t row, const Segment& other) { return row < other.begin; });
    expect(after != segments.begin(), "segments: a prefix that is no earlier segment");
    const auto found = after - 1;
    expect(found->begin == segment.prefixBegin && found->length == segment.prefixLength && found->prefixLength == 0,
        "segments: a prefix that is no earlier segment without a prefix of its own");
    return found - segments.begin();
}

} // namespace

SegmentBlocks::SegmentBlocks(const Segments& segments)
{
    for (std::int64_t i = 0; i < segments.count; ++i) {
        const std::int32_t* row = segments.table.i32() + i * segments.table.stride;
        m_segments.push_back({row[0], row[1], row[2], row[3]});
    }
    expect(isOrdered(m_segments, segments.rows), "segments: they must cover the rows in order");
    for (std::size_t s = 0; s < m_segments.size(); ++s) {
        m_prefix.push_back(findPrefix(m_segments, s));
        m_firstBlock.push_back(static_cast<std::int64_t>(m_blocks.size()));
        for (std::int32_t row = 0; row < m_segments[s].length; row += 16) {
            m_blocks.push_back({static_cast<std::int32_t>(s), m_segments[s].begin + row,
                std::min(16, m_segments[s].length - row), row / 16});
        }
    }
}

WindowView SegmentBlocks::windowOf(const Block& rows, std::int64_t window) const
{
    const Segment& segment = m_segments[static_cast<std::size_t>(rows.segment)];
    return {window, segment.prefixLength, 16 * rows.index, rows.tokens};
}

std::int64_t SegmentBlocks::longestContext() const
{
    std::int64_t most = 0;
    for (const Segment& segment : m_segments)
        most = std::max(most, blocksOf(segment.prefixLength) + blocksOf(segment.length));
    return most;
}

WindowView::WindowView(std::int64_t window, std::int64_t prefixTokens, std::int64_t firstRow, std::int64_t rows)
    : m_window(window)
    , m_prefixTokens(prefixTokens)
{
    if (window == 0)
        return;
    m_firstBlock = firstPlace(firstRow) / 16;
    m_edgeBlocks = blocksOf(firstPlace(firstRow + rows - 1));
}

std::int32_t WindowView::firstPlace(std::int64_t row) const
{
    const std::int64_t position = std::max<std::int64_t>(0, m_prefixTokens + row - m_window + 1);
    const std::int64_t place
        = position < m_prefixTokens ? position : 16 * blocksOf(m_prefixTokens) + position - m_prefixTokens;
    return static_cast<std::int32_t>(m_window == 0 ? 0 : place - 16 * m_firstBlock);
}

WindowRows WindowView::rows(const std::vector<std::int32_t>& firstPlaces) const
{
    return {firstPlaces.data(), m_edgeBlocks, m_firstBlock};
}

} // namespace ahascope::kernels
