// Attention inside a packed batch: queries, keys and values as views of one tensor, as the model has them.
#include <algorithm>
#include <cmath>

#include "kernels/parity/cases.h"

namespace ahascope::kernels::parity {

namespace {

// One prompt alone, then prompts with the completions that share them, around the edges of blocks of 16, 32 and 64.
const std::vector<Segment>& packedBatch()
{
    static const std::vector<Segment> segments = [] {
        struct Group {
            std::int32_t prompt;
            std::vector<std::int32_t> completions;
        };
        std::vector<Segment> list;
        std::int32_t row = 0;
        for (const Group& group :
            {Group{1, {}}, {33, {40, 2}}, {1, {5, 1, 31}}, {17, {16, 15, 17, 1}}, {129, {70}}, {65, {}}}) {
            const std::int32_t prompt = row;
            list.push_back({prompt, group.prompt, 0, 0});
            row += group.prompt;
            for (const std::int32_t completion : group.completions) {
                list.push_back({row, completion, prompt, group.prompt});
                row += completion;
            }
        }
        return list;
    }();
    return segments;
}

Segments segmentsOn(Desk& desk, const std::vector<Segment>& list, std::int64_t window)
{
    Segments segments;
    Ids table;
    for (const Segment& segment : list) {
        table.insert(table.end(), {segment.begin, segment.length, segment.prefixBegin, segment.prefixLength});
        segments.rows += segment.length;
        segments.longest = std::max<std::int64_t>(segments.longest, segment.length);
        for (std::int64_t seen = segment.prefixLength + 1; seen <= segment.prefixLength + segment.length; ++seen)
            segments.pairs += window > 0 ? std::min(seen, window) : seen;
    }
    segments.count = static_cast<std::int64_t>(list.size());
    const Tensor flat = desk.ids(table);
    segments.table = {flat.data, DType::I32, segments.count, 4, 4};
    return segments;
}

struct Scene {
    AttentionShape shape;
    Segments segments;
    Tensor q, k, v;
    Tensor out, lse;

    Scene(Desk& desk, const AttentionShape& attention) : shape(attention)
    {
        segments = segmentsOn(desk, packedBatch(), shape.window);
        const std::int64_t queries = shape.heads * shape.headDim, keys = shape.kvHeads * shape.headDim;
        const Tensor qkv = desk.rowInput(segments.rows, queries + 2 * keys, 2.0f);
        q = qkv.columnRange(0, queries);
        k = qkv.columnRange(queries, keys);
        v = qkv.columnRange(queries + keys, keys);
        out = desk.rowOutput(segments.rows, queries);
        lse = desk.output(segments.rows, shape.heads);
        desk.backend().attention(out, lse, q, k, v, segments, shape);
    }
};

void forward(Desk& desk, const AttentionShape& shape)
{
    const Scene scene(desk, shape);
    desk.keep("out", scene.out);
    desk.keep("lse", scene.lse);
}

void backward(Desk& desk, const AttentionShape& shape)
{
    const Scene scene(desk, shape);
    const Tensor dqkv = desk.rowOutput(scene.q.rows, scene.q.columns + 2 * scene.k.columns);
    const Tensor dq = dqkv.columnRange(0, scene.q.columns);
    const Tensor dk = dqkv.columnRange(scene.q.columns, scene.k.columns);
    const Tensor dv = dqkv.columnRange(scene.q.columns + scene.k.columns, scene.v.columns);
    desk.backend().attentionBackward(dq, dk, dv, desk.rowInput(scene.out.rows, scene.out.columns), scene.out, scene.lse,
        scene.q, scene.k, scene.v, scene.segments, shape);
    desk.keep("dq", dq);
    desk.keep("dk", dk);
    desk.keep("dv", dv);
}

} // namespace

void addAttentionCases(Cases& cases)
{
    const auto add = [&](std::int64_t kvHeads, std::int64_t group, std::int64_t headDim, std::int64_t window) {
        const AttentionShape shape{.heads = kvHeads * group,
            .kvHeads = kvHeads,
            .headDim = headDim,
            .scale = 1.0f / std::sqrt(static_cast<float>(headDim)),
            .window = window};
        std::string variant = "head dim " + std::to_string(headDim) + ", groups of " + std::to_string(group);
        if (window > 0)
            variant += ", window " + std::to_string(window);
        cases.addWeighted("attention", variant, [shape](Desk& desk) { forward(desk, shape); });
        cases.addWeighted("attentionBackward", variant, [shape](Desk& desk) { backward(desk, shape); });
    };
    for (const std::int64_t headDim : {16, 64, 128})
        for (const std::int64_t group : {1, 3})
            add(2, group, headDim, 0);
    add(1, 7, 64, 0);
    for (const std::int64_t window : {2, 17, 64})
        add(2, 2, 64, window);
}

} // namespace ahascope::kernels::parity
