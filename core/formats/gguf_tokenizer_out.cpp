// From tokenizer.json to GGUF metadata.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "core/formats/gguf_cursor.h"
#include "core/formats/gguf_splits.h"
#include "core/formats/gguf_token_type.h"
#include "core/formats/gguf_tokenizer.h"
#include "core/formats/json.h"
#include "core/problem.h"

namespace ahascope::formats {

namespace {

using nlohmann::json;

struct Vocabulary {
    std::vector<std::string> tokens;
    std::vector<TokenType> types;
    std::vector<std::string> merges;       // "left right"
    std::vector<std::string> mergeResults; // the token that each makes
};

// Streams by: a vocabulary of 150,000 tokens need not become a tree.
json parse(std::string_view text, std::size_t size, const std::string& where, Vocabulary& vocabulary)
{
    vocabulary.tokens.resize(size);
    vocabulary.types.assign(size, TokenType::Unused);
    const auto put = [&](std::string_view token, const json& id) {
        const auto at = id.get<std::size_t>();
        if (at >= size)
            throw InputError(
                Problem{where, "the tokenizer has more tokens than the model", "use the model's own tokenizer"});
        vocabulary.tokens[at] = token;
        vocabulary.types[at] = TokenType::Normal;
    };
    const auto merge = [&](std::string_view, const json& pair) {
        if (pair.is_array()) {
            vocabulary.merges.push_back(pair[0].get<std::string>() + " " + pair[1].get<std::string>());
            vocabulary.mergeResults.push_back(pair[0].get<std::string>() + pair[1].get<std::string>());
        } else {
            vocabulary.merges.push_back(pair.get<std::string>());
            std::string result = pair.get<std::string>();
            result.erase(result.find(' '), 1);
            vocabulary.mergeResults.push_back(std::move(result));
        }
    };
    json root = parseJson(text, where, {.maxDepth = 32}, {{"model.vocab", put}, {"model.merges", merge}});
    for (const json& token : root["added_tokens"]) {
        const auto id = token["id"].get<std::size_t>();
        put(token["content"].get<std::string>(), token["id"]);
        vocabulary.types[id] = token["special"] == true ? TokenType::Control : TokenType::UserDefined;
    }
    for (std::size_t id = 0; id < size; ++id)
        if (vocabulary.types[id] == TokenType::Unused)
            vocabulary.tokens[id] = "[PAD" + std::to_string(id) + "]"; // llama.cpp's name for a row without a token
    return root;
}

// Whether the part, or one of a sequence's parts, has this type; the last such part if so.
const json* partOfType(const json& section, const char* list, std::string_view type)
{
    if (!section.is_object())
        return nullptr;
    if (section.value("type", "") == type)
        return &section;
    const json* found = nullptr;
    if (section.contains(list))
        for (const json& part : section[list])
            if (const json* inside = partOfType(part, list, type))
                found = inside;
    return found;
}

// The tokens that the post-processor puts around a text: at most one on each side.
void addSurroundings(GgufFields& fields, const json& root, const std::string& where)
{
    const json* processor = partOfType(root["post_processor"], "processors", "TemplateProcessing");
    int before = 0;
    int after = 0;
    if (processor != nullptr) {
        bool seen = false;
        for (const json& part : (*processor)["single"]) {
            if (part.contains("SpecialToken"))
                ++(seen ? after : before);
            else
                seen = true;
        }
    }
    if (before > 1 || after > 1)
        throw InputError(Problem{where + ": post_processor",
            "puts more than one token before or after a text, which has no counterpart in GGUF",
            "export as safetensors"});
    fields.boolean("tokenizer.ggml.add_bos_token", before == 1);
    fields.boolean("tokenizer.ggml.add_eos_token", after == 1);
}

// The order of the merges as SentencePiece's scores: 0 for what is merged first, then -1, -2, ..; tokens that no merge
// makes come after these.
std::vector<float> scoresOf(const Vocabulary& vocabulary)
{
    std::unordered_map<std::string_view, std::size_t> ids;
    for (std::size_t id = 0; id < vocabulary.tokens.size(); ++id)
        if (vocabulary.types[id] == TokenType::Normal)
            ids.emplace(vocabulary.tokens[id], id);
    std::vector<float> scores(vocabulary.tokens.size(), 0.0f);
    std::vector<bool> scored(vocabulary.tokens.size());
    std::int64_t next = 0;
    const auto give = [&](std::size_t id) {
        if (scored[id])
            return;
        scored[id] = true;
        scores[id] = static_cast<float>(next--);
    };
    for (const std::string& result : vocabulary.mergeResults)
        if (const auto found = ids.find(result); found != ids.end())
            give(found->second);
    for (std::size_t id = 0; id < vocabulary.tokens.size(); ++id)
        if (vocabulary.types[id] == TokenType::Normal)
            give(id);
    return scores;
}

void addSentencePiece(GgufFields& fields, const json& root, Vocabulary& vocabulary)
{
    const std::string unknown
        = root["model"]["unk_token"].is_string() ? root["model"]["unk_token"].get<std::string>() : "";
    for (std::size_t id = 0; id < vocabulary.tokens.size(); ++id) {
        const std::string& token = vocabulary.tokens[id];
        if (token.size() == 6 && token.starts_with("<0x") && token.back() == '>')
            vocabulary.types[id] = TokenType::Byte;
        else if (token == unknown) {
            vocabulary.types[id] = TokenType::Unknown;
            fields.u32("tokenizer.ggml.unknown_token_id", static_cast<std::int64_t>(id));
        }
    }
    const bool metaspace = partOfType(root["pre_tokenizer"], "pretokenizers", "Metaspace") != nullptr;
    const bool prepends = partOfType(root["normalizer"], "normalizers", "Prepend") != nullptr;
    fields.text("tokenizer.ggml.model", "llama");
    fields.text("tokenizer.ggml.pre", "default");
    fields.boolean("tokenizer.ggml.add_space_prefix", prepends || metaspace);
    fields.floats("tokenizer.ggml.scores", scoresOf(vocabulary));
}

void addByteLevel(GgufFields& fields, const json& root, const std::string& where)
{
    const bool nfc = partOfType(root["normalizer"], "normalizers", "NFC") != nullptr;
    const std::string name = splitNameOf(root["pre_tokenizer"], nfc, root["model"].value("ignore_merges", false));
    if (name.empty())
        throw InputError(Problem{
            where + ": pre_tokenizer", "cuts a text in a way that llama.cpp has no name for", "export as safetensors"});
    fields.text("tokenizer.ggml.model", "gpt2");
    fields.text("tokenizer.ggml.pre", name);
}

// Whether llama.cpp has no words for something that ids depend on: how an added token is looked for, and of a
// SentencePiece tokenizer more than a space before every stretch of text.
bool losesSomething(const json& root, bool sentencePiece)
{
    const bool nfc = partOfType(root["normalizer"], "normalizers", "NFC") != nullptr;
    const bool metaspace = partOfType(root["pre_tokenizer"], "pretokenizers", "Metaspace") != nullptr;
    const bool normalizes = sentencePiece || nfc;
    return (sentencePiece && (nfc || metaspace))
        || std::any_of(root["added_tokens"].begin(), root["added_tokens"].end(), [&](const json& token) {
               return token.value("single_word", false) || token.value("lstrip", false) || token.value("rstrip", false)
                   || (normalizes && token.value("normalized", false));
           });
}

} // namespace

void addTokenizer(GgufFields& fields, std::string_view text, std::int64_t vocabularySize, const std::string& where)
{
    Vocabulary vocabulary;
    const json root = parse(text, static_cast<std::size_t>(vocabularySize), where, vocabulary);
    const bool sentencePiece = root["model"].value("byte_fallback", false);
    if (sentencePiece)
        addSentencePiece(fields, root, vocabulary);
    else
        addByteLevel(fields, root, where);
    if (losesSomething(root, sentencePiece) && text.size() <= GgufCursor::MaxTextBytes)
        fields.text(WholeTokenizerKey, std::string(text));
    std::vector<std::int32_t> types;
    for (const TokenType type : vocabulary.types)
        types.push_back(static_cast<std::int32_t>(type));
    fields.texts("tokenizer.ggml.tokens", vocabulary.tokens);
    fields.integers("tokenizer.ggml.token_type", types);
    fields.texts("tokenizer.ggml.merges", vocabulary.merges);
    addSurroundings(fields, root, where);
}

} // namespace ahascope::formats
