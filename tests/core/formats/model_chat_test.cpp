#include "core/formats/model_chat.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/problem.h"

namespace ahascope::formats {
namespace {

using testing::ElementsAre;
using testing::Pair;

TEST(ModelChat, ReadsTokensThatAreTextsOrObjects)
{
    const auto chat = modelChat({{"tokenizer_config.json", R"({"chat_template": "t", "bos_token": null,
        "eos_token": "</s>", "pad_token": {"content": "<pad>", "special": true}})"}},
        "folder");
    EXPECT_EQ(chat.source, "t");
    EXPECT_EQ(chat.where, "folder/tokenizer_config.json: chat_template");
    EXPECT_THAT(chat.tokens, ElementsAre(Pair("eos_token", "</s>"), Pair("pad_token", "<pad>")));
}

TEST(ModelChat, PrefersTheFileOfItsOwnAndFallsBackOnTheMapOfTokens)
{
    const auto chat = modelChat({{"chat_template.jinja", "own"}, {"tokenizer_config.json", R"({"chat_template": "t"})"},
                                    {"special_tokens_map.json", R"({"bos_token": {"content": "<s>"}})"}},
        "folder");
    EXPECT_EQ(chat.source, "own");
    EXPECT_EQ(chat.where, "folder/chat_template.jinja");
    EXPECT_THAT(chat.tokens, ElementsAre(Pair("bos_token", "<s>")));
}

TEST(ModelChat, TakesTheDefaultOfSeveralTemplates)
{
    const auto chat = modelChat({{"tokenizer_config.json", R"({"chat_template": [{"name": "tool_use", "template": "a"},
        {"name": "default", "template": "b"}]})"}},
        "folder");
    EXPECT_EQ(chat.source, "b");
}

TEST(ModelChat, IsEmptyWhereNothingIsSaid)
{
    EXPECT_EQ(modelChat({}, "folder").source, "");
    EXPECT_THROW(modelChat({{"tokenizer_config.json", R"({"chat_template": 3})"}}, "folder"), InputError);
    EXPECT_THROW(modelChat({{"tokenizer_config.json", "["}}, "folder"), InputError);
}

} // namespace
} // namespace ahascope::formats
