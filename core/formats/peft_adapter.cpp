#include "core/formats/peft_adapter.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "core/formats/atomic_file.h"
#include "core/formats/file_bytes.h"
#include "core/formats/json.h"
#include "core/formats/tensor_values.h"
#include "core/problem.h"
#include "core/text/nearest_name.h"

namespace ahascope::formats {

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* ConfigFile = "adapter_config.json";
constexpr const char* WeightsFile = "adapter_model.safetensors";
constexpr std::uint64_t MaxConfig = 4u << 20;
constexpr JsonLimits ConfigLimits{.maxBytes = MaxConfig, .maxDepth = 16, .maxValues = 100'000};
constexpr std::int64_t MaxRank = 1 << 16;
constexpr std::size_t MaxProblems = 8;

// Keys that are read below, and those that say nothing about the arithmetic.
const std::set<std::string_view> KnownKeys{"peft_type", "task_type", "r", "lora_alpha", "use_rslora", "target_modules",
    "bias", "init_lora_weights", "base_model_name_or_path", "lora_dropout", "auto_mapping", "ensure_weight_tying",
    "inference_mode", "megatron_core", "peft_version", "qalora_group_size", "revision", "runtime_config"};
// Initial values that leave the base as it is; the others take a part of its weights away.
const std::set<std::string> HarmlessInitialValues{"gaussian", "eva", "orthogonal"};

json readConfig(const fs::path& folder)
{
    return readJsonFile(folder / ConfigFile, ConfigLimits);
}

bool isSet(const json& value)
{
    return !(value.is_null() || value == false || ((value.is_array() || value.is_object()) && value.empty()));
}

// Every key that is set and that we do not know is an option that we would leave out.
void refuseOptions(const JsonObject& config, const json& root)
{
    for (const auto& [key, value] : root.items())
        if (!KnownKeys.contains(key) && isSet(value))
            config.refuse(key, "is set, and is not supported", "only plain LoRA adapters of linear modules are");
}

void checkKind(const JsonObject& config)
{
    if (config.text("peft_type") != "LORA")
        config.refuse("peft_type", "'" + config.text("peft_type").substr(0, 40) + "' is not LORA");
    if (config.text("task_type", "CAUSAL_LM") != "CAUSAL_LM")
        config.refuse("task_type", "'" + config.text("task_type").substr(0, 40) + "' is not CAUSAL_LM");
    if (config.text("bias", "none") != "none")
        config.refuse(
            "bias", "'" + config.text("bias").substr(0, 40) + "' is not none: trained biases are not supported");
    constexpr const char* Initial = "init_lora_weights";
    if (config.has(Initial) && config.at(Initial).is_string() && !HarmlessInitialValues.contains(config.text(Initial)))
        config.refuse(Initial, "'" + config.text(Initial).substr(0, 40) + "' changes the base's weights",
            "save the adapter with path_initial_model_for_weight_conversion, as PEFT describes");
}

// "all-linear", or names that a module's path equals or ends with.
std::vector<std::string> targetNames(const JsonObject& config)
{
    constexpr const char* Key = "target_modules";
    std::vector<std::string> names;
    const json& value = config.at(Key);
    if (value == "all-linear")
        return model::loraModuleNames();
    if (!value.is_array() || value.empty())
        config.refuse(Key, "is neither \"all-linear\" nor a list of names; patterns are not supported");
    for (const json& name : value) {
        if (!name.is_string())
            config.refuse(Key, "holds something that is not a name");
        names.push_back(name.get<std::string>());
    }
    return names;
}

bool names(const std::string& target, const std::string& path)
{
    return path == target || path.ends_with("." + target);
}

// The modules that the names stand for; each must be adapted in every layer or in none.
std::vector<std::string> targetsOf(const JsonObject& config, const model::ModelConfig& base)
{
    const std::vector<std::string> wanted = targetNames(config);
    std::vector<bool> used(wanted.size(), false);
    std::vector<std::string> targets;
    for (const model::LoraModule& module : model::loraModules(base)) {
        std::int64_t layers = 0;
        for (std::int64_t layer = 0; layer < base.layers; ++layer) {
            const std::string path = model::loraModulePath(layer, module);
            bool found = false;
            for (std::size_t i = 0; i < wanted.size(); ++i)
                if (names(wanted[i], path))
                    found = used[i] = true;
            layers += found ? 1 : 0;
        }
        if (layers > 0 && layers < base.layers)
            config.refuse("target_modules",
                module.name + " is adapted in " + std::to_string(layers) + " of " + std::to_string(base.layers)
                    + " layers; adapters of some layers alone are not supported");
        if (layers > 0)
            targets.push_back(module.name);
    }
    for (std::size_t i = 0; i < wanted.size(); ++i)
        if (!used[i])
            config.refuse("target_modules",
                "'" + wanted[i].substr(0, 100) + "' is no linear module of the base's layers",
                text::nameRemedy(wanted[i], model::loraModuleNames()));
    return targets;
}

std::string shown(std::span<const std::int64_t> shape)
{
    std::string text = "[";
    for (std::size_t i = 0; i < shape.size(); ++i)
        text += (i == 0 ? "" : ", ") + std::to_string(shape[i]);
    return text + "]";
}

std::string configText(const model::LoraConfig& lora, const std::string& base)
{
    nlohmann::ordered_json root;
    root["peft_type"] = "LORA";
    root["task_type"] = "CAUSAL_LM";
    root["base_model_name_or_path"] = base;
    root["revision"] = nullptr;
    root["inference_mode"] = true;
    root["r"] = lora.rank;
    if (lora.alpha == std::floor(lora.alpha) && lora.alpha < 1e15)
        root["lora_alpha"] = static_cast<std::int64_t>(lora.alpha);
    else
        root["lora_alpha"] = lora.alpha;
    root["use_rslora"] = lora.rankStabilised;
    root["target_modules"] = lora.targets;
    root["lora_dropout"] = 0.0;
    root["bias"] = "none";
    root["fan_in_fan_out"] = false;
    root["init_lora_weights"] = true;
    root["modules_to_save"] = nullptr;
    return root.dump(2) + "\n";
}

} // namespace

bool isAdapterFolder(const fs::path& folder)
{
    return fs::exists(folder / ConfigFile) && !fs::exists(folder / "config.json");
}

std::string baseModelOf(const fs::path& adapter)
{
    const json root = readConfig(adapter);
    return JsonObject(root, (adapter / ConfigFile).string()).text("base_model_name_or_path", "");
}

model::LoraConfig parsePeftConfig(std::string_view text, const std::string& where, const model::ModelConfig& base)
{
    const json root = parseJson(text, where, ConfigLimits);
    const JsonObject config(root, where);
    checkKind(config);
    refuseOptions(config, root);
    model::LoraConfig lora;
    lora.rank = config.integer("r", 1, MaxRank);
    lora.alpha = config.number("lora_alpha");
    if (lora.alpha <= 0)
        config.refuse("lora_alpha", "is not a positive number");
    lora.rankStabilised = config.boolean("use_rslora", false);
    lora.targets = targetsOf(config, base);
    return lora;
}

std::vector<TensorShape> adapterShapes(const model::ModelConfig& base, const model::LoraConfig& lora)
{
    std::vector<TensorShape> shapes;
    for (std::int64_t layer = 0; layer < base.layers; ++layer)
        for (const model::LoraModule& module : model::targetsOf(base, lora)) {
            shapes.push_back({model::loraTensorName(layer, module, 'A'), {lora.rank, module.columns}});
            shapes.push_back({model::loraTensorName(layer, module, 'B'), {module.rows, lora.rank}});
        }
    return shapes;
}

AdapterFiles::AdapterFiles(const fs::path& folder, const model::ModelConfig& base)
    : m_lora(parsePeftConfig(readFile(folder / ConfigFile, MaxConfig), (folder / ConfigFile).string(), base))
    , m_tensors(adapterShapes(base, m_lora))
    , m_file(folder / WeightsFile)
{
    std::vector<Problem> problems;
    const auto complain = [&](const std::string& name, const std::string& message) {
        if (problems.size() < MaxProblems)
            problems.push_back({(folder / WeightsFile).string() + ": " + name.substr(0, 200), message,
                "the adapter belongs to another base model, or its two files do not belong together"});
    };
    std::set<std::string_view> expected;
    for (const TensorShape& tensor : m_tensors) {
        expected.insert(tensor.name);
        const TensorEntry* entry = m_file.find(tensor.name);
        if (entry == nullptr)
            complain(tensor.name, "is missing");
        else if (entry->shape != tensor.shape)
            complain(tensor.name,
                "has the shape " + shown(entry->shape) + ", not " + shown(tensor.shape)
                    + " as r = " + std::to_string(m_lora.rank) + " and the base model say");
    }
    for (const TensorEntry& entry : m_file.tensors())
        if (!expected.contains(entry.name))
            complain(entry.name, "is not a tensor of this adapter");
    if (!problems.empty())
        throw InputError(std::move(problems));
}

void AdapterFiles::read(std::size_t index, std::span<float> into) const
{
    const TensorEntry& tensor = *m_file.find(m_tensors[index].name);
    toFloat(tensor.type, m_file.bytes(tensor), into);
}

void writeAdapterFiles(const fs::path& folder, const ModelDescription& model, const model::LoraConfig& lora,
    const std::string& base, const WeightSource& weights)
{
    writeFileAtomically(folder / ConfigFile, configText(lora, base));
    SafetensorsWriter writer(folder / WeightsFile, weights.tensors, weights.type);
    std::vector<float> values;
    for (std::size_t i = 0; i < weights.tensors.size(); ++i) {
        values.resize(static_cast<std::size_t>(weights.tensors[i].shape[0] * weights.tensors[i].shape[1]));
        weights.values(i, values);
        writer.append(values);
    }
    writer.finish();
    for (const auto& [name, contents] : model.carried)
        if (name != "config.json" && name != "generation_config.json")
            writeFileAtomically(folder / name, contents);
    model.tokenizer->save(folder / "tokenizer.json");
}

} // namespace ahascope::formats
