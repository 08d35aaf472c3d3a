#include "core/pipeline/policy_model.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include <fmt/format.h>

#include "core/formats/weight_files.h"

namespace ahascope::pipeline {

std::vector<formats::TensorShape> tensorShapes(const model::Parameters& parameters)
{
    std::vector<formats::TensorShape> shapes;
    for (const model::NamedTensor& tensor : parameters.tensors()) {
        if (tensor.vector)
            shapes.push_back({tensor.name, {tensor.columns}});
        else
            shapes.push_back({tensor.name, {tensor.rows, tensor.columns}});
    }
    return shapes;
}

PolicyModel loadPolicy(kernels::Backend& backend, const std::filesystem::path& path, model::Gradients gradients)
{
    PolicyModel policy{formats::readModelDescription(path), nullptr};
    formats::WeightFiles weights(path);
    policy.parameters = std::make_unique<model::Parameters>(backend, policy.config, gradients);
    formats::readWeights(weights, path.string(), tensorShapes(*policy.parameters),
        [&](std::size_t index, std::int64_t first, std::span<const float> values) {
            policy.parameters->setPart(policy.parameters->tensors()[index], first, values);
        });
    policy.parameters->commit();
    return policy;
}

PolicyModel newPolicy(
    kernels::Backend& backend, formats::ModelDescription description, std::uint64_t seed, model::Gradients gradients)
{
    PolicyModel policy{std::move(description), nullptr};
    policy.parameters = std::make_unique<model::Parameters>(backend, policy.config, gradients);
    policy.parameters->initialise(seed);
    return policy;
}

void savePolicy(const PolicyModel& policy, const std::filesystem::path& folder, formats::TensorType type)
{
    const model::Parameters& parameters = *policy.parameters;
    auto values = [&](std::size_t index, std::span<float> into) {
        const model::NamedTensor& tensor = parameters.tensors()[index];
        parameters.get(tensor, into);
        if (!std::all_of(into.begin(), into.end(), [](float value) { return std::isfinite(value); }))
            throw std::runtime_error(
                "the weights of " + tensor.name + " are not finite; nothing was saved and the last checkpoint is kept");
    };
    formats::writeModelFiles(folder, policy, {.tensors = tensorShapes(parameters), .type = type, .values = values});
}

std::string summaryOf(const model::ModelConfig& config)
{
    auto count = static_cast<double>(model::parameterCount(config));
    std::string size = count >= 1e9 ? fmt::format("{:.2f}B", count / 1e9) : fmt::format("{:.2f}M", count / 1e6);
    return fmt::format("{}, {} parameters, {} layers, vocabulary {}", model::nameOf(config.family), size, config.layers,
        config.vocabSize);
}

} // namespace ahascope::pipeline
