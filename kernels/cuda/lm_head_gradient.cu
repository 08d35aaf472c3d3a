#include "kernels/cuda/lm_head.cuh"

namespace ahascope::kernels {

namespace cuda {

struct LogitGradient {
    const float* lse;
    const float* entropy;  // null: no gradient by entropy
    const float* dentropy; // likewise
    const float* dlogProbs;
    const std::int32_t* targets;
    float inverseTemperature;
};

// dz_v = (dlogProb (1[v = target] - p_v) - dentropy p_v (log p_v + entropy)) / temperature
template <class T>
struct LogitGradients {
    View<T> out;
    View<float> logits;
    std::int64_t firstToken;
    LogitGradient given;

    template <int width>
    __device__ void apply(std::int64_t row, std::int64_t column) const
    {
        const float lse = given.lse[row];
        const float dlogProb = given.dlogProbs[row];
        const float dentropy = given.dentropy != nullptr ? given.dentropy[row] : 0.0f;
        const float entropy = given.dentropy != nullptr ? given.entropy[row] : 0.0f;
        const std::int64_t target = given.targets[row] - firstToken - column;
        float z[width];
        load(z, logits.row(row) + column);
#pragma unroll
        for (int i = 0; i < width; ++i) {
            const float logProb = z[i] * given.inverseTemperature - lse;
            const float slope = dlogProb + dentropy * (fmaxf(-200.0f, logProb) + entropy);
            z[i] = ((target == i ? dlogProb : 0.0f) - expf(logProb) * slope) * given.inverseTemperature;
        }
        store(out.row(row) + column, z);
    }
};

} // namespace cuda

using namespace cuda;

// Chunks of the vocabulary one after another: logits again, their gradients, then both products.
void CudaBackend::doLmHeadLogProbsBackward(Tensor dhidden, Weight& head, Tensor dlogProbs, Tensor dentropy,
    Tensor hidden, Tensor lse, Tensor entropy, Tensor targets, float temperature)
{
    const std::int64_t rows = hidden.rows;
    const DType type = typeOfProduct({hidden, head.value});
    const Tensor x = as(type, hidden, Scratch::Left);
    const Tensor values = valuesAs(type, head);
    const LogitGradient given{lse.f32(), entropy.empty() ? nullptr : entropy.f32(),
        dentropy.empty() ? nullptr : dentropy.f32(), dlogProbs.f32(), targets.i32(), 1.0f / temperature};
    expect(dhidden.dtype == DType::F32, "the gradient of hidden rows is added up in F32");
    forLogitChunks(*this, *m_products, x, values, chunkTokens(rows, head.value.rows, chunkGradients),
        [&](std::int64_t token, Tensor logits) {
            const std::int64_t tokens = logits.columns;
            const Tensor dlogits{
                scratch(Scratch::LogitGradients, static_cast<std::size_t>(rows * tokens) * sizeOf(type)), type, rows,
                tokens, tokens};
            withType(type, [&](auto t) {
                using T = decltype(t);
                forElements(m_stream, "lmHeadLogProbsBackward", rows, tokens, widthOf(logits, dlogits),
                    LogitGradients<T>{viewOf<T>(dlogits), viewOf<float>(logits), token, given});
            });
            m_products->multiply(
                {.out = dhidden, .left = dlogits, .right = values.rowRange(token, tokens), .accumulate = token > 0});
            if (!head.gradient.empty())
                m_products->multiply({.out = head.gradient.rowRange(token, tokens),
                    .left = dlogits,
                    .right = x,
                    .leftTransposed = true,
                    .accumulate = true});
        });
}

} // namespace ahascope::kernels
