#include "core/reward/recipe_file.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ahascope::reward {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> problemsOf(std::string_view toml)
{
    std::vector<std::string> found;
    try {
        parseRecipeFile(toml, "r.toml");
    } catch (const InputError& error) {
        for (const Problem& problem : error.problems()) {
            found.push_back(toString(problem));
        }
    }
    return found;
}

class RecipeFiles : public ::testing::Test {
protected:
    RecipeFiles()
        : m_folder(std::filesystem::temp_directory_path()
            / ("recipe_file_test_" + std::string(::testing::UnitTest::GetInstance()->current_test_info()->name())))
    {
        std::filesystem::create_directories(m_folder);
    }
    ~RecipeFiles() override { std::filesystem::remove_all(m_folder); }

    std::filesystem::path write(const std::string& name, const std::string& content)
    {
        std::ofstream(m_folder / name, std::ios::binary) << content;
        return m_folder / name;
    }

    std::filesystem::path m_folder;
};

TEST(RecipeFile, ReadsRulesWithTheirOptions)
{
    const RecipeFile file = parseRecipeFile("[[rule]]\ntype = \"accuracy\"\nkind = \"countdown\"\n"
                                            "[[rule]]\ntype = \"format\"\nname = \"tags\"\nweight = 2\n",
        "r.toml");
    ASSERT_EQ(file.rules.size(), 2u);
    EXPECT_EQ(file.rules[0], (RuleSpec{"accuracy", "", 1.0, {{"kind", std::string("countdown")}}}));
    EXPECT_EQ(file.rules[1], (RuleSpec{"format", "tags", 2.0, {}}));
}

TEST(RecipeFile, KeepsTheTypesOfOptions)
{
    const RecipeFile file = parseRecipeFile("[[rule]]\ntype = \"x\"\na = true\nb = 3\nc = 0.5\nd = \"e\"\n", "r.toml");
    EXPECT_EQ(
        file.rules[0].options, (Options{{"a", true}, {"b", std::int64_t{3}}, {"c", 0.5}, {"d", std::string("e")}}));
}

TEST(RecipeFile, ReportsEveryProblemWithItsLine)
{
    EXPECT_THAT(problemsOf("nmae = \"x\"\n[[rule]]\nweight = \"1\"\nlist = [1]\n[template]\npath = \"t\"\n"),
        testing::UnorderedElementsAre("r.toml: line 1: nmae: unknown key (did you mean \"name\"?)",
            "r.toml: line 3: rule[0].weight: is not a number (1.0 is usual)",
            "r.toml: line 4: rule[0].list: is neither a text nor a number nor true or false (write one value)",
            "r.toml: line 2: rule[0]: has no type (add type = \"accuracy\" or another)",
            "r.toml: line 6: template.path: unknown key (known: file, text)"));
    EXPECT_THAT(problemsOf("[rule]\ntype = \"accuracy\"\n"),
        ElementsAre("r.toml: line 1: rule: is not a list of tables (write [[rule]] with two brackets)"));
    EXPECT_THAT(problemsOf("[[rule]\n"), ElementsAre(HasSubstr("r.toml: line 1: ")));
}

TEST_F(RecipeFiles, TakeTheTagsOfTheirTemplate)
{
    write("t.txt", "+++\nprefill = \"<think>\"\n+++\n{{prompt}}\n");
    const auto path = write("r.toml", "seed = 1\n[template]\nfile = \"t.txt\"\n[[rule]]\ntype = \"format\"\n");
    const Recipe recipe = loadRecipe(path);
    EXPECT_EQ(recipe.format().prefill, "<think>");
    const Candidate candidate{"", "a</think><answer>b</answer>", "", nullptr, true, std::nullopt};
    EXPECT_EQ(recipe.scoreGroup({&candidate, 1}).front().reward, 1.0);
}

TEST_F(RecipeFiles, SayWhichFileIsWrong)
{
    const auto path = write("r.toml", "[template]\nfile = \"gone.txt\"\n[[rule]]\ntype = \"format\"\n");
    try {
        loadRecipe(path);
        FAIL();
    } catch (const InputError& error) {
        EXPECT_THAT(error.what(), HasSubstr("gone.txt: cannot be read"));
    }
    EXPECT_THROW(loadRecipe(m_folder), InputError) << "a folder";
    EXPECT_THROW(loadRecipe(write("empty.toml", "")), InputError) << "no rule";
}

TEST(RecipeFile, ShipsRecipesThatLoad)
{
    const std::filesystem::path folder = std::filesystem::path(AHASCOPE_SOURCE_DIR) / "resources" / "recipes";
    std::size_t loaded = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        if (entry.path().extension() == ".toml") {
            EXPECT_GT(loadRecipe(entry.path()).specs().size(), 0u) << entry.path();
            ++loaded;
        }
    }
    EXPECT_GE(loaded, 4u);
}

} // namespace
} // namespace ahascope::reward
