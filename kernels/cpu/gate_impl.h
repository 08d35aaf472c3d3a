// The gate of the MLP and its gradient, for one vector (rules: simd.h).
#pragma once

#include "kernels/cpu/vector_math.h"

namespace ahascope::kernels {
namespace {

// silu(gate) * up
inline Vec gatedValue(Vec gate, Vec up)
{
    return gate * sigmoid(gate) * up;
}

struct GateGradient {
    Vec gate;
    Vec up;
};

// With s = sigmoid(gate): dgate = d up s (1 + gate (1 - s)), dup = d gate s
inline GateGradient gatedGradient(Vec d, Vec gate, Vec up)
{
    const Vec s = sigmoid(gate);
    const Vec slope = s * multiplyAdd(gate, broadcast(1.0f) - s, broadcast(1.0f));
    return {d * up * slope, d * gate * s};
}

} // namespace
} // namespace ahascope::kernels
