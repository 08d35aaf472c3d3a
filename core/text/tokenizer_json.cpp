#include "core/text/tokenizer_json.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "core/formats/json.h"
#include "core/problem.h"
#include "core/text/bpe_alphabet.h"
#include "core/text/tokenizer_vocabulary.h"

namespace ahascope::text {

namespace {

using formats::JsonObject;
using nlohmann::json;

constexpr formats::JsonLimits Limits{.maxBytes = 64u << 20, .maxDepth = 32};
constexpr std::size_t MaxAddedTokens = 100'000;
constexpr std::size_t MaxAddedBytes = 1u << 20; // the matcher takes 16 bytes for each

[[noreturn]] void refuse(const std::string& where, const std::string& message, const std::string& remedy = "")
{
    throw InputError(Problem{where, message, remedy});
}

bool hasAllBytes(const TokenizerSpec& spec)
{
    const TokenIndex index(spec.tokens, spec.literal);
    for (int byte = 0; byte < 256; ++byte) {
        if (index.find(std::string(1, static_cast<char>(byte))) < 0)
            return false;
    }
    return true;
}

// Whether a pre_tokenizer section has a ByteLevel step; what else it has is looked at later.
bool isByteLevel(const json& section)
{
    if (!section.is_object())
        return false;
    const auto type = section.find("type");
    const auto parts = section.find("pretokenizers");
    return (type != section.end() && *type == "ByteLevel")
        || (parts != section.end() && std::any_of(parts->begin(), parts->end(), isByteLevel));
}

void readModelOptions(const JsonObject& model, VocabularyReader& reader, TokenizerSpec& spec)
{
    if (const std::string type = model.text("type", "BPE"); type != "BPE")
        model.refuse("type", shownText(type) + " is not supported", "only BPE tokenizers are");
    if (model.number("dropout", 0) != 0)
        model.refuse("dropout", "is not supported: encoding would be random", "set it to null");
    for (const char* key : {"continuing_subword_prefix", "end_of_word_suffix"}) {
        if (!model.text(key, "").empty())
            model.refuse(key, "is not supported");
    }
    reader.finish();
    spec.options.byteFallback = model.boolean("byte_fallback", false);
    if (spec.options.byteFallback && spec.options.byteLevel && !hasAllBytes(spec))
        model.refuse("byte_fallback", "is not supported where the byte-level alphabet is not complete");
    spec.options.ignoreMerges = model.boolean("ignore_merges", false);
    spec.options.fuseUnknown = model.boolean("fuse_unk", false);
    if (const std::string unknown = model.text("unk_token", ""); !unknown.empty()) {
        const std::int32_t id = SpellingIndex(spec).find(unknown);
        if (id < 0)
            model.refuse("unk_token", shownText(unknown) + " is not in the vocabulary");
        spec.options.unknown = id;
    }
}

AddedToken readAddedToken(const json& value, const std::string& where)
{
    const JsonObject object(value, where);
    AddedToken token;
    token.content = object.text("content");
    token.id = static_cast<std::int32_t>(object.integer("id", 0, MaxVocabulary));
    token.special = object.boolean("special", false);
    token.singleWord = object.boolean("single_word", false);
    token.lstrip = object.boolean("lstrip", false);
    token.rstrip = object.boolean("rstrip", false);
    token.normalized = object.boolean("normalized", !token.special);
    if (token.content.empty() || token.content.size() > MaxTokenBytes)
        object.refuse("content", "has " + std::to_string(token.content.size()) + " bytes, not 1 to 4096");
    return token;
}

// An added token is either in the vocabulary under its own id or takes the next free one: anything else would be given
// another id by Hugging Face tokenizers than the file says.
void readAddedTokens(const json& list, const std::string& where, TokenizerSpec& spec)
{
    if (!list.is_array() || list.size() > MaxAddedTokens)
        refuse(where, "is not a list of at most 100000 tokens");
    const SpellingIndex index(spec);
    const auto vocabulary = static_cast<std::int32_t>(
        std::count_if(spec.tokens.begin(), spec.tokens.end(), [](const std::string& token) { return !token.empty(); }));
    std::set<std::string> seen;
    std::size_t contentBytes = 0;
    std::int32_t largest = -1; // id of an added token so far
    for (std::size_t i = 0; i < list.size(); ++i) {
        const std::string here = where + "[" + std::to_string(i) + "]";
        AddedToken token = readAddedToken(list[i], here);
        if (!seen.insert(token.content).second)
            refuse(here, "the token " + shownText(token.content) + " stands twice");
        contentBytes += token.content.size();
        if (contentBytes > MaxAddedBytes)
            refuse(where, "the tokens have more than 1 MiB of text together");
        std::int32_t expected = index.find(token.content);
        if (expected < 0)
            expected = std::max(largest + 1, vocabulary);
        if (token.id != expected)
            refuse(here,
                "the token " + shownText(token.content) + " has the id " + std::to_string(token.id) + " but "
                    + std::to_string(expected) + " is the one it gets",
                "added tokens follow the vocabulary without gaps");
        largest = std::max(largest, token.id);
        spec.added.push_back(std::move(token));
    }
}

std::string section(const json& root, const char* key)
{
    const auto found = root.find(key);
    return found == root.end() ? "null" : found->dump();
}

} // namespace

TokenizerSpec parseTokenizerJson(std::string_view text, const std::string& where)
{
    TokenizerSpec spec;
    VocabularyReader reader(spec, text.size(), where);
    const formats::JsonStreams streams{
        {"model.vocab", [&](std::string_view key, const json& id) { reader.addToken(key, id); }},
        {"model.merges", [&](std::string_view, const json& merge) { reader.addMerge(merge); }},
    };
    const json root = formats::parseJson(text, where, Limits, streams);
    const JsonObject file(root, where);
    const JsonObject model = file.object("model");
    if (!model.at("vocab").is_object() || !model.at("merges").is_array())
        model.refuse("vocab", "vocab is not an object or merges is not a list");
    spec.options.byteLevel = file.has("pre_tokenizer") && isByteLevel(file.at("pre_tokenizer"));
    readModelOptions(model, reader, spec);
    if (file.has("added_tokens"))
        readAddedTokens(file.at("added_tokens"), where + ": added_tokens", spec);
    spec.normalizer = section(root, "normalizer");
    spec.preTokenizer = section(root, "pre_tokenizer");
    spec.postProcessor = section(root, "post_processor");
    spec.decoder = section(root, "decoder");
    return spec;
}

std::string spellingOf(const TokenizerSpec& spec, std::int32_t id)
{
    const auto index = static_cast<std::size_t>(id);
    if (id < 0 || index >= spec.tokens.size())
        return {};
    const bool asItStands = !spec.options.byteLevel || (index < spec.literal.size() && spec.literal[index]);
    return asItStands ? spec.tokens[index] : spelledBytes(spec.tokens[index]);
}

std::string tokenizerJson(const TokenizerSpec& spec)
{
    using nlohmann::ordered_json;
    const auto spelling = [&](std::int32_t id) { return spellingOf(spec, id); };
    ordered_json root;
    root["version"] = "1.0";
    root["truncation"] = nullptr;
    root["padding"] = nullptr;
    root["added_tokens"] = ordered_json::array();
    for (const AddedToken& token : spec.added) {
        root["added_tokens"].push_back(
            {{"id", token.id}, {"content", token.content}, {"single_word", token.singleWord}, {"lstrip", token.lstrip},
                {"rstrip", token.rstrip}, {"normalized", token.normalized}, {"special", token.special}});
    }
    // json, not ordered_json: the same sections give the same file, whatever the order of their keys was.
    root["normalizer"] = json::parse(spec.normalizer);
    root["pre_tokenizer"] = json::parse(spec.preTokenizer);
    root["post_processor"] = json::parse(spec.postProcessor);
    root["decoder"] = json::parse(spec.decoder);
    ordered_json model;
    model["type"] = "BPE";
    model["dropout"] = nullptr;
    model["unk_token"] = nullptr;
    if (spec.options.unknown)
        model["unk_token"] = spelling(*spec.options.unknown);
    model["continuing_subword_prefix"] = nullptr;
    model["end_of_word_suffix"] = nullptr;
    model["fuse_unk"] = spec.options.fuseUnknown;
    model["byte_fallback"] = spec.options.byteFallback;
    model["ignore_merges"] = spec.options.ignoreMerges;
    std::string text = root.dump();
    text.pop_back();
    // Vocabulary and merges are written by hand: an ordered_json object searches linearly for each key.
    std::string head = model.dump();
    head.pop_back();
    text += ",\"model\":" + head + ",\"vocab\":{";
    bool first = true;
    for (std::size_t id = 0; id < spec.tokens.size(); ++id) {
        if (spec.tokens[id].empty())
            continue;
        text += (first ? "" : ",") + json(spelling(static_cast<std::int32_t>(id))).dump() + ":" + std::to_string(id);
        first = false;
    }
    text += "},\"merges\":[";
    for (std::size_t i = 0; i < spec.merges.size(); ++i) {
        text += i == 0 ? "" : ",";
        text += json({spelling(spec.merges[i].left), spelling(spec.merges[i].right)}).dump();
    }
    return text + "]}}\n";
}

} // namespace ahascope::text
