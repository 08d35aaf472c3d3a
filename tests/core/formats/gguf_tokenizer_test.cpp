#include "core/formats/gguf_tokenizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>
#include <nlohmann/json.hpp>
#include <tuple>

#include "core/formats/gguf.h"
#include "core/formats/gguf_splits.h"
#include "core/problem.h"
#include "core/text/tokenizer.h"
#include "tests/core/text/family_golden.h"
#include "tests/core/text/small_tokenizer.h"
#include "tests/support/refusal.h"

namespace ahascope::formats {
namespace {

using nlohmann::json;
using test::refusalOf;
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

// `begin`: the id of the beginning of text, which comes from the config.json.
json back(const json& tokenizer, std::int64_t vocabularySize, std::int64_t begin = 0)
{
    GgufFields fields;
    addTokenizer(fields, tokenizer.dump(), vocabularySize, "tokenizer.json");
    fields.u32("tokenizer.ggml.bos_token_id", begin);
    return Read(fields).tokenizer();
}

TEST(GgufTokenizer, BringsBackAByteLevelTokenizer)
{
    const json original = text::smallTokenizerJson();
    const json again = back(original, 300);
    EXPECT_EQ(again["model"]["vocab"], original["model"]["vocab"]);
    EXPECT_EQ(again["model"]["merges"], original["model"]["merges"]);
    EXPECT_EQ(again["added_tokens"], original["added_tokens"]);
}

TEST(GgufTokenizer, NamesTheSplitOfEveryByteLevelFamilyAsLlamaCppDoes)
{
    const std::map<std::string, std::string> names{{"mistral_nemo", "tekken"}, {"llama3", "llama-bpe"},
        {"qwen2.5", "qwen2"}, {"qwen3", "qwen2"}, {"smollm2", "smollm"}, {"deepseek_llm", "deepseek-llm"},
        {"deepseek_coder", "deepseek-coder"}, {"deepseek_v3", "deepseek-v3"}, {"r1_distill_llama", "llama-bpe"},
        {"r1_distill_qwen", "qwen2"}};
    const auto written = [](const json& tokenizer) {
        GgufFields fields;
        addTokenizer(fields, tokenizer.dump(), 500, "tokenizer.json");
        return Read(fields).header.metadata.text("tokenizer.ggml.pre");
    };
    EXPECT_EQ(written(text::smallTokenizerJson()), "gpt-2");
    for (const json& family : text::familyGolden().at("families")) {
        if (family.at("style") != "bytes")
            continue;
        EXPECT_EQ(written(text::familyFile(family)), names.at(family.at("name")));
    }
}

TEST(GgufTokenizer, KeepsTheIdsOfEveryFamilyOnHardTexts)
{
    for (const json& family : text::familyGolden().at("families")) {
        const std::string name = family.at("name");
        const json file = text::familyFile(family);
        const auto original = text::Tokenizer::fromJson(file.dump(), name);
        const auto begin = original->encode("", {.addSpecial = true});
        const auto again = text::Tokenizer::fromJson(
            back(file, original->vocabularySize(), begin.empty() ? 0 : begin[0]).dump(), name);
        for (const json& row : family.at("texts")) {
            const std::string text = text::bytesOfHex(row.at("hex"));
            EXPECT_EQ(again->encode(text), row.at("ids").get<std::vector<std::int32_t>>()) << name << row.at("hex");
            EXPECT_EQ(again->encode(text, {.addSpecial = true}), original->encode(text, {.addSpecial = true})) << name;
        }
    }
}

TEST(GgufTokenizer, CarriesTheWholeFileWhereLlamaCppHasNoWordsForIt)
{
    const auto carries = [](const json& tokenizer) {
        GgufFields fields;
        addTokenizer(fields, tokenizer.dump(), 800, "tokenizer.json");
        return Read(fields).header.metadata.has("tokenizer.huggingface.json");
    };
    for (const json& family : text::familyGolden().at("families")) {
        const std::string name = family.at("name");
        EXPECT_EQ(carries(text::familyFile(family)), name == "llama2" || name == "mistral_v3" || name == "metaspace")
            << name;
    }
    for (const char* flag : {"single_word", "lstrip", "rstrip"}) {
        json tokenizer = text::smallTokenizerJson();
        EXPECT_FALSE(carries(tokenizer));
        tokenizer["added_tokens"][1][flag] = true;
        EXPECT_TRUE(carries(tokenizer)) << flag;
        EXPECT_EQ(back(tokenizer, 265), tokenizer);
    }
}

// Other names for the splits above, which other converters write.
TEST(GgufTokenizer, ReadsFurtherNamesOfTheSameSplits)
{
    const auto sections = [](const char* name) {
        json section;
        const GgufSplit split = splitNamed(name, section);
        EXPECT_TRUE(split.known) << name;
        return std::tuple(section, split.nfc, split.ignoreMerges, split.addBegin);
    };
    EXPECT_EQ(sections("deepseek-r1-qwen"), sections("qwen2"));
    EXPECT_EQ(sections("llama3"), sections("llama-bpe"));
    EXPECT_EQ(sections("llama-v3"), sections("llama-bpe"));
    json section;
    EXPECT_FALSE(splitNamed("viking", section).known);
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
    EXPECT_THAT(refusalOf([&] { back(tokenizer, 265); }), HasSubstr("more than one token before or after"));
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
        return refusalOf([&] { Read(fields).tokenizer(); });
    };
    EXPECT_EQ(complaint({"a", "b"}, {1, 1}), "");
    EXPECT_THAT(complaint({}, {}), HasSubstr("has 0 tokens"));
    EXPECT_THAT(complaint({"a", "b"}, {1}), HasSubstr("another number of entries"));
    EXPECT_THAT(complaint({"a", "b"}, {1, 7}), HasSubstr("token_type[1]: is not a token type"));
    EXPECT_THAT(complaint({"a", "a"}, {1, 1}), HasSubstr("'a' stands twice"));
    EXPECT_THAT(complaint({"a", ""}, {1, 1}), HasSubstr("tokens[1]: is empty"));
    EXPECT_THAT(complaint({"a", "\xff"}, {1, 1}), HasSubstr("tokens[1]: is not UTF-8"));
    EXPECT_THAT(
        complaint({"a"}, {1}, "viking"), AllOf(HasSubstr("'viking' is not a split"), HasSubstr("Hugging Face folder")));
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
    EXPECT_THAT(refusalOf([&] { Read(fields).tokenizer(); }), HasSubstr("a piece of 257 bytes"));
}

} // namespace
} // namespace ahascope::formats
