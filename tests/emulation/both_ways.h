// Attention and its gradient on one side: out, lse, dq, dk, dv.
#pragma once

#include "tests/emulation/two_sides.h"
#include "tests/kernels/segment_layouts.h"

namespace ahascope::kernels {

inline std::vector<Tensor> bothWays(Side& side, const AttentionInputs& in)
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

} // namespace ahascope::kernels
