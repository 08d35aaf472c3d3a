#include "core/formats/weight_source.h"

#include <cstdio>
#include <nlohmann/json.hpp>

#include "core/formats/atomic_file.h"
#include "core/formats/checked_size.h"
#include "core/formats/safetensors.h"

namespace ahascope::formats {

namespace {

using Shard = std::vector<std::size_t>; // indices of tensors

std::uint64_t bytesOf(const WeightSource& weights, std::size_t index)
{
    const TensorShape& tensor = weights.tensors[index];
    return storedBytes(weights.type, valueCount(tensor, tensor.name), tensor.name);
}

std::vector<Shard> divided(const WeightSource& weights)
{
    std::vector<Shard> shards(1);
    std::uint64_t filled = 0;
    for (std::size_t i = 0; i < weights.tensors.size(); ++i) {
        const std::uint64_t bytes = bytesOf(weights, i);
        if (!shards.back().empty() && checkedSum(filled, bytes, "shard") > weights.maxShardBytes) {
            shards.emplace_back();
            filled = 0;
        }
        shards.back().push_back(i);
        filled += bytes;
    }
    return shards;
}

void writeShard(const std::filesystem::path& path, const WeightSource& weights, const Shard& shard)
{
    std::vector<TensorShape> tensors;
    for (const std::size_t index : shard)
        tensors.push_back(weights.tensors[index]);
    SafetensorsWriter writer(path, tensors, weights.type);
    std::vector<float> values;
    for (const std::size_t index : shard) {
        values.resize(valueCount(weights.tensors[index], path.string()));
        weights.values(index, values);
        writer.append(values);
    }
    writer.finish();
}

std::string shardName(std::size_t index, std::size_t count)
{
    char name[64];
    std::snprintf(name, sizeof name, "model-%05zu-of-%05zu.safetensors", index + 1, count);
    return name;
}

} // namespace

void writeWeightFiles(const std::filesystem::path& folder, const WeightSource& weights)
{
    const std::vector<Shard> shards = divided(weights);
    if (shards.size() == 1)
        return writeShard(folder / "model.safetensors", weights, shards.front());
    nlohmann::json places = nlohmann::json::object();
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < shards.size(); ++i) {
        const std::string name = shardName(i, shards.size());
        writeShard(folder / name, weights, shards[i]);
        for (const std::size_t index : shards[i]) {
            places[weights.tensors[index].name] = name;
            total = checkedSum(total, bytesOf(weights, index), name);
        }
    }
    const nlohmann::json index{{"metadata", {{"total_size", total}}}, {"weight_map", places}};
    writeFileAtomically(folder / "model.safetensors.index.json", index.dump(2) + "\n");
}

} // namespace ahascope::formats
