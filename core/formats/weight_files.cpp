#include "core/formats/weight_files.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>
#include <set>

#include "core/formats/file_bytes.h"
#include "core/formats/gguf_config.h"
#include "core/formats/gguf_names.h"
#include "core/formats/json.h"
#include "core/problem.h"

namespace ahascope::formats {

namespace {

namespace fs = std::filesystem;

constexpr const char* SingleFile = "model.safetensors";
constexpr const char* IndexFile = "model.safetensors.index.json";
constexpr const char* Embedding = "model.embed_tokens.weight";
constexpr const char* Head = "lm_head.weight";
constexpr std::uint64_t MaxIndexBytes = 32u << 20;
constexpr std::size_t MaxShards = 1000;
constexpr std::size_t MaxProblems = 8;
constexpr std::int64_t ValuesPerStep = 1 << 16; // small enough for the processor's cache

[[noreturn]] void refuse(const std::string& where, const std::string& message, const std::string& remedy)
{
    throw InputError(Problem{where, message, remedy});
}

std::string shown(std::span<const std::int64_t> shape)
{
    std::string text = "[";
    for (std::size_t i = 0; i < shape.size(); ++i)
        text += (i == 0 ? "" : ", ") + std::to_string(shape[i]);
    return text + "]";
}

bool isRotaryFrequency(std::string_view name)
{
    return name.ends_with(".rotary_emb.inv_freq") || name == RopeFactorsTensor;
}

std::int64_t columnsOf(const TensorEntry& tensor)
{
    return tensor.shape.empty() ? 1 : tensor.shape.back();
}

// Calls `step` with row ranges [first, first + rows) that cover a tensor.
void forEachStep(const TensorEntry& tensor, const std::function<void(std::int64_t first, std::int64_t rows)>& step)
{
    const std::int64_t all = static_cast<std::int64_t>(tensor.count) / columnsOf(tensor);
    const std::int64_t most = std::max<std::int64_t>(1, ValuesPerStep / columnsOf(tensor));
    for (std::int64_t first = 0; first < all; first += most)
        step(first, std::min(most, all - first));
}

bool areEqual(const WeightFiles& weights, const std::string& one, const std::string& other)
{
    const TensorEntry& tensor = weights.entry(one);
    if (tensor.shape != weights.entry(other).shape)
        return false;
    bool equal = true;
    std::vector<float> mine, theirs;
    forEachStep(tensor, [&](std::int64_t first, std::int64_t rows) {
        if (!equal)
            return;
        mine.resize(static_cast<std::size_t>(rows * columnsOf(tensor)));
        theirs.resize(mine.size());
        weights.read(one, first, mine);
        weights.read(other, first, theirs);
        equal = std::memcmp(mine.data(), theirs.data(), mine.size() * sizeof(float)) == 0;
    });
    return equal;
}

// Where each expected tensor is read from; complains of everything that does not fit.
class Matching {
public:
    Matching(const WeightFiles& weights, std::string where) : m_weights(weights), m_where(std::move(where)) { }

    std::vector<std::string> sources(std::span<const TensorShape> expected)
    {
        std::set<std::string_view> names;
        for (const TensorShape& tensor : expected)
            names.insert(tensor.name);
        const bool tied = names.count(Head) == 0;
        std::vector<std::string> found;
        for (const TensorShape& tensor : expected)
            found.push_back(source(tensor, tied));
        for (const std::string& name : m_weights.names()) {
            if (names.count(name) == 0 && !isRotaryFrequency(name) && !(tied && name == Head))
                complain(name, "is not a tensor of this architecture", "the weights do not belong to config.json");
        }
        if (tied && m_weights.has(Head) && m_weights.has(Embedding) && !areEqual(m_weights, Head, Embedding))
            complain(Head, "differs from the embedding that config.json ties it to",
                "set tie_word_embeddings to false in config.json if the model has an output head of its own");
        if (!m_problems.empty())
            throw InputError(std::move(m_problems));
        return found;
    }

private:
    std::string source(const TensorShape& tensor, bool tied)
    {
        const bool asHead = tied && tensor.name == Embedding && !m_weights.has(Embedding) && m_weights.has(Head);
        const std::string name = asHead ? Head : tensor.name;
        if (!m_weights.has(name))
            complain(name, "is missing", "the weights do not belong to config.json");
        else if (m_weights.entry(name).shape != tensor.shape)
            complain(name, "has the shape " + shown(m_weights.entry(name).shape) + ", not " + shown(tensor.shape),
                "the weights do not belong to config.json");
        return name;
    }

    void complain(const std::string& name, const std::string& message, const std::string& remedy)
    {
        if (m_problems.size() < MaxProblems)
            m_problems.push_back({m_where + ": " + name.substr(0, 200), message, remedy});
    }

