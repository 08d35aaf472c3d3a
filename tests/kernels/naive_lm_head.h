// The LM head's formulas in double.
#pragma once

#include "tests/kernels/kernel_fixture.h"

namespace ahascope::kernels {

// A head [vocabulary, channels] and hidden rows.
struct HeadInputs {
    std::int64_t rows = 0;
    std::int64_t channels = 0;
    std::int64_t vocabulary = 0;
    float temperature = 1.0f;
    Values hidden;
    Values head;
    Values targets;

    HeadInputs(std::int64_t rowCount, std::int64_t channelCount, std::int64_t vocabularySize, float t = 1.0f)
        : rows(rowCount)
        , channels(channelCount)
        , vocabulary(vocabularySize)
        , temperature(t)
    {
        RandomValues random(static_cast<std::uint32_t>(rowCount * 31 + vocabularySize));
        hidden = random.floats(rows * channels);
        head = random.floats(vocabulary * channels, 6.0 / std::sqrt(double(channels)));
        targets = random.integers(rows, vocabulary);
    }
};

struct NaiveHead {
    Values logProbs; // of the targets
    Values entropy;
    Values lse;
    Values all; // [rows, vocabulary] log-probabilities
};

inline NaiveHead naiveHead(const HeadInputs& in)
{
    NaiveHead result;
    const auto channels = static_cast<std::size_t>(in.channels);
    for (std::size_t row = 0; row < static_cast<std::size_t>(in.rows); ++row) {
        Values z(static_cast<std::size_t>(in.vocabulary));
        for (std::size_t v = 0; v < z.size(); ++v) {
            for (std::size_t c = 0; c < channels; ++c)
                z[v] += in.hidden[row * channels + c] * in.head[v * channels + c];
            z[v] /= double(in.temperature);
        }
        double total = 0;
        for (const double x : z)
            total += std::exp(x);
        const double lse = std::log(total);
        double entropy = 0;
        for (double& x : z) {
            x -= lse;
            entropy -= std::exp(x) * x;
        }
        result.logProbs.push_back(z[static_cast<std::size_t>(in.targets[row])]);
        result.entropy.push_back(entropy);
        result.lse.push_back(lse);
        result.all.insert(result.all.end(), z.begin(), z.end());
    }
    return result;
}

} // namespace ahascope::kernels
