#include "core/pipeline/model_listing.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <optional>

#include "core/formats/file_bytes.h"
#include "core/formats/gguf_config.h"
#include "core/formats/json.h"
#include "core/formats/model_config_json.h"
#include "core/formats/weight_files.h"
#include "core/problem.h"
#include "core/train/memory_plan.h"

namespace ahascope::pipeline {

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::uint64_t MaxSmallFile = 16u << 20;
constexpr std::int64_t PromptTokens = 512; // what ModelNeeds assumes
constexpr std::int64_t CompletionTokens = 512;
constexpr std::int64_t Completions = 8;
constexpr std::int64_t MicroBatchTokens = 2048;

std::string firstLine(const std::string& text)
{
    return text.substr(0, text.find('\n'));
}

ModelNeeds needsOf(const model::ModelConfig& config)
{
    const std::int64_t prompt = std::max<std::int64_t>(1, std::min(PromptTokens, config.maxPositions / 2));
    const std::int64_t completion = std::max<std::int64_t>(1, std::min(CompletionTokens, config.maxPositions - prompt));
    const rollout::GeneratorCapacity rollout{
        .slots = Completions, .maxPromptTokens = prompt, .maxNewTokens = completion};
    const train::MemoryPlan inference = train::planMemory({.model = config, .rollout = rollout});
    const train::MemoryPlan training = train::planMemory({.model = config,
        .tokenBudget = MicroBatchTokens,
        .maxSequenceTokens = prompt + completion,
        .rollout = rollout});
    return {inference.total, training.total - training.gradients - training.optimizer, training.total};
}

void readWeights(ModelListing& listing)
{
    const formats::WeightFiles weights(listing.path);
    std::map<formats::TensorType, std::uint64_t> values;
    for (const std::string& name : weights.names())
        values[weights.entry(name).type] += weights.entry(name).count;
    const auto most = std::max_element(
        values.begin(), values.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
    if (most != values.end())
        listing.dtype = formats::nameOf(most->first);
    listing.bytes = weights.bytes();
}

void readConfig(ModelListing& listing, const std::string& text, const std::string& where)
{
    const json root = formats::parseJson(text, where, {.maxBytes = MaxSmallFile, .maxDepth = 32});
    listing.family = formats::JsonObject(root, where).text("model_type", "");
    const model::ModelConfig config = formats::parseModelConfig(text, where);
    listing.parameters = model::parameterCount(config);
    listing.context = config.maxPositions;
    listing.vocabulary = config.vocabSize;
    listing.needs = needsOf(config);
}

// "license: apache-2.0" between two lines of "---" at the beginning of README.md.
std::string licenseOf(const fs::path& folder)
{
    if (!fs::exists(folder / "README.md"))
        return {};
    const std::string text = formats::readFile(formats::fileInFolder(folder, "README.md"), MaxSmallFile);
    if (!text.starts_with("---\n"))
        return {};
    const std::size_t end = text.find("\n---", 3);
    const std::size_t key = text.find("\nlicense:");
    if (end == std::string::npos || key == std::string::npos || key > end)
        return {};
    std::string value = text.substr(key + 9, text.find('\n', key + 1) - key - 9);
    std::erase_if(value, [](char c) { return c == '"' || c == '\'' || c == ' ' || c == '\r' || c == '\t'; });
    return value.substr(0, 80);
}

bool hasChatTemplate(const fs::path& folder)
{
    if (fs::exists(folder / "chat_template.jinja"))
        return true;
    if (!fs::exists(folder / "tokenizer_config.json"))
        return false;
    const json root = formats::readJsonFile(
        formats::fileInFolder(folder, "tokenizer_config.json"), {.maxBytes = MaxSmallFile, .maxDepth = 32});
    return root.is_object() && root.contains("chat_template") && !root["chat_template"].is_null();
}

void listFolder(ModelListing& listing)
{
    const fs::path& folder = listing.path;
    listing.license = licenseOf(folder);
    listing.chatTemplate = hasChatTemplate(folder);
    readConfig(listing, formats::readFile(formats::fileInFolder(folder, "config.json"), MaxSmallFile),
        (folder / "config.json").string());
    readWeights(listing);
    if (!fs::exists(folder / "tokenizer.json"))
        throw InputError({folder.string(), "has no tokenizer.json", "fetch the tokenizer of the model too"});
}

void listGguf(ModelListing& listing)
{
    const formats::GgufFile file(listing.path);
    listing.license = file.metadata().text("general.license", "").substr(0, 80);
    listing.chatTemplate = file.metadata().has("tokenizer.chat_template");
    listing.family = file.metadata().text("general.architecture", "");
    readConfig(listing, formats::configFromGguf(file.header(), file.mapped().bytes()), listing.path.string());
    readWeights(listing);
}

// "models--org--name/snapshots/0123" is how a Hugging Face cache lays out org/name.
std::string nameOf(const fs::path& path)
{
    const std::string repository = path.parent_path().parent_path().filename().string();
    constexpr std::string_view Prefix = "models--";
    if (path.parent_path().filename() != "snapshots" || !repository.starts_with(Prefix))
        return path.filename().string();
    std::string name = repository.substr(Prefix.size());
    if (const std::size_t dashes = name.find("--"); dashes != std::string::npos)
        name.replace(dashes, 2, "/");
    return name;
}

// Whether a config.json belongs to a model; every second program has a file of that name.
bool isModelFolder(const fs::path& folder)
{
    if (!fs::is_regular_file(folder / "config.json"))
        return false;
    try {
        const json root = formats::readJsonFile(folder / "config.json", {.maxBytes = MaxSmallFile, .maxDepth = 32});
        return root.is_object() && (root.contains("model_type") || root.contains("architectures"));
    } catch (const InputError&) {
        return fs::exists(folder / "model.safetensors") || fs::exists(folder / "model.safetensors.index.json");
    }
}

class Finder {
public:
    Finder(const ModelSearch& search, std::stop_token stop) : m_search(search), m_stop(std::move(stop)) { }

    void look(const fs::path& path, int depth)
    {
        if (done())
            return;
        ++m_entries;
        std::error_code error;
        if (formats::isGgufPath(path) && fs::is_regular_file(path, error)) {
            m_found.push_back(path);
        } else if (fs::is_directory(path, error)) {
            if (isModelFolder(path))
                m_found.push_back(path);
            else if (depth < m_search.maxDepth)
                lookInside(path, depth);
        }
    }

    const std::vector<fs::path>& found() const { return m_found; }
    bool done() const
    {
        return m_stop.stop_requested() || m_entries >= m_search.maxEntries || m_found.size() >= m_search.maxModels;
    }

private:
    void lookInside(const fs::path& folder, int depth)
    {
        std::error_code error;
        for (fs::directory_iterator entry(folder, error), end; !error && entry != end && !done();
             entry.increment(error)) {
            const bool isHidden = entry->path().filename().string().starts_with('.');
            const bool isLinkedFolder = entry->is_symlink(error) && entry->is_directory(error);
            if (!isHidden && !isLinkedFolder)
                look(entry->path(), depth + 1);
        }
    }

    const ModelSearch& m_search;
    std::stop_token m_stop;
    std::size_t m_entries = 0;
    std::vector<fs::path> m_found;
};

std::optional<std::string> environment(const char* name)
{
    const char* value = std::getenv(name);
    return value == nullptr || *value == '\0' ? std::nullopt : std::optional<std::string>(value);
}

fs::path huggingFaceCache()
{
    if (const auto cache = environment("HF_HUB_CACHE"))
        return *cache;
    if (const auto home = environment("HF_HOME"))
        return fs::path(*home) / "hub";
    if (const auto cache = environment("XDG_CACHE_HOME"))
        return fs::path(*cache) / "huggingface" / "hub";
    return fs::path(environment("HOME").value_or("/")) / ".cache" / "huggingface" / "hub";
}

// As the window looks for its resources: $AHASCOPE_RESOURCES, beside the program, above a build folder.
fs::path shippedModels()
{
    if (const auto resources = environment("AHASCOPE_RESOURCES"))
        return fs::path(*resources) / "models";
    std::error_code error;
    const fs::path program = fs::read_symlink("/proc/self/exe", error).parent_path();
    if (fs::is_directory(program / "../share/ahascope/models", error))
        return program / "../share/ahascope/models";
    for (fs::path folder = program; folder.has_relative_path(); folder = folder.parent_path())
        if (fs::is_directory(folder / "resources/models", error))
            return folder / "resources/models";
    return {};
}

} // namespace

ModelListing listModel(const fs::path& path)
{
    ModelListing listing;
    listing.path = path;
    listing.name = nameOf(path);
    try {
        if (formats::isGgufPath(path))
            listGguf(listing);
        else
            listFolder(listing);
    } catch (const InputError& error) {
        listing.problem = toString(error.problems().front());
    } catch (const std::exception& error) { // a folder that went away, or may not be read
        listing.problem = firstLine(error.what());
    }
    if (!listing.problem.empty())
        listing.needs = {};
    return listing;
}

std::vector<ModelListing> findModels(const ModelSearch& search, std::stop_token stop)
{
    Finder finder(search, stop);
    for (const fs::path& place : search.places)
        finder.look(place, 0);
    std::vector<fs::path> paths;
    for (const fs::path& path : finder.found()) {
        std::error_code error;
        const fs::path canonical = fs::canonical(path, error);
        paths.push_back(error ? path : canonical);
    }
    std::sort(paths.begin(), paths.end());
    paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
    std::vector<ModelListing> listings;
    for (const fs::path& path : paths) {
        if (stop.stop_requested())
            break;
        listings.push_back(listModel(path));
    }
    return listings;
}

ModelUse mostDemandingUse(const ModelNeeds& needs, std::uint64_t memory)
{
    const auto fits = [&](std::uint64_t bytes) { return bytes > 0 && bytes <= memory; };
    if (fits(needs.training))
        return ModelUse::Training;
    if (fits(needs.lora))
        return ModelUse::Lora;
    return fits(needs.inference) ? ModelUse::Inference : ModelUse::None;
}

std::vector<fs::path> usualModelPlaces()
{
    std::vector<fs::path> places;
    for (const fs::path& place : {shippedModels(), huggingFaceCache()}) {
        std::error_code error;
        if (!place.empty() && fs::is_directory(place, error))
            places.push_back(place);
    }
    return places;
}

} // namespace ahascope::pipeline
