// A model folder in Hugging Face layout: config.json, weights, tokenizer and the small files around them; or what a
// GGUF file holds of them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/formats/weight_source.h"
#include "core/model/model_config.h"
#include "core/text/tokenizer.h"

namespace ahascope::formats {

// Ids of the tokens that have a role.
struct SpecialTokens {
    std::vector<std::int32_t> end; // any of them ends a completion: generation_config.json or config.json, tokenizer
    std::optional<std::int32_t> begin{};
    std::optional<std::int32_t> padding{};

    bool operator==(const SpecialTokens&) const = default;
};

// Everything of a folder but the weights.
struct ModelDescription {
    model::ModelConfig config;
    std::shared_ptr<const text::Tokenizer> tokenizer;
    SpecialTokens special;
    std::string chatTemplate; // Jinja; empty when there is none
    // config.json, generation_config.json, tokenizer_config.json and their like as they came, by file name: a model
    // that is saved again takes them along. Empty for a new model.
    std::map<std::string, std::string> carried;
};

// Of a folder or of a .gguf file. Throws InputError: a file is missing, damaged, of an unsupported family, leads out of
// its folder, or the tokenizer has more tokens than the model has rows.
ModelDescription readModelDescription(const std::filesystem::path& path);

// Writes the files into a folder that exists; transformers loads it unchanged. Throws FileError.
void writeModelFiles(const std::filesystem::path& folder, const ModelDescription& model, const WeightSource& weights);
// The same into a new or existing folder that changes as a whole or not at all.
void saveModelFolder(const std::filesystem::path& folder, const ModelDescription& model, const WeightSource& weights);

} // namespace ahascope::formats
