// A model ready to run: weights on a backend, and its tokenizer.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/formats/model_folder.h"
#include "core/model/parameters.h"
#include "core/text/tokenizer.h"

namespace ahascope::pipeline {

struct PolicyModel : formats::ModelDescription {
    std::unique_ptr<model::Parameters> parameters;
};

// Names and shapes of the model's tensors, in the order in which they are saved.
std::vector<formats::TensorShape> tensorShapes(const model::Parameters& parameters);

// From a Hugging Face folder or a .gguf file. Throws InputError for one that is not whole or not of a supported family.
PolicyModel loadPolicy(kernels::Backend& backend, const std::filesystem::path& path, model::Gradients gradients);

// Random weights.
PolicyModel newPolicy(
    kernels::Backend& backend, formats::ModelDescription description, std::uint64_t seed, model::Gradients gradients);

// Writes the files of a folder that transformers loads; the folder must exist. Throws formats::FileError, and
// std::runtime_error when a weight is not finite: such weights are never kept.
void savePolicy(const PolicyModel& policy, const std::filesystem::path& folder, formats::TensorType type);

// "Qwen2, 0.80M parameters, 4 layers, vocabulary 196"
std::string summaryOf(const model::ModelConfig& config);

} // namespace ahascope::pipeline
