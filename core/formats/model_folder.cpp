#include "core/formats/model_folder.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/formats/atomic_file.h"
#include "core/formats/file_bytes.h"
#include "core/formats/gguf_config.h"
#include "core/formats/gguf_model.h"
#include "core/formats/gguf_tokenizer.h"
#include "core/formats/json.h"
#include "core/formats/model_chat.h"
#include "core/formats/model_config_json.h"
#include "core/problem.h"

namespace ahascope::formats {

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::uint64_t MaxSmallFile = 16u << 20;
constexpr JsonLimits SmallJson{.maxBytes = MaxSmallFile, .maxDepth = 32, .maxValues = 1'000'000};
constexpr std::size_t MaxEndTokens = 64;

constexpr const char* Config = "config.json";
constexpr const char* Generation = "generation_config.json";
constexpr const char* TokenizerConfig = "tokenizer_config.json";
constexpr const char* ChatTemplate = "chat_template.jinja";
constexpr const char* TokenizerFile = "tokenizer.json";
constexpr const char* Carried[] = {Config, Generation, TokenizerConfig, ChatTemplate, "special_tokens_map.json",
    "added_tokens.json", "vocab.json", "merges.txt", "LICENSE"};

// One JSON file of the folder; an empty object when it is not there.
class SmallFile {
public:
    SmallFile(const fs::path& folder, const ModelDescription& model, const char* name)
        : m_where((folder / name).string())
        , m_root(json::object())
    {
        if (const auto found = model.carried.find(name); found != model.carried.end())
            m_root = parseJson(found->second, m_where, SmallJson);
    }
    JsonObject object() const { return {m_root, m_where}; }

private:
    std::string m_where;
    json m_root;
};

void addEndToken(std::vector<std::int32_t>& ids, std::int64_t id)
{
    if (std::find(ids.begin(), ids.end(), id) == ids.end())
        ids.push_back(static_cast<std::int32_t>(id));
}

// "eos_token_id": one id or a list of them. False when the file does not say.
bool readEndTokens(const JsonObject& file, std::int64_t vocabulary, std::vector<std::int32_t>& ids)
{
    constexpr const char* Key = "eos_token_id";
    if (!file.has(Key))
        return false;
    if (!file.at(Key).is_array()) {
        addEndToken(ids, file.integer(Key, 0, vocabulary - 1));
        return true;
    }
    if (file.at(Key).size() > MaxEndTokens)
        file.refuse(Key, "has more than 64 ids");
    for (const json& id : file.at(Key)) {
        if (!id.is_number_unsigned() || id.get<std::uint64_t>() >= static_cast<std::uint64_t>(vocabulary))
            file.refuse(Key, id.dump().substr(0, 40) + " is not an id below " + std::to_string(vocabulary));
        addEndToken(ids, id.get<std::int64_t>());
    }
    return true;
}

std::optional<std::int32_t> readId(const JsonObject& file, const char* key, std::int64_t vocabulary)
{
    // A list or -1 stands for "none" in some folders.
    if (!file.has(key) || !file.at(key).is_number_integer() || file.at(key) == -1)
        return std::nullopt;
    return static_cast<std::int32_t>(file.integer(key, 0, vocabulary - 1));
}

// "eos_token": "</s>", or an object with its content.
std::optional<std::int32_t> readNamedToken(const JsonObject& file, const char* key, const text::Tokenizer& tokenizer)
{
    if (!file.has(key))
        return std::nullopt;
    const std::string content = file.at(key).is_object() ? file.object(key).text("content") : file.text(key);
    const std::optional<std::int32_t> id = tokenizer.idOf(content);
    if (!id)
        file.refuse(key, "'" + content.substr(0, 80) + "' is not in the vocabulary", "fetch the tokenizer again");
    return id;
}

SpecialTokens readSpecialTokens(const fs::path& folder, const ModelDescription& model)
{
    const SmallFile config(folder, model, Config);
    const SmallFile generation(folder, model, Generation);
    const SmallFile tokenizer(folder, model, TokenizerConfig);
    const std::int64_t vocabulary = model.config.vocabSize;
    SpecialTokens special;
    if (!readEndTokens(generation.object(), vocabulary, special.end))
        readEndTokens(config.object(), vocabulary, special.end);
    if (const auto id = readNamedToken(tokenizer.object(), "eos_token", *model.tokenizer))
        addEndToken(special.end, *id);
    special.begin = readNamedToken(tokenizer.object(), "bos_token", *model.tokenizer);
    if (!special.begin)
        special.begin = readId(config.object(), "bos_token_id", vocabulary);
    special.padding = readNamedToken(tokenizer.object(), "pad_token", *model.tokenizer);
    if (!special.padding)
        special.padding = readId(generation.object(), "pad_token_id", vocabulary);
    return special;
}

std::string generationConfig(const ModelDescription& model)
{
    nlohmann::ordered_json root;
    if (model.special.begin)
        root["bos_token_id"] = *model.special.begin;
    if (model.special.end.size() == 1)
        root["eos_token_id"] = model.special.end.front();
    else if (!model.special.end.empty())
        root["eos_token_id"] = model.special.end;
    if (model.special.padding)
        root["pad_token_id"] = *model.special.padding;
    root["do_sample"] = true;
    root["temperature"] = 1.0;
    return root.dump(2) + "\n";
}

std::string tokenizerConfig(const ModelDescription& model)
{
    nlohmann::ordered_json root;
    const auto content = [&](std::int32_t id) { return model.tokenizer->spelling(id); };
    // The class that takes tokenizer.json as it is; those of the families rebuild it from their own idea.
    root["tokenizer_class"] = "PreTrainedTokenizerFast";
    root["clean_up_tokenization_spaces"] = false;
    root["model_max_length"] = model.config.contextLength();
    if (model.special.begin)
        root["bos_token"] = content(*model.special.begin);
    if (!model.special.end.empty())
        root["eos_token"] = content(model.special.end.front());
    if (model.special.padding)
        root["pad_token"] = content(*model.special.padding);
    if (!model.chatTemplate.empty())
        root["chat_template"] = model.chatTemplate;
    return root.dump(2) + "\n";
}

void checkFits(const ModelDescription& model, const std::string& where)
{
    if (model.tokenizer->vocabularySize() > model.config.vocabSize)
        throw InputError(Problem{where,
            "has " + std::to_string(model.tokenizer->vocabularySize()) + " tokens but config.json says vocab_size "
                + std::to_string(model.config.vocabSize),
            "the tokenizer belongs to another model"});
}

ModelDescription readGgufDescription(const fs::path& path)
{
    const GgufFile file(path);
    ModelDescription model;
    model.config = parseModelConfig(configFromGguf(file.header(), file.mapped().bytes()), path.string());
    model.tokenizer = text::Tokenizer::fromJson(tokenizerFromGguf(file.metadata()), path.string());
    checkFits(model, path.string());
    model.special = specialTokensFromGguf(file.metadata());
    model.chatTemplate = file.metadata().text("tokenizer.chat_template", "");
    if (model.chatTemplate.size() > MaxChatTemplate)
        file.metadata().refuse("tokenizer.chat_template", "has more than 1 MiB");
    return model;
}

} // namespace

