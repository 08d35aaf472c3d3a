#include "core/text/tokenizer_decoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/problem.h"

namespace ahascope::text {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

// What each token releases, then what is left at the end.
std::vector<std::string> decoded(const std::string& section, const std::vector<std::string>& tokens)
{
    const TokenDecoder decoder(json::parse(section), "decoder");
    TokenDecoder::State state;
    std::vector<std::string> texts;
    for (const std::string& token : tokens) {
        const TokenText text = decoder.ofToken(token);
        const bool first = !state.begun && decoder.hasFirstText();
        decoder.push(text.kind, first ? decoder.firstText(token) : text.text, state, texts.emplace_back());
    }
    decoder.finish(state, texts.emplace_back());
    return texts;
}

const std::string Llama2 = R"({"type": "Sequence", "decoders": [
    {"type": "Replace", "pattern": {"String": "▁"}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"},
    {"type": "Strip", "content": " ", "start": 1, "stop": 0}]})";

// All expected texts: the decoders of Hugging Face tokenizers 0.23.
TEST(TokenDecoder, StripsASpaceAtTheStartOfTheTextOnly)
{
    EXPECT_THAT(decoded(Llama2, {"▁▁a", "▁b", "▁"}), ElementsAre(" a", " b", " ", ""));
    EXPECT_THAT(decoded(Llama2, {"▁", "▁a"}), ElementsAre("", " a", ""));
    EXPECT_THAT(decoded(Llama2, {"a", "▁b"}), ElementsAre("a", " b", ""));
    EXPECT_THAT(decoded(Llama2, {"<0x20>", "▁b"}), ElementsAre("", " b", ""));
}

TEST(TokenDecoder, HoldsBackARunOfBytesUntilItEnds)
{
    EXPECT_THAT(decoded(Llama2, {"a", "<0xC3>", "<0xA9>", "b"}), ElementsAre("a", "", "", "\u00e9b", ""));
    EXPECT_THAT(decoded(Llama2, {"<0xC3>", "<0xA9>"}), ElementsAre("", "", "\u00e9"));
}

TEST(TokenDecoder, MakesEveryByteOfABrokenRunAReplacementCharacter)
{
    EXPECT_THAT(
        decoded(Llama2, {"<0xC3>", "<0xA9>", "<0xFF>", "a"}), ElementsAre("", "", "", "\ufffd\ufffd\ufffda", ""));
    EXPECT_THAT(decoded(Llama2, {"<0xE4>"}), ElementsAre("", "\ufffd"));
}

TEST(TokenDecoder, TakesOnlyTwoHexadecimalDigitsForAByte)
{
    EXPECT_THAT(
        decoded(Llama2, {"<0x4a>", "<0x+A>", "<0xG1>", "<0x0041>"}), ElementsAre("", "", "J\n<0xG1>", "<0x0041>", ""));
}

TEST(TokenDecoder, StripsEveryTokenWhereNothingFusesThem)
{
    const std::string section = R"({"type": "Sequence", "decoders": [
        {"type": "Strip", "content": "x", "start": 2, "stop": 0}, {"type": "ByteFallback"}]})";
    EXPECT_THAT(decoded(section, {"xxxa", "xb", "ax"}), ElementsAre("xa", "b", "ax", ""));
}

TEST(TokenDecoder, DropsEveryMarkOfTheFirstTokenUnderMetaspace)
{
    const std::string always = R"({"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always"})";
    EXPECT_THAT(decoded(always, {"▁▁a▁b", "▁c"}), ElementsAre("ab", " c", ""));
    const std::string never = R"({"type": "Metaspace", "replacement": "▁", "prepend_scheme": "never"})";
    EXPECT_THAT(decoded(never, {"▁a", "▁c"}), ElementsAre(" a", " c", ""));
}

TEST(TokenDecoder, BeginsANewTextAfterTheEnd)
{
    const TokenDecoder decoder(json::parse(Llama2), "decoder");
    TokenDecoder::State state;
    for (int round = 0; round < 2; ++round) {
        std::string text;
        decoder.push(TokenText::Kind::Text, decoder.ofToken("▁a").text, state, text);
        decoder.finish(state, text);
        EXPECT_EQ(text, "a");
    }
}

TEST(TokenDecoder, RefusesWhatItCannotStream)
{
    const auto refusal = [](const std::string& steps) -> std::string {
        try {
            TokenDecoder(json::parse(R"({"type": "Sequence", "decoders": [)" + steps + "]}"), "decoder");
        } catch (const InputError& error) {
            return error.what();
        }
        return "";
    };
    EXPECT_THAT(refusal(R"({"type": "Fuse"}, {"type": "ByteFallback"})"), HasSubstr("'ByteFallback' after Fuse"));
    EXPECT_THAT(refusal(R"({"type": "ByteFallback"}, {"type": "ByteFallback"})"), HasSubstr("stands twice"));
    EXPECT_THAT(refusal(R"({"type": "Strip", "content": " ", "start": 0, "stop": 1})"), HasSubstr("stop: is not 0"));
    EXPECT_THAT(refusal(R"({"type": "CTC"})"), HasSubstr("decoders[0]: type: 'CTC' is not supported in a sequence"));
    EXPECT_THAT(refusal(R"({"type": "Replace", "pattern": {"Regex": "a"}, "content": ""})"),
        HasSubstr("only plain strings are supported"));
}

} // namespace
} // namespace ahascope::text
