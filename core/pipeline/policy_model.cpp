#include "core/pipeline/policy_model.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include <fmt/format.h>

#include "core/formats/peft_adapter.h"
#include "core/formats/weight_files.h"
#include "core/problem.h"

namespace ahascope::pipeline {

namespace {

std::vector<formats::TensorShape> shapesOf(const model::TensorArena& arena)
{
    std::vector<formats::TensorShape> shapes;
    for (const model::NamedTensor& tensor : arena.tensors()) {
        if (tensor.vector)
            shapes.push_back({tensor.name, {tensor.columns}});
        else
            shapes.push_back({tensor.name, {tensor.rows, tensor.columns}});
    }
    return shapes;
}

// Where the weights and the adapter of a policy are.
struct Sources {
    std::filesystem::path base;
    AdapterSource adapter;
};

Sources sourcesOf(const std::filesystem::path& folder, const AdapterSource& adapter)
{
    if (!formats::isAdapterFolder(folder))
        return {folder, adapter};
    const std::string where = (folder / "adapter_config.json").string();
    const char* remedy = "give the base's folder as the model and this folder as its adapter";
    if (!std::holds_alternative<std::monostate>(adapter))
        throw InputError({where, "the model's folder holds an adapter itself", remedy});
    std::filesystem::path base = formats::baseModelOf(folder);
    if (base.is_relative())
        base = folder / base;
    if (!std::filesystem::is_directory(base))
        throw InputError({where, "its base model \"" + formats::baseModelOf(folder) + "\" is no folder here", remedy});
    return {base, folder};
}

std::optional<model::LoraConfig> loraOf(const AdapterSource& adapter, const std::optional<formats::AdapterFiles>& files)
{
    if (files)
        return files->lora();
    const auto* made = std::get_if<NewAdapter>(&adapter);
    return made != nullptr ? std::optional(made->lora) : std::nullopt;
}

void fillAdapter(
    model::Parameters& parameters, const AdapterSource& adapter, const std::optional<formats::AdapterFiles>& files)
{
    if (const auto* made = std::get_if<NewAdapter>(&adapter))
        parameters.initialiseAdapter(made->seed);
    if (!files)
        return;
    std::vector<float> values;
    for (std::size_t i = 0; i < files->tensors().size(); ++i) {
        const model::NamedTensor& tensor = *parameters.adapter()->find(files->tensors()[i].name);
        values.resize(static_cast<std::size_t>(tensor.count()));
        files->read(i, values);
        parameters.adapter()->set(tensor, values);
    }
}

std::string millions(std::int64_t count)
{
    const auto value = static_cast<double>(count);
    return value >= 1e9 ? fmt::format("{:.2f}B", value / 1e9) : fmt::format("{:.2f}M", value / 1e6);
}

} // namespace

std::vector<formats::TensorShape> tensorShapes(const model::Parameters& parameters)
{
    return shapesOf(parameters.base());
}

PolicyModel loadPolicy(kernels::Backend& backend, const std::filesystem::path& path, model::Gradients gradients,
    const AdapterSource& adapter, kernels::DType stored)
{
    const Sources sources = sourcesOf(path, adapter);
    PolicyModel policy{formats::readModelDescription(sources.base), nullptr, sources.base};
    formats::WeightFiles weights(sources.base);
    std::optional<formats::AdapterFiles> files;
    if (const auto* place = std::get_if<std::filesystem::path>(&sources.adapter))
        files.emplace(*place, policy.config);
    policy.parameters = std::make_unique<model::Parameters>(
        backend, policy.config, gradients, loraOf(sources.adapter, files), stored);
    model::Parameters& parameters = *policy.parameters;
    formats::readWeights(weights, sources.base.string(), shapesOf(parameters.base()),
        [&](std::size_t index, std::int64_t first, std::span<const float> values) {
            parameters.setPart(parameters.tensors()[index], first, values);
        });
    fillAdapter(parameters, sources.adapter, files);
    parameters.commit();
    return policy;
}

PolicyModel newPolicy(kernels::Backend& backend, formats::ModelDescription description, std::uint64_t seed,
    double deviation, model::Gradients gradients, kernels::DType stored)
{
    PolicyModel policy{std::move(description), nullptr, {}};
    policy.parameters = std::make_unique<model::Parameters>(backend, policy.config, gradients, std::nullopt, stored);
    policy.parameters->initialise(seed, deviation);
    return policy;
}

formats::WeightSource weightsOf(const PolicyModel& policy, formats::TensorType type)
{
    const model::TensorArena& arena = policy.parameters->trained();
    const auto values = [&arena](std::size_t index, std::span<float> into) {
        const model::NamedTensor& tensor = arena.tensors()[index];
        arena.get(tensor, into);
        if (!std::all_of(into.begin(), into.end(), [](float value) { return std::isfinite(value); }))
            throw std::runtime_error(
                "the weights of " + tensor.name + " are not finite; nothing was saved and the last checkpoint is kept");
    };
    return {.tensors = shapesOf(arena), .type = type, .values = values};
}

void savePolicy(const PolicyModel& policy, const std::filesystem::path& folder, formats::TensorType type)
{
    const std::optional<model::LoraConfig>& lora = policy.parameters->lora();
    if (lora)
        formats::writeAdapterFiles(folder, policy, *lora, policy.base.string(), weightsOf(policy, type));
    else
        formats::writeModelFiles(folder, policy, weightsOf(policy, type));
}

std::string summaryOf(const model::ModelConfig& config, const std::optional<model::LoraConfig>& lora)
{
    std::string summary = fmt::format("{}, {} parameters, {} layers, vocabulary {}", model::nameOf(config.family),
        millions(model::parameterCount(config)), config.layers, config.vocabSize);
    if (lora)
        summary += ", adapter of " + millions(model::loraParameterCount(config, *lora));
    return summary;
}

} // namespace ahascope::pipeline
