// A run's model as a folder that other programs load.
#pragma once

#include <filesystem>

#include "core/formats/safetensors.h"

namespace ahascope::pipeline {

// Writes the model of a checkpoint folder (or of any model folder) to `out`: a new folder whole or not at all. In one
// that is there already it replaces the model's files and leaves whatever else is in it, such as a card. Throws
// InputError for a damaged folder, formats::FileError.
void exportModel(const std::filesystem::path& checkpoint, const std::filesystem::path& out, formats::TensorType type);

} // namespace ahascope::pipeline
