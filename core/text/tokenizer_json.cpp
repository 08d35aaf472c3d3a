#include "core/text/tokenizer_json.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "core/formats/json.h"
#include "core/problem.h"
#include "core/text/bpe_alphabet.h"

namespace ahascope::text {

namespace {

using formats::JsonObject;
using nlohmann::json;

constexpr formats::JsonLimits Limits{.maxBytes = 256u << 20, .maxDepth = 32};
constexpr std::size_t MaxTokens = 4'000'000;
constexpr std::size_t MaxTokenBytes = 4096;
constexpr std::size_t MaxAddedTokens = 100'000;

[[noreturn]] void refuse(const std::string& where, const std::string& message, const std::string& remedy = "")
{
    throw InputError(Problem{where, message, remedy});
}

std::string shown(std::string_view text)
{
    return "'" + std::string(text.substr(0, 80)) + "'";
}

// Collects the two large parts of the file as they stream by.
class ModelReader {
public:
    explicit ModelReader(const std::string& where) : m_where(where) { }

    void addToken(std::string_view spelling, const json& id)
    {
        const std::string here = m_where + ": model.vocab";
        if (!id.is_number_unsigned() || id.get<std::uint64_t>() >= MaxTokens)
            refuse(here, "the id of " + shown(spelling) + " is not a whole number below 4000000");
        if (spelling.empty() || spelling.size() > MaxTokenBytes)
            refuse(here, "a token has " + std::to_string(spelling.size()) + " bytes, not 1 to 4096");
        m_spellings.emplace_back(spelling, id.get<std::int32_t>());
    }

    void addMerge(const json& merge)
    {
        const std::string here = m_where + ": model.merges[" + std::to_string(m_merges.size()) + "]";
        if (merge.is_array() && merge.size() == 2 && merge[0].is_string() && merge[1].is_string()) {
            m_merges.push_back({merge[0].get<std::string>(), merge[1].get<std::string>()});
            return;
        }
        const std::string text = merge.is_string() ? merge.get<std::string>() : "";
        const std::size_t space = text.find(' ');
        if (space == std::string::npos || text.find(' ', space + 1) != std::string::npos)
            refuse(here, "is neither \"left right\" nor a pair of strings");
        m_merges.push_back({text.substr(0, space), text.substr(space + 1)});
        if (m_merges.size() > MaxTokens)
            refuse(here, "more than 4000000 merges");
    }

    void fill(TokenizerSpec& spec)
    {
        placeTokens(spec);
        std::unordered_map<std::string_view, std::int32_t> ids;
        ids.reserve(m_spellings.size());
        for (const auto& [spelling, id] : m_spellings) {
            if (!ids.emplace(spelling, id).second)
                refuse(m_where + ": model.vocab", "the token " + shown(spelling) + " stands twice");
        }
        spec.merges.reserve(m_merges.size());
        for (const auto& [left, right] : m_merges) {
            const std::string here = m_where + ": model.merges[" + std::to_string(spec.merges.size()) + "]";
            const auto idOf = [&](const std::string& spelling) {
                const auto found = ids.find(spelling);
                if (found == ids.end())
                    refuse(here, shown(left + " " + right) + ": " + shown(spelling) + " is not in model.vocab",
                        "the file is damaged: fetch it again");
                return found->second;
            };
            spec.merges.push_back({idOf(left), idOf(right), idOf(left + right)});
        }
    }

private:
    void placeTokens(TokenizerSpec& spec) const
    {
        std::int32_t largest = -1;
        for (const auto& [spelling, id] : m_spellings)
            largest = std::max(largest, id);
        // Memory stays in proportion to the file: a few ids may be left out, not millions.
        if (static_cast<std::size_t>(largest) + 1 > 2 * m_spellings.size() + 65536)
            refuse(m_where + ": model.vocab",
                "has " + std::to_string(m_spellings.size()) + " tokens but an id of " + std::to_string(largest));
        spec.tokens.resize(static_cast<std::size_t>(largest + 1));
        spec.literal.resize(spec.tokens.size());
        for (const auto& [spelling, id] : m_spellings) {
            std::string& token = spec.tokens[static_cast<std::size_t>(id)];
            if (!token.empty())
                refuse(m_where + ": model.vocab", "the id " + std::to_string(id) + " stands for two tokens");
            std::optional<std::string> bytes = bytesOfSpelling(spelling);
            spec.literal[static_cast<std::size_t>(id)] = !bytes;
            token = bytes ? std::move(*bytes) : spelling;
        }
    }

