// Models made from nothing.
#include "core/pipeline/base_model.h"

#include <cmath>

#include <gtest/gtest.h>

#include "kernels/devices.h"
#include "tests/end_to_end/tiny_experiment.h"

namespace ahascope::pipeline {
namespace {

TEST(NewModel, BeginsWithTheDeviationAskedFor)
{
    config::Experiment experiment = test::tinyExperiment();
    experiment.model.create->initializerRange = 0.3;
    experiment.model.create->hiddenSize = 256;
    const auto backend = kernels::makeCpuBackend({.threads = 1});
    const PolicyModel model = baseModel(experiment, *backend);
    const model::NamedTensor& tensor = *model.parameters->find("model.layers.0.mlp.up_proj.weight");
    std::vector<float> values(static_cast<std::size_t>(tensor.count()));
    model.parameters->get(tensor, values);
    double squares = 0;
    for (const float value : values)
        squares += double{value} * value;
    EXPECT_NEAR(std::sqrt(squares / static_cast<double>(values.size())), 0.3, 0.01);
}

} // namespace
} // namespace ahascope::pipeline
