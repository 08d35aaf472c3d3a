#include "core/formats/weight_files.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "core/formats/json.h"
#include "core/problem.h"

namespace ahascope::formats {

namespace {

constexpr const char* SingleFile = "model.safetensors";
constexpr const char* IndexFile = "model.safetensors.index.json";
constexpr std::size_t MaxShards = 1000;
constexpr std::size_t MaxProblems = 8;

[[noreturn]] void refuse(const std::filesystem::path& path, const std::string& message, const std::string& remedy)
{
    throw InputError(Problem{path.string(), message, remedy});
}

// Tensor name to file name.
std::map<std::string, std::string> readIndex(const std::filesystem::path& path)
{
    const nlohmann::json root = readJsonFile(path, {.maxBytes = 32u << 20, .maxDepth = 8});
    const JsonObject object(root, path.string());
    const JsonObject weights = object.object("weight_map");
    std::map<std::string, std::string> places;
    std::set<std::string> files;
    for (const auto& [name, file] : object.at("weight_map").items()) {
        const std::string fileName = weights.text(name);
        const bool plain = !fileName.empty() && fileName.find('/') == std::string::npos && fileName[0] != '.'
            && std::filesystem::path(fileName).extension() == ".safetensors";
        if (!plain)
            refuse(path, "weight_map: '" + name.substr(0, 100) + "' is in '" + fileName.substr(0, 100) + "'",
                "only .safetensors files of the same folder are read");
        files.insert(fileName);
        if (files.size() > MaxShards)
            refuse(path, "names more than 1000 files", "");
        places[name] = fileName;
    }
    if (places.empty())
        refuse(path, "weight_map is empty", "fetch the model again");
    return places;
}

std::string shown(std::span<const std::int64_t> shape)
{
    std::string text = "[";
    for (std::size_t i = 0; i < shape.size(); ++i)
        text += (i == 0 ? "" : ", ") + std::to_string(shape[i]);
    return text + "]";
}

bool canBeDerived(const std::string& name)
{
    constexpr std::string_view Frequencies = ".rotary_emb.inv_freq";
    return name == "lm_head.weight"
        || (name.size() > Frequencies.size()
            && std::string_view(name).substr(name.size() - Frequencies.size()) == Frequencies);
}

} // namespace

WeightFiles::WeightFiles(const std::filesystem::path& folder) : m_folder(folder)
{
    const std::filesystem::path index = folder / IndexFile;
    if (std::filesystem::exists(folder / SingleFile)) {
        const SafetensorsFile& file = m_files.emplace(SingleFile, folder / SingleFile).first->second;
        for (const TensorEntry& tensor : file.tensors())
            m_tensors.emplace(tensor.name, Place{&file, &tensor});
        return;
    }
    if (!std::filesystem::exists(index))
        refuse(folder, "has neither model.safetensors nor model.safetensors.index.json",
            "give a model folder in Hugging Face layout with safetensors weights");
    for (const auto& [name, fileName] : readIndex(index)) {
        const SafetensorsFile& file = m_files.try_emplace(fileName, folder / fileName).first->second;
        const TensorEntry* tensor = file.find(name);
        if (tensor == nullptr)
            refuse(index, "'" + name.substr(0, 100) + "' is not in " + fileName, "fetch the model again");
        m_tensors.emplace(name, Place{&file, tensor});
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
    return *m_tensors.at(name).tensor;
}

void WeightFiles::read(const std::string& name, std::span<float> into) const
{
    const Place& place = m_tensors.at(name);
    place.file->read(*place.tensor, into);
}

void readWeights(const WeightFiles& weights, const std::string& where, std::span<const TensorShape> expected,
    const std::function<void(std::size_t index, std::span<const float> values)>& give)
{
    std::vector<Problem> problems;
    const auto complain = [&](const std::string& name, const std::string& message) {
        if (problems.size() < MaxProblems)
            problems.push_back(
                {where + ": " + name.substr(0, 200), message, "the weights do not belong to config.json"});
    };
    std::set<std::string_view> names;
    for (const TensorShape& tensor : expected) {
        names.insert(tensor.name);
        if (!weights.has(tensor.name))
            complain(tensor.name, "is missing");
        else if (weights.entry(tensor.name).shape != tensor.shape)
            complain(tensor.name,
                "has the shape " + shown(weights.entry(tensor.name).shape) + ", not " + shown(tensor.shape));
    }
    for (const std::string& name : weights.names()) {
        if (names.count(name) == 0 && !canBeDerived(name))
            complain(name, "is not a tensor of this architecture");
    }
    if (!problems.empty())
        throw InputError(std::move(problems));
    std::vector<float> values;
    for (std::size_t i = 0; i < expected.size(); ++i) {
        values.resize(weights.entry(expected[i].name).count);
        weights.read(expected[i].name, values);
        give(i, values);
    }
}

} // namespace ahascope::formats
