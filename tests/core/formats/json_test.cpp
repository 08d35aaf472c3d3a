#include "core/formats/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/problem.h"

namespace ahascope::formats {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

std::string refusal(const std::string& text, const JsonLimits& limits = {})
{
    try {
        parseJson(text, "x.json", limits);
    } catch (const InputError& error) {
        return error.what();
    }
    return "";
}

TEST(Json, KeepsEveryKindOfValue)
{
    const json value = parseJson(R"({"a": [1, -2, 2.5, true, null, "é\n"], "b": {}, "c": []})", "x.json");
    EXPECT_EQ(value["a"], json::parse(R"([1, -2, 2.5, true, null, "é\n"])"));
    EXPECT_TRUE(value["b"].is_object());
    EXPECT_TRUE(value["c"].is_array());
}

TEST(Json, RefusesDuplicateKeys)
{
    EXPECT_THAT(refusal(R"({"a": {"b": 1, "b": 2}})"), HasSubstr("x.json: the key 'b' stands twice"));
}

TEST(Json, RefusesDeepNestingWithoutRecursion)
{
    EXPECT_THAT(refusal(std::string(1'000'000, '[')), HasSubstr("nested more than 64 levels deep"));
    EXPECT_EQ(refusal(std::string(64, '[') + std::string(64, ']')), "");
}

TEST(Json, RefusesTooManyBytesAndValues)
{
    EXPECT_THAT(refusal("[1,2,3]", {.maxBytes = 6}), HasSubstr("has 7 bytes; at most 6"));
    EXPECT_THAT(refusal("[1,2,3]", {.maxValues = 3}), HasSubstr("more than 3 values"));
}

TEST(Json, NamesTheByteThatIsNotJson)
{
    EXPECT_THAT(refusal("{\"a\": 1,}"), HasSubstr("byte 9 is not JSON"));
    EXPECT_THAT(refusal("[1] x"), HasSubstr("is not JSON"));
    EXPECT_THAT(refusal(""), HasSubstr("is not JSON"));
    EXPECT_THAT(refusal("\"\xc3\""), HasSubstr("is not JSON"));
    EXPECT_THAT(refusal(R"("\ud800")"), HasSubstr("surrogate"));
}

TEST(Json, HandsTheMembersOfAStreamedContainerOver)
{
    std::vector<std::string> seen;
    const auto note = [&](std::string_view key, const json& value) { seen.push_back(std::string(key) + value.dump()); };
    const json rest = parseJson(R"({"model": {"vocab": {"a": 0, "b": [1]}, "merges": ["x"], "vocab2": {"c": 2}}})",
        "x.json", {}, {{"model.vocab", note}, {"model.merges", note}});
    EXPECT_THAT(seen, ElementsAre("a0", "b[1]", "\"x\""));
    EXPECT_EQ(rest, json::parse(R"({"model": {"vocab": {}, "merges": [], "vocab2": {"c": 2}}})"));
}

TEST(JsonObject, ReadsTypedMembers)
{
    const json value = json::parse(R"({"n": 3, "x": 1e-6, "t": "s", "b": true, "none": null})");
    const JsonObject object(value, "config.json");
    EXPECT_EQ(object.integer("n", 1, 3), 3);
    EXPECT_EQ(object.integer("m", 1, 3, 2), 2);
    EXPECT_EQ(object.number("x"), 1e-6);
    EXPECT_EQ(object.text("t"), "s");
    EXPECT_EQ(object.text("none", "absent"), "absent");
    EXPECT_TRUE(object.boolean("b", false));
    EXPECT_FALSE(object.has("none"));
}

TEST(JsonObject, NamesTheMemberItComplainsAbout)
{
    const json value = json::parse(R"({"n": 4, "x": "1", "t": 5, "b": 1, "f": 1.5, "big": 18446744073709551615})");
    const JsonObject object(value, "config.json");
    const auto refused = [](auto call) {
        try {
            call();
        } catch (const InputError& error) {
            return std::string(error.what());
        }
        return std::string();
    };
    EXPECT_EQ(refused([&] { object.integer("n", 1, 3); }), "config.json: n: 4 is outside 1 .. 3");
    EXPECT_EQ(refused([&] { object.integer("f", 1, 3); }), "config.json: f: is not a whole number in range");
    EXPECT_EQ(refused([&] { object.integer("big", 1, 3); }), "config.json: big: is not a whole number in range");
    EXPECT_EQ(refused([&] { object.number("x"); }), "config.json: x: is not a finite number");
    EXPECT_EQ(refused([&] { object.text("t"); }), "config.json: t: is number, not a string");
    EXPECT_EQ(refused([&] { object.boolean("b", true); }), "config.json: b: is number, not true or false");
    EXPECT_EQ(refused([&] { object.text("missing"); }), "config.json: missing: is missing");
    EXPECT_EQ(refused([&] { JsonObject(json(1), "x"); }), "x: is number, not an object");
}

} // namespace
} // namespace ahascope::formats
