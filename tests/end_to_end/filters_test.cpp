// The JSON-lines filters as a script uses them: through pipes, line by line.
#include <cmath>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "tests/end_to_end/program.h"

namespace ahascope {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;

const fs::path resources = fs::path(AHASCOPE_SOURCE_DIR) / "resources";
const std::string model = (resources / "models" / "countdown-tiny").string();
const std::string recipe = (resources / "recipes" / "r1-zero-countdown.toml").string();
constexpr const char* prompt = "User: make 22 using 3 8 11 . Assistant:";

struct Filter {
    std::vector<std::string> arguments;
    json line;
    const char* member; // of every answer
};

std::vector<Filter> filters()
{
    return {
        {{"tokenize", "--model", model}, {{"text", "1 + 2"}}, "ids"},
        {{"detokenize", "--model", model}, {{"ids", {5, 6}}}, "text"},
        {{"logprobs", "--model", model}, {{"ids", {5, 6}}}, "logprobs"},
        {{"generate", "--model", model, "--max-new-tokens", "2"}, {{"prompt", prompt}}, "completions"},
        {{"render", "--template", (resources / "templates" / "r1-zero.txt").string()}, {{"question", "1 + 2"}},
            "prompt"},
        {{"score", "--rules", recipe}, {{"completion", "<answer>3</answer>"}, {"numbers", {1, 2}}, {"target", 3}},
            "reward"},
        {{"verify"}, {{"gold", "3"}, {"prediction", "3"}}, "equal"},
        {{"analyze"}, {{"text", "wait"}}, "reflections"},
    };
}

class EveryFilter : public testing::TestWithParam<Filter> { };

TEST_P(EveryFilter, AnswersALineBeforeTheNextIsWritten)
{
    test::Conversation filter(GetParam().arguments);
    for (int i = 0; i < 3; ++i) {
        filter.say(GetParam().line.dump());
        EXPECT_TRUE(json::parse(filter.hear()).contains(GetParam().member));
    }
    filter.closeInput();
    EXPECT_EQ(filter.end(), 0);
}

TEST_P(EveryFilter, AnswersABadLineWithItsErrorAndGoesOn)
{
    const std::string good = GetParam().line.dump();
    const test::Ran ran = test::run(GetParam().arguments, "no JSON\n\n[1]\n{\"x\": \"\\ud800\"}\n{}\n" + good);
    EXPECT_EQ(ran.code, 1);
    std::istringstream lines(ran.out);
    std::string line;
    for (int bad = 0; bad < 4; ++bad) {
        ASSERT_TRUE(std::getline(lines, line));
        EXPECT_TRUE(json::parse(line).contains("error")) << line;
    }
    ASSERT_TRUE(std::getline(lines, line));
    EXPECT_TRUE(json::parse(line).contains(GetParam().member)) << line;
    EXPECT_FALSE(std::getline(lines, line));
    EXPECT_THAT(ran.err, HasSubstr("4 of 5 lines"));
    EXPECT_THAT(ran.err, HasSubstr("line 1"));
}

TEST_P(EveryFilter, SaysThatItsAnswersCannotBeWritten)
{
    const test::Ran ran = test::run(GetParam().arguments, GetParam().line.dump() + "\n", RLIM_INFINITY, "/dev/full");
    EXPECT_EQ(ran.code, 1);
    EXPECT_THAT(ran.err, HasSubstr("standard output"));
}

INSTANTIATE_TEST_SUITE_P(
    Filters, EveryFilter, testing::ValuesIn(filters()), [](const auto& info) { return info.param.arguments.front(); });

TEST(Filters, ReplaceWhatIsNotUtf8)
{
    const test::Ran ran = test::run({"render", "--template", (resources / "templates" / "tiny.txt").string()},
        "{\"question\": \"a\xff\xe4\xb8z\"}\n");
    EXPECT_EQ(ran.code, 0);
    EXPECT_EQ(json::parse(ran.out)["prompt"], "User: a\uFFFD\uFFFDz . Assistant:");
}

TEST(Filters, RenderConversationsAsTheModelsOwnTemplateHasThem)
{
    const test::TemporaryFolder folder;
    fs::copy_file(fs::path(model) / "tokenizer.json", folder.path() / "tokenizer.json");
    test::writeFile(folder.path() / "tokenizer_config.json",
        json{{"chat_template", "{% for m in messages %}{{ m.role }}:{{ m.content }} {% endfor %}{{ tools | tojson }}"}}
            .dump());
    const test::Ran ran = test::run({"render", "--chat", "--model", folder.path().string(), "--system", "S"},
        R"({"messages": [{"role": "user", "content": "1"}], "tools": [{"z": 1, "a": 2}]})"
        "\n{\"question\": \"2\"}\n{\"messages\": 3}\n");
    EXPECT_EQ(ran.code, 1);
    EXPECT_THAT(ran.out, HasSubstr(R"("prompt":"system:S user:1 [{\"z\": 1, \"a\": 2}]","ids":[)"));
    EXPECT_THAT(ran.out, HasSubstr(R"("prompt":"system:S user:2 null","ids":[)"));
    EXPECT_THAT(ran.out, HasSubstr("no list"));
}

TEST(Filters, BoundTheLengthOfALine)
{
    const test::Ran ran = test::run({"verify"},
        "{\"prediction\": \"" + std::string(65 << 20, 'x') + "\"}\n{\"gold\": \"3\", \"prediction\": \"3\"}\n");
    EXPECT_EQ(ran.code, 1);
    EXPECT_THAT(ran.out, HasSubstr("longer than 64 MiB"));
    EXPECT_THAT(ran.out, HasSubstr("{\"equal\":true"));
}

TEST(Filters, GiveATokenTheLogProbabilityThatItWasDrawnWith)
{
    const test::Ran drawn = test::run(
        {"generate", "--model", model, "--samples", "3", "--seed", "4"}, json{{"prompt", prompt}}.dump() + "\n");
    ASSERT_EQ(drawn.code, 0) << drawn.err;
    const test::Ran tokens = test::run({"tokenize", "--model", model}, json{{"text", prompt}}.dump() + "\n");
    const json before = json::parse(tokens.out)["ids"];
    const json answer = json::parse(drawn.out); // lives as long as the loop
    for (const json& completion : answer["completions"]) {
        json ids = before;
        ids.insert(ids.end(), completion["ids"].begin(), completion["ids"].end());
        const test::Ran ran = test::run({"logprobs", "--model", model}, json{{"ids", ids}}.dump() + "\n");
        ASSERT_EQ(ran.code, 0) << ran.err;
        const json found = json::parse(ran.out)["logprobs"];
        ASSERT_EQ(found.size(), ids.size());
        EXPECT_TRUE(found[0].is_null());
        for (std::size_t i = 0; i < completion["ids"].size(); ++i)
            EXPECT_NEAR(found[before.size() + i].get<double>(), completion["logprobs"][i].get<double>(), 1e-5);
    }
}

TEST(Filters, FindAModelThatIsStoredInBf16UnchangedByHoldingItSo)
{
    std::vector<std::string> found;
    for (const std::string dtype : {"f32", "bf16"}) {
        const test::Ran ran
            = test::run({"logprobs", "--model", model, "--dtype", dtype}, "{\"ids\": [5, 6, 7, 8, 9, 10]}\n");
        ASSERT_EQ(ran.code, 0) << ran.err;
        found.push_back(ran.out);
    }
    EXPECT_EQ(found[0], found[1]);
}

TEST(Filters, RefuseToDrawFromNothing)
{
    const test::Ran ran = test::run({"generate", "--model", model, "--top-p", "0"});
    EXPECT_EQ(ran.code, 2);
    EXPECT_THAT(ran.err, HasSubstr("--top-p"));
}

TEST(Filters, ScoreTheOthersOfAGroupWithoutALineThatCannotBeRead)
{
    const json good{{"completion", "<answer>1+2</answer>"}, {"numbers", {1, 2}}, {"target", 3}, {"group", "a"}};
    json bad = good;
    bad.erase("completion");
    const test::Ran ran = test::run({"score", "--rules", recipe}, good.dump() + "\n" + bad.dump() + "\n" + good.dump());
    std::istringstream lines(ran.out);
    std::string line;
    for (const char* member : {"reward", "error", "reward"}) {
        ASSERT_TRUE(std::getline(lines, line));
        EXPECT_TRUE(json::parse(line).contains(member)) << line;
    }
}

TEST(Filters, ScoreByTheRulesOfEveryShippedExperiment)
{
    const json line{{"completion", "<think></think><answer>1+2</answer>"}, {"answer", "3"}, {"numbers", {1, 2}}};
    for (const char* folder : {"experiments", "recipes"})
        for (const auto& entry : fs::directory_iterator(resources / folder)) {
            if (entry.path().extension() != ".toml")
                continue;
            const test::Ran ran = test::run({"score", "--rules", entry.path().string()}, line.dump() + "\n");
            EXPECT_EQ(ran.code, 0) << entry.path() << ran.err;
            EXPECT_EQ(json::parse(ran.out)["rules"]["format"]["score"], 1.0) << entry.path();
        }
}

} // namespace
} // namespace ahascope
