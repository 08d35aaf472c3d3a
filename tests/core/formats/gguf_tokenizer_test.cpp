#include "core/formats/gguf_tokenizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/formats/gguf.h"
#include "core/formats/gguf_splits.h"
#include "core/problem.h"
#include "core/text/tokenizer.h"
#include "tests/core/text/small_tokenizer.h"

namespace ahascope::formats {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

// Metadata as they come back from a file.
struct Read {
    std::string head;
    GgufHeader header;

    explicit Read(const GgufFields& fields)
        : head(ggufHead(fields, {}))
        , header(parseGgufHeader(std::as_bytes(std::span(head)), head.size(), "x.gguf"))
    {
    }
    json tokenizer() const { return json::parse(tokenizerFromGguf(header.metadata)); }
};

json back(const json& tokenizer, std::int64_t vocabularySize)
{
    GgufFields fields;
    addTokenizer(fields, tokenizer.dump(), vocabularySize, "tokenizer.json");
    return Read(fields).tokenizer();
}

template <typename Action>
std::string refusal(Action action)
{
    try {
        action();
    } catch (const InputError& error) {
        return error.what();
    }
    return "";
}

TEST(GgufTokenizer, BringsBackAByteLevelTokenizer)
{
    const json original = text::smallTokenizerJson();
    const json again = back(original, 300);
    EXPECT_EQ(again["model"]["vocab"], original["model"]["vocab"]);
    EXPECT_EQ(again["model"]["merges"], original["model"]["merges"]);
    EXPECT_EQ(again["added_tokens"], original["added_tokens"]);
}

TEST(GgufTokenizer, KnowsTheSplitsOfTheFamiliesByName)
{
    for (const char* name :
        {"gpt-2", "qwen2", "deepseek-r1-qwen", "llama-bpe", "smollm", "deepseek-v3", "deepseek-coder"}) {
        json section;
        const GgufSplit split = splitNamed(name, section);
        ASSERT_TRUE(split.known) << name;
        EXPECT_EQ(splitNameOf(section, split.nfc, split.ignoreMerges), name);
        json tokenizer = text::smallTokenizerJson();
        tokenizer["pre_tokenizer"] = section;
        tokenizer["normalizer"] = split.nfc ? json{{"type", "NFC"}} : json(nullptr);
        tokenizer["model"]["ignore_merges"] = split.ignoreMerges;
        const auto one = text::Tokenizer::fromJson(tokenizer.dump(), name);
        const auto other = text::Tokenizer::fromJson(back(tokenizer, 265).dump(), name);
        for (const char* text : {"hello w 12345\r\n\n  中文 e\u0301's <think>", "  \n hell hello", "don'T\t..."})
            EXPECT_EQ(one->encode(text), other->encode(text)) << name;
    }
    json section;
    EXPECT_FALSE(splitNamed("tekken", section).known);
}

TEST(GgufTokenizer, PutsTheBeginningOfTextWhereTheFileSaysSo)
{
    json tokenizer = text::smallTokenizerJson();
    const json begin{{"SpecialToken", {{"id", "<|end|>"}, {"type_id", 0}}}};
    const json text{{"Sequence", {{"id", "A"}, {"type_id", 0}}}};
    tokenizer["post_processor"] = {{"type", "TemplateProcessing"}, {"single", {begin, text}}, {"pair", {begin, text}},
        {"special_tokens", {{"<|end|>", {{"id", "<|end|>"}, {"ids", {263}}, {"tokens", {"<|end|>"}}}}}}};
    GgufFields fields;
    addTokenizer(fields, tokenizer.dump(), 265, "tokenizer.json");
    fields.u32("tokenizer.ggml.bos_token_id", 263);
    const json again = Read(fields).tokenizer();
    const auto encoded = text::Tokenizer::fromJson(again.dump(), "x")->encode("he", {.addSpecial = true});
    EXPECT_THAT(encoded, ElementsAre(263, 256));
    tokenizer["post_processor"]["single"] = {begin, begin, text};
    EXPECT_THAT(refusal([&] { back(tokenizer, 265); }), HasSubstr("more than one token before or after"));
}

// <unk> <s> </s>, two bytes, then pieces; "▁ab" can be made in two ways.
json sentencePiece()
{
    json tokenizer;
    tokenizer["added_tokens"] = {text::addedTokenJson(0, "<unk>", true), text::addedTokenJson(1, "<s>", true),
        text::addedTokenJson(2, "</s>", true)};
    tokenizer["normalizer"] = {{"type", "Sequence"},
        {"normalizers",
            {{{"type", "Prepend"}, {"prepend", "▁"}},
                {{"type", "Replace"}, {"pattern", {{"String", " "}}}, {"content", "▁"}}}}};
    tokenizer["pre_tokenizer"] = nullptr;
    tokenizer["post_processor"] = nullptr;
    tokenizer["model"] = {{"type", "BPE"}, {"byte_fallback", true}, {"fuse_unk", true}, {"unk_token", "<unk>"},
        {"vocab",
            {{"<unk>", 0}, {"<s>", 1}, {"</s>", 2}, {"<0x00>", 3}, {"<0x0A>", 4}, {"ab", 5}, {"▁a", 6}, {"▁ab", 7},
                {"▁", 8}, {"a", 9}, {"b", 10}}},
        {"merges", {"a b", "▁ a", "▁a b", "▁ ab"}}};
    return tokenizer;
}

TEST(GgufTokenizer, WritesSentencePieceWithScoresInTheOrderOfTheMerges)
{
    GgufFields fields;
    addTokenizer(fields, sentencePiece().dump(), 12, "tokenizer.json");
    const Read read(fields);
    const GgufMetadata& metadata = read.header.metadata;
    EXPECT_EQ(metadata.text("tokenizer.ggml.model"), "llama");
    EXPECT_TRUE(metadata.boolean("tokenizer.ggml.add_space_prefix", false));
    EXPECT_THAT(metadata.numbers("tokenizer.ggml.token_type"), ElementsAre(2, 3, 3, 6, 6, 1, 1, 1, 1, 1, 1, 5));
    EXPECT_THAT(metadata.numbers("tokenizer.ggml.scores"), ElementsAre(0, 0, 0, 0, 0, 0, -1, -2, -3, -4, -5, 0));
    EXPECT_EQ(metadata.integer("tokenizer.ggml.unknown_token_id", 0, 99), 0);
    const json again = read.tokenizer();
    EXPECT_EQ(again["model"]["vocab"], sentencePiece()["model"]["vocab"]);
    EXPECT_EQ(again["model"]["merges"], sentencePiece()["model"]["merges"]);
    EXPECT_EQ(again["normalizer"], sentencePiece()["normalizer"]);
    EXPECT_EQ(again["model"]["unk_token"], "<unk>");
    EXPECT_EQ(again["model"]["byte_fallback"], true);
}

// Files of other converters have scores and no merges.
TEST(GgufTokenizer, RebuildsMergesFromScores)
{
    GgufFields fields;
    fields.text("tokenizer.ggml.model", "llama");
    fields.texts("tokenizer.ggml.tokens", std::vector<std::string>{"<unk>", "<s>", "ab", "▁a", "▁ab", "▁", "a", "b"});
    fields.integers("tokenizer.ggml.token_type", std::vector<std::int32_t>{2, 3, 1, 1, 1, 1, 1, 1});
    fields.floats("tokenizer.ggml.scores", std::vector<float>{0, 0, -2, -1, -3, -4, -5, -6});
    fields.u32("tokenizer.ggml.bos_token_id", 1);
    const json again = Read(fields).tokenizer();
    EXPECT_EQ(again["model"]["merges"], json::parse(R"([["▁","a"],["a","b"],["▁a","b"],["▁","ab"]])"));
    EXPECT_EQ(again["post_processor"]["single"][0]["SpecialToken"]["id"], "<s>"); // added unless the file says no
}

TEST(GgufTokenizer, RefusesArraysThatDoNotFit)
{
    const auto complaint = [](const std::vector<std::string>& tokens, const std::vector<std::int32_t>& types,
                               const std::string& pre = "gpt-2", const std::string& model = "gpt2") {
        GgufFields fields;
        fields.text("tokenizer.ggml.model", model);
        fields.text("tokenizer.ggml.pre", pre);
        fields.texts("tokenizer.ggml.tokens", tokens);
        fields.integers("tokenizer.ggml.token_type", types);
        fields.texts("tokenizer.ggml.merges", std::vector<std::string>{});
        return refusal([&] { Read(fields).tokenizer(); });
    };
    EXPECT_EQ(complaint({"a", "b"}, {1, 1}), "");
    EXPECT_THAT(complaint({}, {}), HasSubstr("has 0 tokens"));
    EXPECT_THAT(complaint({"a", "b"}, {1}), HasSubstr("another number of entries"));
    EXPECT_THAT(complaint({"a", "b"}, {1, 7}), HasSubstr("token_type[1]: is not a token type"));
    EXPECT_THAT(complaint({"a", "a"}, {1, 1}), HasSubstr("'a' stands twice"));
    EXPECT_THAT(complaint({"a", ""}, {1, 1}), HasSubstr("tokens[1]: is empty"));
    EXPECT_THAT(complaint({"a", "\xff"}, {1, 1}), HasSubstr("tokens[1]: is not UTF-8"));
    EXPECT_THAT(
        complaint({"a"}, {1}, "tekken"), AllOf(HasSubstr("'tekken' is not a split"), HasSubstr("Hugging Face folder")));
    EXPECT_THAT(complaint({"a"}, {1}, "gpt-2", "t5"), HasSubstr("'t5' is not supported"));
}

TEST(GgufTokenizer, BoundsTheWorkOnLongPieces)
{
    GgufFields fields;
    fields.text("tokenizer.ggml.model", "llama");
    fields.texts("tokenizer.ggml.tokens", std::vector<std::string>{std::string(257, 'a')});
    fields.integers("tokenizer.ggml.token_type", std::vector<std::int32_t>{1});
    fields.floats("tokenizer.ggml.scores", std::vector<float>{0});
    fields.boolean("tokenizer.ggml.add_bos_token", false);
    EXPECT_THAT(refusal([&] { Read(fields).tokenizer(); }), HasSubstr("a piece of 257 bytes"));
}

} // namespace
} // namespace ahascope::formats