    const std::string& m_where;
    std::vector<std::pair<std::string, std::int32_t>> m_spellings;
    std::vector<std::pair<std::string, std::string>> m_merges;
};

void readModelOptions(const JsonObject& model, ModelReader& reader, TokenizerSpec& spec)
{
    if (const std::string type = model.text("type", "BPE"); type != "BPE")
        model.refuse("type", shown(type) + " is not supported", "only byte-level BPE tokenizers are");
    if (model.number("dropout", 0) != 0)
        model.refuse("dropout", "is not supported: encoding would be random", "set it to null");
    for (const char* key : {"continuing_subword_prefix", "end_of_word_suffix"}) {
        if (!model.text(key, "").empty())
            model.refuse(key, "is not supported by byte-level BPE");
    }
    if (model.boolean("byte_fallback", false))
        model.refuse("byte_fallback", "SentencePiece-style vocabularies are not supported yet");
    reader.fill(spec);
    spec.options.ignoreMerges = model.boolean("ignore_merges", false);
    spec.options.fuseUnknown = model.boolean("fuse_unk", false);
    if (const std::string unknown = model.text("unk_token", ""); !unknown.empty()) {
        const std::string bytes = bytesOfSpelling(unknown).value_or(unknown);
        const auto found = std::find(spec.tokens.begin(), spec.tokens.end(), bytes);
        if (found == spec.tokens.end())
            model.refuse("unk_token", shown(unknown) + " is not in the vocabulary");
        spec.options.unknown = static_cast<std::int32_t>(found - spec.tokens.begin());
    }
}

AddedToken readAddedToken(const json& value, const std::string& where)
{
    const JsonObject object(value, where);
    AddedToken token;
    token.content = object.text("content");
    token.id = static_cast<std::int32_t>(object.integer("id", 0, MaxTokens));
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
    const TokenIndex index(spec.tokens, spec.literal);
    std::unordered_map<std::string, std::int32_t> literals;
    std::size_t vocabulary = 0;
    for (std::size_t id = 0; id < spec.tokens.size(); ++id) {
        vocabulary += spec.tokens[id].empty() ? 0 : 1;
        if (spec.literal[id])
            literals.emplace(spec.tokens[id], static_cast<std::int32_t>(id));
    }
    std::unordered_map<std::string, std::size_t> seen;
    std::int32_t largest = -1; // id of an added token so far
    for (std::size_t i = 0; i < list.size(); ++i) {
        const std::string here = where + "[" + std::to_string(i) + "]";
        AddedToken token = readAddedToken(list[i], here);
        if (!seen.emplace(token.content, i).second)
            refuse(here, "the token " + shown(token.content) + " stands twice");
        const std::optional<std::string> bytes = bytesOfSpelling(token.content);
        const auto literal = literals.find(token.content);
        std::int32_t expected = bytes ? index.find(*bytes) : literal == literals.end() ? -1 : literal->second;
        if (expected < 0)
            expected = std::max(largest + 1, static_cast<std::int32_t>(vocabulary));
        if (token.id != expected)
            refuse(here,
                "the token " + shown(token.content) + " has the id " + std::to_string(token.id) + " but "
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
    ModelReader reader(where);
    const formats::JsonStreams streams{
        {"model.vocab", [&](std::string_view key, const json& id) { reader.addToken(key, id); }},
        {"model.merges", [&](std::string_view, const json& merge) { reader.addMerge(merge); }},
    };
    const json root = formats::parseJson(text, where, Limits, streams);
    const JsonObject file(root, where);
    const JsonObject model = file.object("model");
    if (!model.at("vocab").is_object() || !model.at("merges").is_array())
        model.refuse("vocab", "vocab is not an object or merges is not a list");
    TokenizerSpec spec;
    readModelOptions(model, reader, spec);
    if (file.has("added_tokens"))
        readAddedTokens(file.at("added_tokens"), where + ": added_tokens", spec);
    spec.normalizer = section(root, "normalizer");
    spec.preTokenizer = section(root, "pre_tokenizer");
    spec.postProcessor = section(root, "post_processor");
    spec.decoder = section(root, "decoder");
    return spec;
}

std::string tokenizerJson(const TokenizerSpec& spec)
{
    using nlohmann::ordered_json;
    const auto spelling = [&](std::int32_t id) {
        const std::string& token = spec.tokens[static_cast<std::size_t>(id)];
        const bool literal = static_cast<std::size_t>(id) < spec.literal.size() && spec.literal[id];
        return literal ? token : spelledBytes(token);
    };
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
    model["byte_fallback"] = false;
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
