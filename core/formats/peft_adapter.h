// LoRA adapters in the layout of Hugging Face PEFT: adapter_config.json and adapter_model.safetensors.
#pragma once

#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/formats/model_folder.h"
#include "core/formats/safetensors.h"
#include "core/model/lora.h"

namespace ahascope::formats {

// Whether the folder holds an adapter and not a model of its own.
bool isAdapterFolder(const std::filesystem::path& folder);

// "base_model_name_or_path" of an adapter's folder: a folder, or the name of a model on the hub; may be empty. Throws
// InputError.
std::string baseModelOf(const std::filesystem::path& adapter);

// adapter_config.json as it applies to `base`. Throws InputError naming `where` and the key: another kind of adapter,
// an option that would change the arithmetic and is not supported (DoRA, biases, ranks by module, modules saved whole,
// layers left out, initial values that changed the base), a target that is no linear module of the base's layers.
// lora_dropout is a matter of training alone and is accepted and not used.
model::LoraConfig parsePeftConfig(std::string_view json, const std::string& where, const model::ModelConfig& base);

// Names and shapes of an adapter's tensors, in the order of model::Parameters::adapter().
std::vector<TensorShape> adapterShapes(const model::ModelConfig& base, const model::LoraConfig& lora);

// The folder of an adapter for `base`, opened. Immutable.
class AdapterFiles {
public:
    // Throws InputError: a file is missing or damaged, what parsePeftConfig() refuses, a tensor that is missing, too
    // many or of another shape than rank and base say.
    AdapterFiles(const std::filesystem::path& folder, const model::ModelConfig& base);

    const model::LoraConfig& lora() const { return m_lora; }
    const std::vector<TensorShape>& tensors() const { return m_tensors; }
    void read(std::size_t index, std::span<float> into) const; // converted exactly to F32

private:
    model::LoraConfig m_lora;
    std::vector<TensorShape> m_tensors;
    SafetensorsFile m_file;
};

// Writes the adapter's two files, and the tokenizer's of `model`, into a folder that exists; PEFT loads it unchanged.
// `base` is written as base_model_name_or_path. Throws FileError.
void writeAdapterFiles(const std::filesystem::path& folder, const ModelDescription& model,
    const model::LoraConfig& lora, const std::string& base, const WeightSource& weights);

} // namespace ahascope::formats
