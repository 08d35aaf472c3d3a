// Attention on the tensor cores: runs and groups of heads around the tiles' edges.
#include "tests/emulation/two_sides.h"
#include "tests/kernels/decode_states.h"
#include "tests/kernels/segment_layouts.h"

namespace ahascope::kernels {
namespace {

struct Case {
    std::int64_t kvHeads, group, headDim, window;
    Layout layout;
};

// Several tiles and their edges; many runs within one tile; every group that models have and one that no tile divides.
std::vector<Case> tileCases()
{
    const Layout manyShort = {{5, std::vector<int>(20, 3)}, {1, {1, 2, 1}}, {70, std::vector<int>(9, 1)}};
    return {
        {1, 1, 64, 0, {{130, {70, 1, 200}}}},
        {1, 1, 64, 33, {{130, {70, 1, 200}}}},
        {1, 1, 128, 100, {{130, {70, 1, 200}}}},
        {2, 7, 64, 0, manyShort},
        {1, 7, 128, 20, {{33, {31, 10}}, {64, {}}}},
        {1, 8, 64, 1, manyShort},
        {2, 2, 96, 0, {{65, {63, 64}}, {32, {33}}}},
        {1, 3, 96, 40, {{65, {63, 64}}}},
    };
}

std::vector<Tensor> bothWays(Side& side, const AttentionInputs& in)
{
    const Segments segments = segmentsOn(side, in.segments);
    const Tensor q = side.rows(in.rows, in.width(), in.q, 8);
    const Tensor k = side.rows(in.rows, in.kvWidth(), in.k, 8);
    const Tensor v = side.rows(in.rows, in.kvWidth(), in.v, 16);
    const Tensor out = side.poisonedRows(in.rows, in.width());
    const Tensor lse = side.poisoned(in.rows, in.shape.heads);
    side.backend().attention(out, lse, q, k, v, segments, in.shape);
    const Tensor dout = side.rows(in.rows, in.width(), RandomValues(8).floats(in.rows * in.width()));
    const Tensor dq = side.poisonedRows(in.rows, in.width(), 8);
    const Tensor dk = side.poisonedRows(in.rows, in.kvWidth());
    const Tensor dv = side.poisonedRows(in.rows, in.kvWidth());
    side.backend().attentionBackward(dq, dk, dv, dout, out, lse, q, k, v, segments, in.shape);
    return {out, lse, dq, dk, dv};
}

AttentionInputs inputsOf(const Case& c)
{
    AttentionInputs in(c.kvHeads, c.group, c.headDim, segmentsOf(c.layout));
    in.shape.window = c.window;
    return in;
}

TEST(AttentionTiles, AgreeWithTheProcessor)
{
    for (const Case& c : tileCases()) {
        const AttentionInputs in = inputsOf(c);
        const std::string name = std::to_string(c.headDim) + " channels, group " + std::to_string(c.group) + ", window "
            + std::to_string(c.window) + ", " + std::to_string(in.rows) + " rows";
        expectAgreement(true, name, [&](Side& side) { return bothWays(side, in); });
    }
}

} // namespace
} // namespace ahascope::kernels
