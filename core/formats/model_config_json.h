// config.json of Hugging Face transformers for the Llama, Qwen2, Qwen3 and Mistral families.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "core/formats/safetensors.h"
#include "core/model/model_config.h"

namespace ahascope::formats {

// The family of a model_type that is supported: "qwen2". Throws std::logic_error for any other.
model::Family familyOf(std::string_view modelType);

// Throws InputError naming `where` and the key: an unknown architecture, an option that would change the arithmetic and
// is not supported (quantisation, other activations, other scalings of the rotary embedding, partial rotation, biases
// of the MLP, windows that alternate), a size out of range, or a shape that model::problemWith() refuses. Keys that
// transformers ignores for these families are ignored; so is attention_dropout: nothing is dropped here.
model::ModelConfig parseModelConfig(std::string_view json, const std::string& where);

// A file that transformers 4 and 5 load. `original` is the config.json that the model came with, or empty: its other
// keys are kept. `type` is that of the weights beside it.
std::string modelConfigJson(const model::ModelConfig& config, TensorType type, std::string_view original = {});

} // namespace ahascope::formats
