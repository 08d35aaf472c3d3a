// The weights of a model under the names of Hugging Face transformers: one model.safetensors, several with an index, or
// a GGUF file.
#pragma once

#include <filesystem>
#include <functional>
#include <list>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/formats/gguf.h"
#include "core/formats/safetensors.h"
#include "core/formats/weight_source.h"

namespace ahascope::formats {

// model.safetensors.index.json: tensor name to file name. Throws InputError with `where`: an index that is damaged,
// names a file outside of its folder, or states a total_size that is no size. A total_size that is merely wrong, as in
// many published models, is not refused: nothing depends on it.
std::map<std::string, std::string> parseWeightIndex(std::string_view json, const std::string& where);

// Immutable; may be read from several threads.
class WeightFiles {
public:
    // `model` is a folder or a .gguf file. Throws InputError: no weights, a damaged or missing shard, an index that
    // contradicts its shards, a tensor that stands in two of them.
    explicit WeightFiles(const std::filesystem::path& model);

    std::vector<std::string> names() const; // sorted
    bool has(const std::string& name) const { return m_tensors.count(name) != 0; }
    const TensorEntry& entry(const std::string& name) const; // must be there, else std::out_of_range
    std::uint64_t bytes() const;                             // that all tensors take in their files

    // Rows of the last dimension (a vector is one row) from `firstRow` on, as F32; `into` holds whole rows. The pages
    // of the file that were read are given back.
    void read(const std::string& name, std::int64_t firstRow, std::span<float> into) const;

private:
    struct Place {
        TensorEntry entry;
        std::span<const std::byte> bytes;
        const MappedFile* file = nullptr;
        std::int64_t pairedRows = 0; // rows of a head whose halves are interleaved (gguf_names.h); 0 = as they are
    };

    void openFolder(const std::filesystem::path& folder);
    void openGguf(const std::filesystem::path& path);
    void add(const SafetensorsFile& file, const std::string& fileName);

    std::list<SafetensorsFile> m_safetensors;
    std::list<GgufFile> m_gguf;
    std::map<std::string, Place> m_tensors;
};

// Checks that every tensor of `expected` is there with its shape, then hands their values out in file order of each,
// some rows at a time, so that no second copy of a tensor is ever in memory. Tensors that are not expected are refused
// by name, but for those that can be derived: rotary frequencies, and the output head of a model that ties it to its
// embedding, if it is equal to it. A tied embedding that is stored as the output head alone is found there.
// Throws InputError with every missing, misshapen and unexpected tensor (the first few of each).
using GiveValues = std::function<void(std::size_t index, std::int64_t firstValue, std::span<const float> values)>;
void readWeights(const WeightFiles& weights, const std::string& where, std::span<const TensorShape> expected,
    const GiveValues& give);

// The same tensors after the same checks, one by one as they are asked for, to be written as `type`. Refers to
// `weights`.
WeightSource sourceOf(
    const WeightFiles& weights, const std::string& where, std::span<const TensorShape> expected, TensorType type);

} // namespace ahascope::formats
