// The weights of a model folder: one model.safetensors, or several with an index.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "core/formats/safetensors.h"

namespace ahascope::formats {

// Immutable; may be read from several threads.
class WeightFiles {
public:
    // Opens model.safetensors, or every file of model.safetensors.index.json. Throws InputError: no weights, a damaged
    // or missing shard, an index that names a file outside of the folder or a tensor that its shard does not hold.
    explicit WeightFiles(const std::filesystem::path& folder);

    std::vector<std::string> names() const; // sorted
    bool has(const std::string& name) const { return m_tensors.count(name) != 0; }
    const TensorEntry& entry(const std::string& name) const;         // must be there, else std::out_of_range
    void read(const std::string& name, std::span<float> into) const; // as SafetensorsFile::read

private:
    struct Place {
        const SafetensorsFile* file;
        const TensorEntry* tensor;
    };

    std::filesystem::path m_folder;
    std::map<std::string, SafetensorsFile> m_files; // by file name
    std::map<std::string, Place> m_tensors;
};

// Checks that every tensor of `expected` is there with its shape, then hands their values out one after the other, so
// that a second copy of only one tensor is ever in memory. Tensors that are not expected are refused by name, but for
// those that can be derived: rotary frequencies, and the output head of a model that ties it to its embedding.
// Throws InputError with every missing, misshapen and unexpected tensor (the first few of each).
void readWeights(const WeightFiles& weights, const std::string& where, std::span<const TensorShape> expected,
    const std::function<void(std::size_t index, std::span<const float> values)>& give);

} // namespace ahascope::formats
