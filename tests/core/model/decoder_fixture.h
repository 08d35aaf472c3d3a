// A backend, and the log-probabilities of a batch under some parameters.
#pragma once

#include <gtest/gtest.h>
#include <memory>
#include <vector>

#include "core/model/decoder.h"
#include "kernels/devices.h"
#include "tests/core/model/tiny_model.h"

namespace ahascope::model {

inline DecoderCapacity capacityFor(const PackedBatch& batch, bool training)
{
    return {.tokens = batch.rows(), .outputs = batch.outputs(), .positions = 64, .training = training};
}

class DecoderFixture : public testing::Test {
protected:
    static std::vector<float> logProbsOf(Decoder& decoder, const Parameters& parameters, const PackedBatch& batch)
    {
        std::vector<float> result(static_cast<std::size_t>(batch.outputs()));
        decoder.forward(parameters, batch);
        decoder.logProbs(parameters, 0.9f, result, {});
        return result;
    }

    std::unique_ptr<kernels::Backend> backend = kernels::makeCpuBackend({.threads = 2});
};

} // namespace ahascope::model