    const WeightFiles& m_weights;
    std::string m_where;
    std::vector<Problem> m_problems;
};

} // namespace

std::map<std::string, std::string> parseWeightIndex(std::string_view text, const std::string& where)
{
    const nlohmann::json root = parseJson(text, where, {.maxBytes = MaxIndexBytes, .maxDepth = 8});
    const JsonObject object(root, where);
    if (object.has("metadata") && object.object("metadata").has("total_size")) {
        const double size = object.object("metadata").number("total_size"); // some are written as 1.5e10
        if (size < 0 || size >= 0x1p63 || size != std::floor(size))
            object.object("metadata").refuse("total_size", "is not a size", "fetch the model again");
    }
    const JsonObject weights = object.object("weight_map");
    std::map<std::string, std::string> places;
    std::set<std::string> files;
    for (const auto& [name, file] : object.at("weight_map").items()) {
        const std::string fileName = weights.text(name);
        const bool plain = fileName.find_first_of(std::string_view("/\\\0", 3)) == std::string::npos
            && !fileName.starts_with('.') && fs::path(fileName).extension() == ".safetensors";
        if (!plain)
            refuse(where, "weight_map: '" + name.substr(0, 100) + "' is in '" + fileName.substr(0, 100) + "'",
                "only .safetensors files of the same folder are read");
        files.insert(fileName);
        if (files.size() > MaxShards)
            refuse(where, "names more than 1000 files", "");
        places[name] = fileName;
    }
    if (places.empty())
        refuse(where, "weight_map is empty", "fetch the model again");
    return places;
}

WeightFiles::WeightFiles(const fs::path& model)
{
    if (isGgufPath(model))
        openGguf(model);
    else
        openFolder(model);
}

void WeightFiles::openFolder(const fs::path& folder)
{
    const fs::path index = folder / IndexFile;
    if (fs::exists(folder / SingleFile))
        return add(m_safetensors.emplace_back(fileInFolder(folder, SingleFile)), SingleFile);
    if (!fs::exists(index))
        refuse(folder.string(), "has neither model.safetensors nor model.safetensors.index.json",
            "give a model folder in Hugging Face layout with safetensors weights, or a .gguf file");
    const auto places = parseWeightIndex(readFile(fileInFolder(folder, IndexFile), MaxIndexBytes), index.string());
    std::map<std::string, const SafetensorsFile*> files;
    for (const auto& [name, fileName] : places) {
        const SafetensorsFile*& file = files[fileName];
        if (file == nullptr) {
            file = &m_safetensors.emplace_back(fileInFolder(folder, fileName));
            add(*file, fileName);
        }
        if (file->find(name) == nullptr)
            refuse(index.string(), "'" + name.substr(0, 100) + "' is not in " + fileName, "fetch the model again");
    }
}

void WeightFiles::add(const SafetensorsFile& file, const std::string& fileName)
{
    for (const TensorEntry& tensor : file.tensors()) {
        if (!m_tensors.emplace(tensor.name, Place{tensor, file.bytes(tensor), &file.mapped()}).second)
            refuse(fileName, "'" + tensor.name.substr(0, 100) + "' stands in another file of the model too",
                "fetch the model again");
    }
}

void WeightFiles::openGguf(const fs::path& path)
{
    const GgufFile& file = m_gguf.emplace_back(path);
    const std::string architecture = file.metadata().text("general.architecture");
    const std::int64_t headDim = ggufHeadDim(file.metadata());
    for (const TensorEntry& tensor : file.tensors()) {
        Place place{tensor, file.bytes(tensor), &file.mapped()};
        const std::string name = huggingFaceTensorName(tensor.name);
        if (!name.empty())
            place.entry.name = name;
        if (hasPairedRows(architecture, place.entry.name) && tensor.shape[0] % headDim == 0)
            place.pairedRows = headDim;
        m_tensors.emplace(place.entry.name, std::move(place));
    }
}

std::vector<std::string> WeightFiles::names() const
{
    std::vector<std::string> names;
    for (const auto& [name, place] : m_tensors)
        names.push_back(name);
    return names;
}

const TensorEntry& WeightFiles::entry(const std::string& name) const
{
    return m_tensors.at(name).entry;
}

std::uint64_t WeightFiles::bytes() const
{
    std::uint64_t bytes = 0; // of parts of mapped files: cannot overflow
    for (const auto& [name, place] : m_tensors)
        bytes += place.bytes.size();
    return bytes;
}

void WeightFiles::read(const std::string& name, std::int64_t firstRow, std::span<float> into) const
{
    const Place& place = m_tensors.at(name);
    const auto columns = static_cast<std::size_t>(columnsOf(place.entry));
    const std::size_t rowBytes = columns / valuesPerBlock(place.entry.type) * bytesPerBlock(place.entry.type);
    const auto first = static_cast<std::size_t>(firstRow);
    const std::size_t rows = into.size() / columns;
    const auto stored = place.bytes.subspan(first * rowBytes, rows * rowBytes);
    if (place.pairedRows == 0) {
        toFloat(place.entry.type, stored, into);
    } else {
        for (std::size_t row = 0; row < rows; ++row) {
            const std::int64_t from = pairedRow(static_cast<std::int64_t>(first + row), place.pairedRows);
            toFloat(place.entry.type, place.bytes.subspan(static_cast<std::size_t>(from) * rowBytes, rowBytes),
                into.subspan(row * columns, columns));
        }
    }
    place.file->release(stored);
}

void readWeights(
    const WeightFiles& weights, const std::string& where, std::span<const TensorShape> expected, const GiveValues& give)
{
    const std::vector<std::string> sources = Matching(weights, where).sources(expected);
    std::vector<float> values;
    for (std::size_t i = 0; i < sources.size(); ++i) {
        const TensorEntry& tensor = weights.entry(sources[i]);
        forEachStep(tensor, [&](std::int64_t first, std::int64_t rows) {
            values.resize(static_cast<std::size_t>(rows * columnsOf(tensor)));
            weights.read(sources[i], first, values);
            give(i, first * columnsOf(tensor), values);
        });
    }
}

WeightSource sourceOf(
    const WeightFiles& weights, const std::string& where, std::span<const TensorShape> expected, TensorType type)
{
    const auto values = [&weights, names = Matching(weights, where).sources(expected)](
                            std::size_t index, std::span<float> into) { weights.read(names[index], 0, into); };
    return {.tensors = {expected.begin(), expected.end()}, .type = type, .values = values};
}

} // namespace ahascope::formats
