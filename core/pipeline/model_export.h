// A run's model as a folder or a file that other programs load.
#pragma once

#include <cstdint>
#include <filesystem>

#include "core/formats/weight_source.h"

namespace ahascope::pipeline {

enum class ModelFormat {
    Safetensors,
    Gguf,
    Peft // the adapter alone
};

struct ModelExport {
    ModelFormat format = ModelFormat::Safetensors;
    formats::TensorType type = formats::TensorType::F32; // Q8_0 in GGUF only
    std::uint64_t maxShardBytes = formats::DefaultShardBytes;
};

// Writes the model of a checkpoint folder (or of any model or adapter folder or .gguf file) to `out`: one GGUF file, or
// a folder in Hugging Face layout; an adapter is merged into its base, or written alone as PEFT has it. Either appears
// whole or not at all; in a folder that is there already the model's files are replaced and whatever else is in it,
// such as a card, is left. One tensor at a time is in memory. Throws InputError for a damaged model, one without the
// adapter that is asked for, a value that is not finite, or one that the type cannot hold in GGUF; formats::FileError.
void exportModel(const std::filesystem::path& checkpoint, const std::filesystem::path& out, const ModelExport& options);

} // namespace ahascope::pipeline
