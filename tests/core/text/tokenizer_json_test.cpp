#include "core/text/tokenizer_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/problem.h"
#include "core/text/tokenizer.h"
#include "tests/core/text/small_tokenizer.h"

namespace ahascope::text {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;

std::string refusal(const std::string& file)
{
    try {
        Tokenizer::fromJson(file, "tokenizer.json");
    } catch (const InputError& error) {
        return error.what();
    }
    return "";
}

std::string refusal(const json& file)
{
    return refusal(file.dump());
}

// The small tokenizer with one value replaced.
json with(const std::string& pointer, const json& value)
{
    json file = smallTokenizerJson();
    file[json::json_pointer(pointer)] = value;
    return file;
}

TEST(TokenizerJson, ReadsMergesAsTextAndAsPairs)
{
    const TokenizerSpec text = parseTokenizerJson(smallTokenizerJson().dump(), "x");
    json file = smallTokenizerJson();
    for (json& merge : file["model"]["merges"]) {
        const std::string both = merge;
        merge = {both.substr(0, both.find(' ')), both.substr(both.find(' ') + 1)};
    }
    const TokenizerSpec pairs = parseTokenizerJson(file.dump(), "x");
    EXPECT_EQ(text.merges, pairs.merges);
    EXPECT_EQ(text.merges[3], (BpeMerge{258, 'o', 259}));
}

TEST(TokenizerJson, ReadsMergesThatStandBeforeTheVocabulary)
{
    const std::string file = R"({"model": {"merges": ["a b"], "vocab": {"a": 0, "b": 1, "ab": 2}},
        "pre_tokenizer": {"type": "ByteLevel"}, "decoder": {"type": "ByteLevel"}})";
    EXPECT_EQ(parseTokenizerJson(file, "x").merges.at(0), (BpeMerge{0, 1, 2}));
}

TEST(TokenizerJson, RefusesMergesThatAreNotInTheVocabulary)
{
    EXPECT_THAT(refusal(with("/model/merges/1", "l x中")),
        AllOf(HasSubstr("tokenizer.json: model.merges[1]"), HasSubstr("'x中' is not in model.vocab")));
    EXPECT_THAT(refusal(with("/model/merges/1", "z z")), HasSubstr("'zz' is not in model.vocab"));
    EXPECT_THAT(refusal(with("/model/merges/1", "lll")), HasSubstr("neither \"left right\" nor a pair"));
    EXPECT_THAT(refusal(with("/model/merges/1", "l l l")), HasSubstr("neither"));
    EXPECT_THAT(refusal(with("/model/merges/1", json::array({"l"}))), HasSubstr("neither"));
    EXPECT_THAT(refusal(with("/model/merges/1", 5)), HasSubstr("neither"));
}