ModelDescription readModelDescription(const fs::path& path)
{
    if (isGgufPath(path) && !fs::is_directory(path))
        return readGgufDescription(path);
    if (!fs::is_directory(path))
        throw InputError(
            Problem{path.string(), "is not a folder", "give a model folder in Hugging Face layout, or a .gguf file"});
    ModelDescription model;
    for (const char* name : Carried) {
        if (fs::exists(path / name))
            model.carried[name] = readFile(fileInFolder(path, name), MaxSmallFile);
    }
    const auto config = model.carried.find(Config);
    if (config == model.carried.end())
        throw InputError(Problem{path.string(), "has no config.json", "give a model folder in Hugging Face layout"});
    model.config = parseModelConfig(config->second, (path / Config).string());
    model.tokenizer = text::Tokenizer::fromFile(fileInFolder(path, TokenizerFile));
    checkFits(model, (path / TokenizerFile).string());
    model.special = readSpecialTokens(path, model);
    model.chatTemplate = modelChat(model.carried, path).source;
    return model;
}

void writeModelFiles(const fs::path& folder, const ModelDescription& model, const WeightSource& weights)
{
    const auto original = model.carried.find(Config);
    writeFileAtomically(folder / Config,
        modelConfigJson(model.config, weights.type, original == model.carried.end() ? "" : original->second));
    for (const auto& [name, contents] : model.carried) {
        if (name != Config)
            writeFileAtomically(folder / name, contents);
    }
    if (model.carried.count(Generation) == 0)
        writeFileAtomically(folder / Generation, generationConfig(model));
    if (model.carried.count(TokenizerConfig) == 0)
        writeFileAtomically(folder / TokenizerConfig, tokenizerConfig(model));
    model.tokenizer->save(folder / TokenizerFile);
    writeWeightFiles(folder, weights);
}

void saveModelFolder(const fs::path& folder, const ModelDescription& model, const WeightSource& weights)
{
    AtomicFolder target(folder);
    writeModelFiles(target.path(), model, weights);
    target.commit();
}

} // namespace ahascope::formats
