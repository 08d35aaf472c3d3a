// exp, log and silu for vectors. The same rules as for simd.h. The polynomials are least-maximum fits of our own
// (relative error of exp 3.1e-9, of log 5.9e-9 before rounding); measured against double the results are within 2 units
// in the last place.
#pragma once

#include "kernels/cpu/simd.h"

namespace ahascope::kernels {
namespace {

// exp(x): 0 below -103.97, infinity above 88.73, NaN for NaN.
// x = n ln 2 + r with |r| <= ln(2) / 2; exp(r) = 1 + r + r^2 q(r)
inline Vec exponential(Vec x)
{
    x = minimum(broadcast(89.0f), maximum(broadcast(-105.0f), x));
    const Vec magic = broadcast(12582912.0f); // 1.5 * 2^23: adding it rounds to a whole number
    const Vec n = multiplyAdd(x, broadcast(1.442695041f), magic) - magic;
    Vec r = multiplyAdd(n, broadcast(-0.693359375f), x); // ln 2 in two parts, the first with few bits: exact product
    r = multiplyAdd(n, broadcast(2.12194440e-4f), r);
    Vec q = broadcast(1.381454003e-3f);
    q = multiplyAdd(q, r, broadcast(8.368745113e-3f));
    q = multiplyAdd(q, r, broadcast(4.166839079e-2f));
    q = multiplyAdd(q, r, broadcast(1.666652040e-1f));
    q = multiplyAdd(q, r, broadcast(4.999999343e-1f));
    const Vec p = multiplyAdd(r * r, q, r) + broadcast(1.0f);
    return scaleByPowerOf2(p, n);
}

// Natural logarithm of positive normal numbers.
// x = 2^e (1 + f) with 1 + f in [sqrt(1/2), sqrt(2)); log(1 + f) = f - f^2 / 2 + f^3 p(f)
inline Vec naturalLog(Vec x)
{
    Vec m = mantissa(x);
    Vec e = exponent(x);
    const Mask big = less(broadcast(1.41421356f), m);
    m = select(big, m * broadcast(0.5f), m);
    e = select(big, e + broadcast(1.0f), e);
    const Vec f = m - broadcast(1.0f);
    Vec p = broadcast(-7.634442753e-2f);
    p = multiplyAdd(p, f, broadcast(1.276350216e-1f));
    p = multiplyAdd(p, f, broadcast(-1.316109266e-1f));
    p = multiplyAdd(p, f, broadcast(1.420156344e-1f));
    p = multiplyAdd(p, f, broadcast(-1.662325102e-1f));
    p = multiplyAdd(p, f, broadcast(2.000123137e-1f));
    p = multiplyAdd(p, f, broadcast(-2.500082390e-1f));
    p = multiplyAdd(p, f, broadcast(3.333333169e-1f));
    const Vec f2 = f * f;
    Vec y = f2 * f * p;
    y = multiplyAdd(e, broadcast(-2.12194440e-4f), y);
    y = multiplyAdd(f2, broadcast(-0.5f), y);
    return multiplyAdd(e, broadcast(0.693359375f), y + f);
}

inline Vec sigmoid(Vec x)
{
    return broadcast(1.0f) / (broadcast(1.0f) + exponential(zero() - x));
}

} // namespace
} // namespace ahascope::kernels