TEST(TokenizerJson, RefusesVocabulariesThatContradictThemselves)
{
    EXPECT_THAT(refusal(with("/model/vocab/he", 5)), HasSubstr("the id 5 stands for two tokens"));
    EXPECT_THAT(refusal(with("/model/vocab/he", -1)), HasSubstr("the id -1 of 'he' is not a whole number below"));
    EXPECT_THAT(refusal(with("/model/vocab/he", 1.5)), HasSubstr("is not a whole number below"));
    EXPECT_THAT(
        refusal(with("/model/vocab/he", 3'999'999)), HasSubstr("the id 3999999 of 'he' is not a whole number below 6"));
    EXPECT_THAT(refusal(with("/model/vocab/he", 4'294'967'552)), HasSubstr("is not a whole number below"));
    EXPECT_THAT(refusal(with("/model/vocab", json::array())), HasSubstr("vocab is not an object"));
    std::string twice = smallTokenizerJson().dump();
    twice.replace(twice.find("\"he\":256"), 8, "\"he\":256,\"he\":300");
    EXPECT_THAT(refusal(twice), HasSubstr("the token 'he' stands twice"));
    EXPECT_THAT(refusal(with("/model/vocab", json{{"", 0}})), HasSubstr("a token has 0 bytes"));
}

TEST(TokenizerJson, RefusesAddedTokensWithIdsThatTheyWouldNotGet)
{
    EXPECT_THAT(refusal(with("/added_tokens/1/id", 300)),
        AllOf(HasSubstr("added_tokens[1]"), HasSubstr("has the id 300 but 264 is the one it gets")));
    EXPECT_THAT(refusal(with("/added_tokens/1/content", "he")), HasSubstr("but 256 is the one"));
    EXPECT_THAT(refusal(with("/added_tokens/1/content", "<|end|>")), HasSubstr("stands twice"));
    EXPECT_THAT(refusal(with("/added_tokens/1/content", "")), HasSubstr("has 0 bytes"));
    EXPECT_THAT(refusal(with("/added_tokens/1/special", "yes")), HasSubstr("special: is string, not true or false"));
    EXPECT_THAT(refusal(with("/added_tokens", 3)), HasSubstr("is not a list"));
}

TEST(TokenizerJson, RefusesWhatIsNotSupportedByName)
{
    EXPECT_THAT(refusal(with("/model/type", "Unigram")), HasSubstr("'Unigram' is not supported"));
    EXPECT_THAT(refusal(with("/model/dropout", 0.1)), HasSubstr("model: dropout: is not supported"));
    EXPECT_THAT(refusal(with("/model/end_of_word_suffix", "</w>")), HasSubstr("end_of_word_suffix"));
    EXPECT_THAT(refusal(with("/model/unk_token", "nowhere")), HasSubstr("'nowhere' is not in the vocabulary"));
    EXPECT_THAT(refusal(with("/normalizer", {{"type", "NFKC"}})), HasSubstr("normalizer: type: 'NFKC'"));
    EXPECT_THAT(refusal(with("/pre_tokenizer", {{"type", "Whitespace"}})),
        HasSubstr("pre_tokenizer: type: 'Whitespace' is not supported"));
    EXPECT_THAT(refusal(with("/pre_tokenizer", nullptr)), HasSubstr("does not go with the pre_tokenizer"));
    EXPECT_THAT(refusal(with("/post_processor", {{"type", "BertProcessing"}})), HasSubstr("'BertProcessing'"));
    EXPECT_THAT(refusal(with("/decoder", {{"type", "WordPiece"}})), HasSubstr("decoder: type: 'WordPiece'"));
    EXPECT_THAT(refusal(with("/decoder", nullptr)), HasSubstr("decoder: is missing"));
}

TEST(TokenizerJson, RefusesSplitsThatItCannotDo)
{
    const auto split = [](const char* behavior, bool invert, const char* expression) {
        return json{
            {"type", "Split"}, {"behavior", behavior}, {"invert", invert}, {"pattern", {{"Regex", expression}}}};
    };
    const auto sequence = [](const json& first, const json& second) {
        return with("/pre_tokenizer", {{"type", "Sequence"}, {"pretokenizers", {first, second}}});
    };
    const json byteLevel{{"type", "ByteLevel"}};
    EXPECT_THAT(refusal(sequence(split("Isolated", false, "x(y|z)"), byteLevel)),
        AllOf(HasSubstr("pretokenizers[0]: pattern"), HasSubstr("'x(y|z)' is not one of the known ones")));
    EXPECT_THAT(refusal(sequence(byteLevel, {{"type", "Digits"}})), HasSubstr("ByteLevel is not the last step"));
    EXPECT_THAT(refusal(sequence(split("Sideways", false, "[a]"), byteLevel)), HasSubstr("'Sideways' is not known"));
    json plain = split("Isolated", false, "[a]");
    plain["pattern"] = {{"String", ""}};
    EXPECT_THAT(refusal(sequence(plain, byteLevel)), HasSubstr("String: is empty"));
    plain["pattern"] = {{"Glob", "*"}};
    EXPECT_THAT(refusal(sequence(plain, byteLevel)), HasSubstr("pattern: String: is missing"));
    EXPECT_EQ(refusal(sequence(split("Isolated", false, "[a]"), byteLevel)), "");
}

TEST(TokenizerJson, RefusesPostProcessorsThatNameUnknownTokens)
{
    const json processor = json::parse(R"({"type": "TemplateProcessing",
        "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}], "pair": [],
        "special_tokens": {"<s>": {"id": "<s>", "ids": [99999], "tokens": ["<s>"]}}})");
    EXPECT_THAT(refusal(with("/post_processor", processor)), HasSubstr("its id 99999 is not in the vocabulary"));
    json nameless = processor;
    nameless["special_tokens"] = json::object();
    EXPECT_THAT(refusal(with("/post_processor", nameless)), HasSubstr("<s>: is missing"));
    json bare = processor;
    bare["single"] = json::array();
    EXPECT_THAT(refusal(with("/post_processor", bare)), HasSubstr("has no Sequence"));
}

TEST(TokenizerJson, RefusesFilesThatAreNoTokenizer)
{
    EXPECT_THAT(refusal(std::string("[]")), HasSubstr("is array, not an object"));
    EXPECT_THAT(refusal(std::string("{}")), HasSubstr("model: is missing"));
    EXPECT_THAT(refusal(std::string("{")), HasSubstr("is not JSON"));
    EXPECT_THAT(refusal(std::string(R"({"model": {"vocab": {}}})")), HasSubstr("merges: is missing"));
    EXPECT_THAT(refusal(std::string(100'000, '[')), HasSubstr("levels deep"));
}

} // namespace
} // namespace ahascope::text
