#include "core/text/tokenizer_normalizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/problem.h"

namespace ahascope::text {
namespace {

using nlohmann::json;

Normalizer normalizer(const char* section)
{
    return {json::parse(section), "normalizer"};
}

TEST(Normalizer, PutsTheMarkBeforeTheTextAndForItsSpaces)
{
    const Normalizer llama2 = normalizer(R"({"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "▁"},
        {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]})");
    EXPECT_EQ(llama2.normalized(" a b"), "▁▁a▁b");
    EXPECT_EQ(llama2.normalized(""), std::nullopt);
    EXPECT_TRUE(llama2.movesText());
}

TEST(Normalizer, WorksStepByStep)
{
    const Normalizer both = normalizer(R"({"type": "Sequence", "normalizers": [{"type": "NFC"},
        {"type": "Replace", "pattern": {"String": "é"}, "content": ""}]})");
    EXPECT_EQ(both.normalized("ae\u0301b"), "ab");
    EXPECT_EQ(both.normalized("ab"), std::nullopt);
}

TEST(Normalizer, ReplacesFromTheLeft)
{
    EXPECT_EQ(replaced("aaa", "aa", "b"), "ba");
    EXPECT_EQ(replaced("", "a", "b"), "");
}

TEST(Normalizer, ChangesNothingWithoutSteps)
{
    EXPECT_TRUE(normalizer("null").empty());
    EXPECT_TRUE(normalizer(R"({"type": "Sequence", "normalizers": []})").empty());
    EXPECT_FALSE(normalizer(R"({"type": "NFC"})").movesText());
}

TEST(Normalizer, RefusesOthersByName)
{
    for (const char* type : {"NFKC", "Lowercase", "Precompiled", "Strip", "Nmt"}) {
        try {
            Normalizer(json{{"type", type}}, "normalizer");
            ADD_FAILURE() << type;
        } catch (const InputError& error) {
            EXPECT_THAT(error.what(), testing::HasSubstr("'" + std::string(type) + "' is not supported"));
        }
    }
}

} // namespace
} // namespace ahascope::text
