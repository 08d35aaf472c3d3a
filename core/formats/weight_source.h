// Weights to be written, wherever they come from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <vector>

#include "core/formats/tensor_values.h"

namespace ahascope::formats {

constexpr std::uint64_t DefaultShardBytes = 5'000'000'000;

// The tensors to write, in file order, and where their values come from.
struct WeightSource {
    std::vector<TensorShape> tensors;
    TensorType type = TensorType::F32; // Q8_0 in GGUF only
    std::function<void(std::size_t index, std::span<float> into)> values;
    std::uint64_t maxShardBytes = DefaultShardBytes; // of one safetensors file; a larger tensor gets a file of its own
};

// model.safetensors, or as many files of at most maxShardBytes as it takes, and their index, named and divided as
// transformers does. Throws FileError.
void writeWeightFiles(const std::filesystem::path& folder, const WeightSource& weights);

} // namespace ahascope::formats
