#include "core/formats/model_chat.h"

#include <nlohmann/json.hpp>

#include "core/formats/file_bytes.h"
#include "core/formats/gguf.h"
#include "core/formats/json.h"
#include "core/formats/model_folder.h"
#include "core/problem.h"

namespace ahascope::formats {

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::uint64_t MaxSmallFile = 16u << 20;
constexpr JsonLimits SmallJson{.maxBytes = MaxSmallFile, .maxDepth = 32, .maxValues = 1'000'000};

constexpr const char* ChatTemplate = "chat_template.jinja";
constexpr const char* TokenizerConfig = "tokenizer_config.json";
constexpr const char* SpecialTokensMap = "special_tokens_map.json";
constexpr const char* TokenNames[]
    = {"bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"};

json parsed(const std::map<std::string, std::string>& files, const fs::path& folder, const char* name)
{
    const auto found = files.find(name);
    return found == files.end() ? json::object() : parseJson(found->second, (folder / name).string(), SmallJson);
}

void readTemplate(const JsonObject& tokenizer, text::ModelChat& chat)
{
    constexpr const char* Key = "chat_template";
    chat.where = tokenizer.where() + ": " + Key;
    if (!tokenizer.has(Key) || !tokenizer.at(Key).is_array()) {
        chat.source = tokenizer.text(Key, "");
        return;
    }
    for (const json& entry : tokenizer.at(Key)) {
        const JsonObject object(entry, chat.where);
        if (object.text("name") == "default")
            chat.source = object.text("template");
    }
}

void readTokens(const JsonObject& file, text::ModelChat& chat)
{
    for (const char* name : TokenNames) {
        if (!file.has(name))
            continue;
        const json& token = file.at(name);
        if (token.is_string() || token.is_object())
            chat.tokens.emplace_back(name, token.is_object() ? file.object(name).text("content") : file.text(name));
    }
}

text::ModelChat ggufChat(const fs::path& path)
{
    const ModelDescription model = readModelDescription(path);
    text::ModelChat chat;
    chat.source = model.chatTemplate;
    chat.where = path.string() + ": tokenizer.chat_template";
    const auto add = [&](const char* name, std::int32_t id) {
        chat.tokens.emplace_back(name, std::string(model.tokenizer->tokenText(id)));
    };
    if (model.special.begin)
        add("bos_token", *model.special.begin);
    if (!model.special.end.empty())
        add("eos_token", model.special.end.front());
    if (model.special.padding)
        add("pad_token", *model.special.padding);
    return chat;
}

} // namespace

text::ModelChat modelChat(const std::map<std::string, std::string>& files, const fs::path& folder)
{
    text::ModelChat chat;
    const json tokenizer = parsed(files, folder, TokenizerConfig);
    const JsonObject config(tokenizer, (folder / TokenizerConfig).string());
    if (const auto own = files.find(ChatTemplate); own != files.end()) {
        chat.source = own->second;
        chat.where = (folder / ChatTemplate).string();
    } else {
        readTemplate(config, chat);
    }
    if (chat.source.size() > MaxChatTemplate)
        throw InputError(Problem{chat.where, "has more than 1 MiB", "fetch the tokenizer again"});
    readTokens(config, chat);
    if (chat.tokens.empty()) {
        const json map = parsed(files, folder, SpecialTokensMap);
        readTokens(JsonObject(map, (folder / SpecialTokensMap).string()), chat);
    }
    return chat;
}

text::ModelChat readModelChat(const fs::path& model)
{
    if (isGgufPath(model) && !fs::is_directory(model))
        return ggufChat(model);
    std::map<std::string, std::string> files;
    for (const char* name : {ChatTemplate, TokenizerConfig, SpecialTokensMap}) {
        if (fs::exists(model / name))
            files[name] = readFile(model / name, MaxSmallFile);
    }
    return modelChat(files, model);
}

} // namespace ahascope::formats
