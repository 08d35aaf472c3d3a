// Against what Hugging Face tokenizers made of the same files and texts: see tests/parity/make_tokenizer_golden.py.
#include <fstream>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/text/tokenizer.h"
#include "tests/core/text/family_golden.h"

namespace ahascope::text {
namespace {

using nlohmann::json;
using Ids = std::vector<std::int32_t>;

std::shared_ptr<const Tokenizer> tokenizerOf(const json& model, const json& entry)
{
    json file = entry.at("sections");
    file["model"] = model;
    file["model"]["ignore_merges"] = file.at("ignore_merges");
    return Tokenizer::fromJson(file.dump(), entry.at("name"));
}

std::string streamed(const std::shared_ptr<const Tokenizer>& tokenizer, const Ids& ids)
{
    StreamDecoder decoder(tokenizer);
    std::string text;
    for (const std::int32_t id : ids)
        text += decoder.push(id);
    return text + decoder.finish();
}

void compare(const std::shared_ptr<const Tokenizer>& tokenizer, const json& row)
{
    const std::string text = bytesOfHex(row.at("hex"));
    const Ids ids = row.at("ids");
    EXPECT_EQ(tokenizer->encode(text), ids);
    Ids withTemplate = ids;
    withTemplate.insert(withTemplate.begin(), *tokenizer->idOf("<|end|>"));
    EXPECT_EQ(tokenizer->encode(text, {.addSpecial = true}), row.value("with_template", withTemplate));
    EXPECT_EQ(tokenizer->encode(text, {.recogniseSpecial = false}), row.value("without_special", ids));
    const Ids toDecode = row.at("decode");
    const std::string decoded = row.at("decoded");
    EXPECT_EQ(tokenizer->decode(toDecode), decoded);
    EXPECT_EQ(tokenizer->decode(toDecode, {.skipSpecial = true}), row.value("skipped", decoded));
    EXPECT_EQ(streamed(tokenizer, toDecode), decoded);
}

TEST(TokenizerGolden, EqualsHuggingFaceUnderEverySplit)
{
    std::ifstream in(std::string(AHASCOPE_SOURCE_DIR) + "/tests/parity/tokenizer_golden.json");
    const json golden = json::parse(in);
    std::size_t texts = 0;
    for (const json& entry : golden.at("tokenizers")) {
        const auto tokenizer = tokenizerOf(golden.at("model"), entry);
        for (const json& row : entry.at("texts")) {
            SCOPED_TRACE(entry.at("name").get<std::string>() + ": " + row.at("hex").get<std::string>());
            compare(tokenizer, row);
            ++texts;
        }
    }
    EXPECT_EQ(texts, 352u);
}

void compareFamily(const std::shared_ptr<const Tokenizer>& tokenizer, const json& row)
{
    const std::string text = bytesOfHex(row.at("hex"));
    const Ids ids = row.at("ids");
    EXPECT_EQ(tokenizer->encode(text), ids);
    Ids whole = row.value("begin", Ids{});
    whole.insert(whole.end(), ids.begin(), ids.end());
    EXPECT_EQ(tokenizer->encode(text, {.addSpecial = true}), whole);
    const Ids toDecode = row.at("decode");
    const std::string decoded = row.at("decoded");
    EXPECT_EQ(tokenizer->decode(toDecode), decoded);
    EXPECT_EQ(tokenizer->decode(toDecode, {.skipSpecial = true}), row.value("skipped", decoded));
    EXPECT_EQ(streamed(tokenizer, toDecode), decoded);
}

TEST(FamilyGolden, EqualsHuggingFaceForEveryFamily)
{
    std::size_t texts = 0;
    for (const json& family : familyGolden().at("families")) {
        const std::string name = family.at("name");
        const auto tokenizer = Tokenizer::fromJson(familyFile(family).dump(), name);
        for (const json& row : family.at("texts")) {
            SCOPED_TRACE(name + ": " + row.at("hex").get<std::string>());
            compareFamily(tokenizer, row);
            ++texts;
        }
    }
    EXPECT_EQ(texts, 280u);
}

// Value by value, so that Hugging Face tokenizers reads from it what it read from the original.
TEST(FamilyGolden, WritesBackWhatItRead)
{
    for (const json& family : familyGolden().at("families")) {
        const std::string name = family.at("name");
        json file = familyFile(family);
        const json written = json::parse(Tokenizer::fromJson(file.dump(), name)->toJson());
        for (json& merge : file["model"]["merges"]) {
            const std::string both = merge;
            merge = {both.substr(0, both.find(' ')), both.substr(both.find(' ') + 1)};
        }
        EXPECT_EQ(written, file) << name << json::diff(file, written).dump().substr(0, 500);
    }
}

} // namespace
} // namespace ahascope::text
