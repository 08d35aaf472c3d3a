// From GGUF metadata to tokenizer.json.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "core/formats/gguf_splits.h"
#include "core/formats/gguf_token_type.h"
#include "core/formats/gguf_tokenizer.h"
#include "core/text/utf8.h"

namespace ahascope::formats {

namespace {

using nlohmann::json;

constexpr std::size_t MaxTokens = 4'000'000;
constexpr std::size_t MaxPieceBytes = 256; // of SentencePiece; each way to divide one is looked up
constexpr const char* TokensKey = "tokenizer.ggml.tokens";
constexpr const char* TypesKey = "tokenizer.ggml.token_type";
constexpr const char* MergesKey = "tokenizer.ggml.merges";
constexpr const char* ScoresKey = "tokenizer.ggml.scores";
constexpr const char* Space = "\u2581"; // SentencePiece's sign for a space

bool isAdded(TokenType type)
{
    return type == TokenType::Control || type == TokenType::UserDefined;
}

struct Tokens {
    std::vector<std::string_view> texts;
    std::vector<TokenType> types;
    std::unordered_map<std::string_view, std::size_t> ids; // of all but unused ones
};

Tokens readTokens(const GgufMetadata& metadata)
{
    Tokens tokens;
    tokens.texts = metadata.texts(TokensKey);
    if (tokens.texts.empty() || tokens.texts.size() > MaxTokens)
        metadata.refuse(TokensKey, "has " + std::to_string(tokens.texts.size()) + " tokens, not 1 to 4000000");
    const std::vector<double> types = metadata.numbers(TypesKey);
    if (types.size() != tokens.texts.size())
        metadata.refuse(TypesKey, "has another number of entries than " + std::string(TokensKey));
    for (std::size_t id = 0; id < types.size(); ++id) {
        const std::string here = "[" + std::to_string(id) + "]";
        if (!(types[id] >= 1 && types[id] <= 6))
            metadata.refuse(TypesKey + here, "is not a token type from 1 to 6");
        tokens.types.push_back(static_cast<TokenType>(types[id]));
        if (tokens.types.back() == TokenType::Unused)
            continue;
        if (tokens.texts[id].empty())
            metadata.refuse(TokensKey + here, "is empty");
        if (!tokens.ids.emplace(tokens.texts[id], id).second)
            metadata.refuse(
                TokensKey + here, "the token '" + std::string(tokens.texts[id].substr(0, 80)) + "' stands twice");
    }
    return tokens;
}

// Tokens from here on, but for unused ones at the end, are added ones that follow the vocabulary without a gap and so
// need not stand in it; 0 gaps before it, else all do.
std::size_t vocabularyEnd(const Tokens& tokens)
{
    std::size_t end = tokens.types.size();
    while (end > 0 && tokens.types[end - 1] == TokenType::Unused)
        --end;
    std::size_t begin = end;
    while (begin > 0 && isAdded(tokens.types[begin - 1]))
        --begin;
    const bool gap
        = std::find(tokens.types.begin(), tokens.types.begin() + static_cast<std::ptrdiff_t>(begin), TokenType::Unused)
        != tokens.types.begin() + static_cast<std::ptrdiff_t>(begin);
    return gap ? end : begin;
}

void putTokens(const Tokens& tokens, json& root)
{
    const std::size_t end = vocabularyEnd(tokens);
    json vocabulary = json::object();
    json added = json::array();
    for (std::size_t id = 0; id < tokens.texts.size(); ++id) {
        if (tokens.types[id] == TokenType::Unused)
            continue;
        const bool isSpecial = tokens.types[id] == TokenType::Control || tokens.types[id] == TokenType::Unknown;
        if (id < end)
            vocabulary[std::string(tokens.texts[id])] = id;
        if (isAdded(tokens.types[id]) || tokens.types[id] == TokenType::Unknown)
            added.push_back({{"id", id}, {"content", tokens.texts[id]}, {"single_word", false}, {"lstrip", false},
                {"rstrip", false}, {"normalized", false}, {"special", isSpecial}});
    }
    root["added_tokens"] = std::move(added);
    root["model"]["vocab"] = std::move(vocabulary);
}

// SentencePiece gives each piece a score; a piece is merged from any two others, the best piece first. As
// transformers' conversion does, of equal scores the merge with the longer left side comes first.
json mergesFromScores(const GgufMetadata& metadata, const Tokens& tokens)
{
    const std::vector<double> scores = metadata.numbers(ScoresKey);
    if (scores.size() != tokens.texts.size())
        metadata.refuse(ScoresKey, "has another number of entries than " + std::string(TokensKey));
    struct Merge {
        double score;
        std::size_t id;
        std::size_t leftBytes;
    };
    std::vector<Merge> merges;
    for (std::size_t id = 0; id < tokens.texts.size(); ++id) {
        const std::string_view piece = tokens.texts[id];
        if (tokens.types[id] != TokenType::Normal)
            continue;
        if (piece.size() > MaxPieceBytes)
            metadata.refuse(std::string(TokensKey) + "[" + std::to_string(id) + "]",
                "a piece of " + std::to_string(piece.size()) + " bytes; at most 256 are read");
        for (std::size_t left = piece.size() - 1; left > 0; --left) {
            const bool inside = (static_cast<unsigned char>(piece[left]) & 0xc0) == 0x80; // of a code point
            if (!inside && tokens.ids.count(piece.substr(0, left)) != 0 && tokens.ids.count(piece.substr(left)) != 0)
                merges.push_back({scores[id], id, left});
        }
    }
    std::stable_sort(merges.begin(), merges.end(), [](const Merge& a, const Merge& b) { return a.score > b.score; });
    json list = json::array();
    for (const Merge& merge : merges)
        list.push_back(
            {tokens.texts[merge.id].substr(0, merge.leftBytes), tokens.texts[merge.id].substr(merge.leftBytes)});
    return list;
}

json readMerges(const GgufMetadata& metadata)
{
    json list = json::array();
    for (const std::string_view merge : metadata.texts(MergesKey))
        list.push_back(merge);
    return list;
}

// "<s>" before every text, where the file says so.
json postProcessor(const GgufMetadata& metadata, const Tokens& tokens, bool addBegin)
{
    json single = json::array();
    json special = json::object();
    const auto put = [&](const char* flag, const char* key, bool absent) {
        if (!metadata.boolean(flag, absent))
            return;
        const auto id = metadata.integer(key, 0, static_cast<std::int64_t>(tokens.texts.size()) - 1);
        const std::string text(tokens.texts[static_cast<std::size_t>(id)]);
        single.push_back({{"SpecialToken", {{"id", text}, {"type_id", 0}}}});
        special[text] = {{"id", text}, {"ids", {id}}, {"tokens", {text}}};
    };
    put("tokenizer.ggml.add_bos_token", "tokenizer.ggml.bos_token_id", addBegin);
    single.push_back({{"Sequence", {{"id", "A"}, {"type_id", 0}}}});
    put("tokenizer.ggml.add_eos_token", "tokenizer.ggml.eos_token_id", false);
    if (special.empty())
        return nullptr;
    json pair = single;
    pair.push_back({{"Sequence", {{"id", "B"}, {"type_id", 1}}}});
    return {{"type", "TemplateProcessing"}, {"single", single}, {"pair", pair}, {"special_tokens", special}};
}

void putByteLevel(const GgufMetadata& metadata, const Tokens& tokens, json& root)
{
    const std::string name = metadata.text("tokenizer.ggml.pre");
    json preTokenizer;
    const GgufSplit split = splitNamed(name, preTokenizer);
    if (!split.known)
        metadata.refuse("tokenizer.ggml.pre", "'" + name.substr(0, 80) + "' is not a split of a supported family",
            "use the model's Hugging Face folder, whose tokenizer.json says how to cut a text");
    const json byteLevel{
        {"type", "ByteLevel"}, {"add_prefix_space", false}, {"trim_offsets", false}, {"use_regex", false}};
    root["normalizer"] = split.nfc ? json{{"type", "NFC"}} : json(nullptr);
    root["pre_tokenizer"] = preTokenizer;
    root["post_processor"] = postProcessor(metadata, tokens, split.addBegin);
    root["decoder"] = byteLevel;
    root["model"]["ignore_merges"] = split.ignoreMerges;
    root["model"]["merges"] = readMerges(metadata);
}

void putSentencePiece(const GgufMetadata& metadata, const Tokens& tokens, json& root)
{
    const json spaces{{"type", "Replace"}, {"pattern", {{"String", " "}}}, {"content", Space}};
    const json prefix{{"type", "Prepend"}, {"prepend", Space}};
    const json signs{{"type", "Replace"}, {"pattern", {{"String", Space}}}, {"content", " "}};
    json decoders{signs, {{"type", "ByteFallback"}}, {{"type", "Fuse"}}};
    json normalizers = json::array({spaces}); // json{spaces} is a copy to some compilers
    if (metadata.boolean("tokenizer.ggml.add_space_prefix", true)) {
        normalizers.insert(normalizers.begin(), prefix);
        decoders.push_back({{"type", "Strip"}, {"content", " "}, {"start", 1}, {"stop", 0}});
    }
    root["normalizer"] = {{"type", "Sequence"}, {"normalizers", normalizers}};
    root["pre_tokenizer"] = nullptr;
    root["post_processor"] = postProcessor(metadata, tokens, true);
    root["decoder"] = {{"type", "Sequence"}, {"decoders", decoders}};
    root["model"]["byte_fallback"] = true;
    root["model"]["fuse_unk"] = true;
    const auto unknown = std::find(tokens.types.begin(), tokens.types.end(), TokenType::Unknown);
    if (unknown != tokens.types.end())
        root["model"]["unk_token"] = tokens.texts[static_cast<std::size_t>(unknown - tokens.types.begin())];
    root["model"]["merges"] = metadata.has(MergesKey) ? readMerges(metadata) : mergesFromScores(metadata, tokens);
}

} // namespace

std::string tokenizerFromGguf(const GgufMetadata& metadata)
{
    if (metadata.has(WholeTokenizerKey))
        return metadata.text(WholeTokenizerKey);
    const std::string model = metadata.text("tokenizer.ggml.model");
    if (model != "gpt2" && model != "llama")
        metadata.refuse("tokenizer.ggml.model", "'" + model.substr(0, 80) + "' is not supported",
            "supported are gpt2 (byte-level BPE) and llama (SentencePiece-style BPE)");
    const Tokens tokens = readTokens(metadata);
    json root;
    root["version"] = "1.0";
    root["truncation"] = nullptr;
    root["padding"] = nullptr;
    root["model"]
        = {{"type", "BPE"}, {"dropout", nullptr}, {"unk_token", nullptr}, {"continuing_subword_prefix", nullptr},
            {"end_of_word_suffix", nullptr}, {"fuse_unk", false}, {"byte_fallback", false}, {"ignore_merges", false}};
    putTokens(tokens, root);
    if (model == "gpt2")
        putByteLevel(metadata, tokens, root);
    else
        putSentencePiece(metadata, tokens, root);
    return root.dump();
}

} // namespace ahascope::formats
