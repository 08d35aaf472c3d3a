#include "core/reward/recipe.h"

#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ahascope::reward {
namespace {

const text::Columns row{{"numbers", "[3, 8, 11]"}, {"target", "16"}};
const std::string right = "<think> 8 - 3 = 5 </think> <answer> 8 - 3 + 11 </answer>";

RuleSpec accuracy(double weight = 1.0)
{
    return {"accuracy", "", weight, {{"kind", std::string("countdown")}}};
}

RuleSpec format(double weight = 1.0)
{
    return {"format", "", weight, {}};
}

Recipe recipeOf(std::vector<RuleSpec> specs)
{
    return Recipe(std::move(specs), {}, "rules.toml: rule");
}

Scored score(const Recipe& recipe, const std::string& completion, const text::Columns& columns = row)
{
    const Candidate candidate{"p", completion, "16", &columns, true, std::nullopt};
    return recipe.scoreGroup({&candidate, 1}).front();
}

std::vector<std::string> problemsOf(std::vector<RuleSpec> specs)
{
    std::vector<std::string> found;
    try {
        recipeOf(std::move(specs));
    } catch (const InputError& error) {
        for (const Problem& problem : error.problems()) {
            found.push_back(toString(problem));
        }
    }
    return found;
}

TEST(Recipe, AddsWeightedScores)
{
    const Recipe recipe = recipeOf({accuracy(1.0), format(0.5)});
    const Scored both = score(recipe, right);
    EXPECT_EQ(both.reward, 1.5);
    ASSERT_EQ(both.rules.size(), 2u);
    EXPECT_EQ(both.rules[0], Verdict::graded(1.0, "the answer makes 16"));
    EXPECT_EQ(both.rules[1], Verdict::graded(1.0, "well formed"));
    EXPECT_EQ(both.extracted, "8 - 3 + 11");
    EXPECT_EQ(score(recipe, "<answer> 8 - 3 + 11 </answer>").reward, 1.0);
    EXPECT_EQ(score(recipe, "<think> a </think> <answer> 8 + 3 + 11 </answer>").reward, 0.5);
    EXPECT_EQ(score(recipe, "no").reward, 0.0);
}

TEST(Recipe, SeparatesStrictFromLenientCorrectness)
{
    const Recipe recipe = recipeOf({accuracy()});
    const Scored strict = score(recipe, right);
    EXPECT_EQ(strict.correct, true);
    EXPECT_EQ(strict.correctLenient, true);
    const Scored lenient = score(recipe, "so 8 - 3 + 11 = 16");
    EXPECT_EQ(lenient.correct, false);
    EXPECT_EQ(lenient.correctLenient, true);
    EXPECT_EQ(lenient.reward, 0.0);
    EXPECT_EQ(lenient.extracted, "8 - 3 + 11 = 16");
    EXPECT_EQ(lenient.rules[0].reason,
        "there is no answer block; the last expression makes 16, which only the lenient reading counts");
    EXPECT_EQ(score(recipe, right + " not 1 + 1").correctLenient, true) << "lenient never asks more than strict";
}

TEST(Recipe, GradesLenientlyThroughAClosingTag)
{
    const Recipe recipe({{"accuracy", "", 1.0, {}}}, {}, "rule");
    const Candidate candidate{"", "<think> x <answer> 16 </answer> </think>", "16", nullptr, true, std::nullopt};
    EXPECT_EQ(recipe.scoreGroup({&candidate, 1}).front().correct, false);
    const Candidate closed{"", "<answer> it is 16 </answer>", "16", nullptr, true, std::nullopt};
    const Scored scored = recipe.scoreGroup({&closed, 1}).front();
    EXPECT_EQ(scored.correct, false);
    EXPECT_EQ(scored.correctLenient, true);
}

TEST(Recipe, LeavesOutWhatTheGraderCouldNotGrade)
{
    const Scored scored = score(recipeOf({accuracy(), format()}), right, {});
    EXPECT_EQ(scored.rules[0], Verdict::ungraded("the row has no column \"numbers\""));
    EXPECT_EQ(scored.rules[1].score, 1.0);
    EXPECT_EQ(scored.reward, std::nullopt);
    EXPECT_EQ(scored.correct, std::nullopt);
    EXPECT_TRUE(scored.ungraded);
}

TEST(Recipe, DoesNotLetAMeasuredRuleDecideTheReward)
{
    const Recipe recipe = recipeOf({accuracy(0.0), format()});
    EXPECT_EQ(score(recipe, right).reward, 1.0);
    EXPECT_EQ(score(recipe, right).correct, true);
    const Scored scored = score(recipe, right, {});
    EXPECT_EQ(scored.reward, 1.0) << "the ungraded rule has no weight";
    EXPECT_TRUE(scored.ungraded);
}

TEST(Recipe, BlamesThePredictionWithZeroNotWithNothing)
{
    const Scored scored = score(recipeOf({accuracy()}), "<answer> 3 / (8 - 8) * 11 </answer>");
    EXPECT_EQ(scored.reward, 0.0);
    EXPECT_EQ(scored.rules[0], Verdict::graded(0.0, "the answer divides by zero"));
    EXPECT_FALSE(scored.ungraded);
}

TEST(Recipe, KeepsTheOrderOfAGroup)
{
    const Recipe recipe = recipeOf({format()});
    const std::vector<Candidate> group{
        {"p", "a", "16", &row, true, {}}, {"p", right, "16", &row, true, {}}, {"p", right, "16", &row, false, {}}};
    const auto scored = recipe.scoreGroup(group);
    EXPECT_EQ(scored[0].reward, 0.0);
    EXPECT_EQ(scored[1].reward, 1.0);
    EXPECT_EQ(scored[2].reward, 0.0) << "cut off";
    EXPECT_TRUE(recipe.scoreGroup({}).empty());
}

TEST(Recipe, PutsThePrefillBeforeTheCompletion)
{
    const Recipe recipe({format()}, {{}, "<think>"}, "rule");
    EXPECT_EQ(score(recipe, " a </think> <answer> b </answer>").reward, 1.0);
    EXPECT_EQ(score(recipe, right).reward, 0.0);
}

TEST(Recipe, NamesRulesAfterTheirType)
{
    EXPECT_EQ(recipeOf({accuracy(), format()}).specs()[1].name, "format");
}

TEST(Recipe, ReportsEveryProblemOfASpecification)
{
    EXPECT_THAT(problemsOf({{"acuracy", "a", 1.0, {}}, {"accuracy", "a", 1.0, {{"kid", std::string("exact")}}},
                    {"accuracy", "b", 1.0, {{"kind", std::string("contdown")}}},
                    {"accuracy", "c", std::numeric_limits<double>::infinity(), {{"kind", std::int64_t{3}}}}}),
        testing::ElementsAre("rules.toml: rule[0].type: there is no rule of type \"acuracy\" (did you mean "
                             "\"accuracy\"?)",
            "rules.toml: rule[1].name: \"a\" is used twice (give each rule a name of its own)",
            "rules.toml: rule[1].kid: a rule of type \"accuracy\" has no such option (did you mean \"kind\"?)",
            "rules.toml: rule[2].kind: \"contdown\" is not one of its values (did you mean \"countdown\"?)",
            "rules.toml: rule[3].weight: is not a finite number (1.0 is usual)",
            testing::HasSubstr("rules.toml: rule[3].kind: is not a text")));
    EXPECT_THAT(problemsOf({}),
        testing::ElementsAre("rules.toml: rule: the recipe has no rule (add one, e.g. type = \"accuracy\")"));
}

TEST(Recipe, FollowsTheCandidatesOfTheChain)
{
    const Recipe recipe = recipeOf({accuracy()});
    const Scored rescued = score(recipe,
        "<think> 3 * 8 = 24 , 24 - 11 = 13 no wait 8 + 3 = 11 , 11 + 11 = 22 no try 8 - 3 = 5 , 5 + 11 = 16 yes "
        "</think> <answer> 8 - 3 = 5 , 5 + 11 = 16 </answer>");
    EXPECT_EQ(rescued.transitions, (analysis::Transitions{1, 1, 1, 0, true}));
    EXPECT_EQ(rescued.vote, "11+8-3");
    EXPECT_EQ(score(recipe, right).vote, "11+8-3");
    EXPECT_FALSE(score(recipe, "<answer> 8 - 3 + 11 </answer>").transitions.rescued) << "right at once";
    EXPECT_EQ(score(recipe, "no").vote, "");
}

TEST(Recipe, FollowsStatedNumbersForOtherKinds)
{
    const Recipe recipe({{"accuracy", "", 1.0, {{"kind", std::string("integer")}}}}, {}, "rule");
    const Candidate candidate{
        "", "<think> so it is 20. Wait, it is 16. </think> <answer> $16 </answer>", "16", nullptr, true, std::nullopt};
    const Scored scored = recipe.scoreGroup({&candidate, 1}).front();
    EXPECT_EQ(scored.transitions, (analysis::Transitions{1, 0, 1, 0, true}));
    EXPECT_EQ(scored.vote, "16");
}

TEST(Recipe, AsksBothAccuracyRulesForCorrectness)
{
    RuleSpec exact{"accuracy", "exact", 1.0, {{"kind", std::string("exact")}}};
    const Recipe recipe = recipeOf({accuracy(), exact});
    const Scored scored = score(recipe, right);
    EXPECT_EQ(scored.reward, 1.0);
    EXPECT_EQ(scored.correct, false) << "the expression is not the text \"16\"";
    EXPECT_EQ(score(recipeOf({format()}), right).correct, std::nullopt) << "nothing says what correct is";
}

} // namespace
} // namespace ahascope::reward
