// Packed batches for tests of attention, and its formula in double.
#pragma once

#include <algorithm>
#include <utility>

#include "tests/kernels/kernel_fixture.h"

namespace ahascope::kernels {

// Prompts, each with its completions, as lengths.
struct GroupLengths {
    int prompt = 0;
    std::vector<int> completions;
};
using Layout = std::vector<GroupLengths>;

inline std::vector<Segment> segmentsOf(const Layout& layout)
{
    std::vector<Segment> result;
    std::int32_t row = 0;
    for (const GroupLengths& group : layout) {
        const std::int32_t prompt = row;
        result.push_back({row, group.prompt, 0, 0});
        row += group.prompt;
        for (const int completion : group.completions) {
            result.push_back({row, completion, prompt, group.prompt});
            row += completion;
        }
    }
    return result;
}

inline std::vector<Layout> oddLayouts()
{
    return {
        {{1, {}}},
        {{17, {}}},
        {{16, {1, 16, 17}}},
        {{15, {1}}, {33, {40, 2}}, {1, {5, 1, 31}}},
        {{7, std::vector<int>(16, 3)}, {20, {}}},
    };
}

// Around one token, one block of keys and values, and several.
inline const std::vector<std::int64_t> oddWindows = {1, 2, 15, 16, 17, 31, 33, 50};

inline Segments segmentsOn(Desk& desk, const std::vector<Segment>& list)
{
    Segments segments;
    Values table;
    for (const Segment& segment : list) {
        for (const std::int32_t value : {segment.begin, segment.length, segment.prefixBegin, segment.prefixLength})
            table.push_back(value);
        segments.rows += segment.length;
        segments.longest = std::max<std::int64_t>(segments.longest, segment.length);
        segments.pairs += std::int64_t(segment.length) * segment.prefixLength
            + std::int64_t(segment.length) * (segment.length + 1) / 2;
    }
    segments.count = static_cast<std::int64_t>(list.size());
    segments.table = desk.ids(table);
    segments.table.rows = segments.count;
    segments.table.columns = 4;
    segments.table.stride = 4;
    return segments;
}

// What attention is given.
struct AttentionInputs {
    AttentionShape shape;
    std::vector<Segment> segments;
    std::int64_t rows = 0;
    Values q, k, v;

    AttentionInputs(std::int64_t kvHeads, std::int64_t group, std::int64_t headDim, std::vector<Segment> list)
        : shape{.heads = kvHeads * group,
            .kvHeads = kvHeads,
            .headDim = headDim,
            .scale = 1.0f / std::sqrt(float(headDim))}
        , segments(std::move(list))
    {
        for (const Segment& segment : segments)
            rows += segment.length;
        RandomValues random(7);
        q = random.floats(rows * shape.heads * headDim, 3.0);
        k = random.floats(rows * kvHeads * headDim, 3.0);
        v = random.floats(rows * kvHeads * headDim);
    }
    std::int64_t width() const { return shape.heads * shape.headDim; }
    std::int64_t kvWidth() const { return shape.kvHeads * shape.headDim; }
};

struct NaiveAttention {
    Values out;
    Values lse;
};

inline NaiveAttention naiveAttention(const AttentionInputs& in)
{
    const auto [heads, kvHeads, headDim, scale, window] = in.shape;
    NaiveAttention result{Values(in.q.size()), Values(static_cast<std::size_t>(in.rows * heads))};
    const auto at = [d = headDim](std::int64_t row, std::int64_t count, std::int64_t head) {
        return static_cast<std::size_t>((row * count + head) * d);
    };
    const auto attend = [&, heads = heads, kvHeads = kvHeads, headDim = headDim, scale = scale](
                            std::int64_t row, std::int64_t h, const std::vector<std::int64_t>& visible) {
        const std::int64_t kv = h / (heads / kvHeads);
        Values scores;
        for (const std::int64_t other : visible) {
            double score = 0;
            for (std::size_t d = 0; d < static_cast<std::size_t>(headDim); ++d)
                score += in.q[at(row, heads, h) + d] * in.k[at(other, kvHeads, kv) + d];
            scores.push_back(score * scale);
        }
        const double largest = *std::max_element(scores.begin(), scores.end());
        double total = 0;
        Values sums(static_cast<std::size_t>(headDim));
        for (std::size_t i = 0; i < scores.size(); ++i) {
            const double e = std::exp(scores[i] - largest);
            total += e;
            for (std::size_t d = 0; d < sums.size(); ++d)
                sums[d] += e * in.v[at(visible[i], kvHeads, kv) + d];
        }
        for (std::size_t d = 0; d < sums.size(); ++d)
            result.out[at(row, heads, h) + d] = sums[d] / total;
        result.lse[static_cast<std::size_t>(row * heads + h)] = largest + std::log(total);
    };
    for (const Segment& segment : in.segments) {
        std::vector<std::int64_t> visible;
        for (int t = 0; t < segment.prefixLength; ++t)
            visible.push_back(segment.prefixBegin + t);
        for (int i = 0; i < segment.length; ++i) {
            visible.push_back(segment.begin + i);
            while (window > 0 && std::int64_t(visible.size()) > window)
                visible.erase(visible.begin());
            for (std::int64_t h = 0; h < heads; ++h)
                attend(segment.begin + i, h, visible);
        }
    }
    return result;
}

} // namespace ahascope::kernels
