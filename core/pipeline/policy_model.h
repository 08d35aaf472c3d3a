// A model ready to run: weights on a backend, and its tokenizer.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/formats/model_folder.h"
#include "core/model/parameters.h"
#include "core/text/tokenizer.h"

namespace ahascope::pipeline {

struct PolicyModel : formats::ModelDescription {
    std::unique_ptr<model::Parameters> parameters;
    std::filesystem::path base; // the folder that the model's own weights came from; empty for a new model
};

// Names and shapes of the model's tensors, in the order in which they are saved.
std::vector<formats::TensorShape> tensorShapes(const model::Parameters& parameters);

// The adapter that a policy carries: none, one from a folder in PEFT's layout, or a new one.
struct NewAdapter {
    model::LoraConfig lora;
    std::uint64_t seed = 0;
};
using AdapterSource = std::variant<std::monostate, std::filesystem::path, NewAdapter>;

// From a Hugging Face folder or a .gguf file, its matrices in memory as `stored` (model::Parameters); gradients of the
// adapter alone if there is one. A folder that holds nothing but an adapter stands for the base it names and that
// adapter. Throws InputError for one that is not whole or not of a supported family, and for an adapter that does not
// belong to it.
PolicyModel loadPolicy(kernels::Backend& backend, const std::filesystem::path& path, model::Gradients gradients,
    const AdapterSource& adapter = {}, kernels::DType stored = kernels::DType::F32);

// Random weights: Parameters::initialise().
PolicyModel newPolicy(kernels::Backend& backend, formats::ModelDescription description, std::uint64_t seed,
    double deviation, model::Gradients gradients, kernels::DType stored = kernels::DType::F32);

// What is trained of the policy, which must stay: the model's tensors, or its adapter's. Reading a value that is not
// finite throws std::runtime_error: such weights are never kept.
formats::WeightSource weightsOf(const PolicyModel& policy, formats::TensorType type);

// Writes the files of a folder that transformers loads, or, for a policy with an adapter, those of its adapter, which
// PEFT loads; the folder must exist. Throws formats::FileError, and std::runtime_error when a weight is not finite:
// such weights are never kept.
void savePolicy(const PolicyModel& policy, const std::filesystem::path& folder, formats::TensorType type);

// "Qwen2, 0.80M parameters, 4 layers, vocabulary 196", with an adapter ", adapter of 0.02M"
std::string summaryOf(const model::ModelConfig& config, const std::optional<model::LoraConfig>& lora = std::nullopt);

} // namespace ahascope::pipeline
