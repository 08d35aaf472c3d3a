#include "core/data/tasks/countdown_search.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace ahascope::data {

TEST(CountdownSearch, TriesEveryOperationOnTwoNumbersWithTheLargerOneFirst)
{
    const std::vector<Try> tries = allTries({3, 8}, {"+-*/", 99});
    ASSERT_EQ(tries.size(), 4u);
    EXPECT_EQ(tries[0].steps[0], (Equation{3, '+', 8, 11, Outcome::Live}));
    EXPECT_EQ(tries[1].steps[0], (Equation{8, '-', 3, 5, Outcome::Live}));
    EXPECT_EQ(tries[2].steps[0], (Equation{3, '*', 8, 24, Outcome::Live}));
    EXPECT_EQ(tries[3].steps[0], (Equation{8, '/', 3, 0, Outcome::Broken}));
    EXPECT_EQ(tries[1].expression, "8 - 3");
    EXPECT_FALSE(tries[3].live());
}

TEST(CountdownSearch, GoesThroughPairsAndOperationsInAnOrderThatFollowsFromTheLastTry)
{
    // 3 pairs, 3 first steps each, 3 last steps each.
    const std::vector<Try> tries = allTries({2, 3, 5}, {"+-*", 99});
    ASSERT_EQ(tries.size(), 27u);
    EXPECT_EQ(tries[0].expression, "( 2 + 3 ) + 5");
    EXPECT_EQ(tries[3].expression, "( 3 - 2 ) + 5");
    EXPECT_EQ(tries[4].expression, "5 - ( 3 - 2 )");
    EXPECT_EQ(tries[9].expression, "( 2 + 5 ) + 3");
    EXPECT_EQ(tries[26].expression, "( 3 * 5 ) * 2");
    for (std::size_t i = 1; i < tries.size(); ++i) {
        EXPECT_EQ(commonSteps(tries[i - 1], tries[i]), i % 3 == 0 ? 0u : 1u) << i;
    }
}

TEST(CountdownSearch, EndsATryAtAResultThatIsTooBigOrZero)
{
    const std::vector<Try> tries = allTries({12, 12, 3}, {"+-*", 99});
    // 12 - 12 = 0 and 12 * 12 = 144 lead nowhere.
    EXPECT_EQ(std::count_if(tries.begin(), tries.end(), [](const Try& one) { return one.steps.size() == 1; }), 2);
    EXPECT_TRUE(std::any_of(tries.begin(), tries.end(), [](const Try& one) {
        return one.steps[0] == Equation{12, '-', 12, 0, Outcome::TooSmall};
    }));
    EXPECT_TRUE(std::any_of(tries.begin(), tries.end(), [](const Try& one) {
        return one.steps[0] == Equation{12, '*', 12, 144, Outcome::TooBig};
    }));
}

TEST(CountdownSearch, TriesAPairOfEqualValuesOnce)
{
    const std::vector<Try> tries = allTries({4, 7, 7}, {"+", 99});
    // 4 + 7 once, then 7 + 7.
    ASSERT_EQ(tries.size(), 2u);
    EXPECT_EQ(tries[0].expression, "( 4 + 7 ) + 7");
    EXPECT_EQ(tries[1].expression, "( 7 + 7 ) + 4");
}

TEST(CountdownSearch, CombinesTwoResultsOfFourNumbers)
{
    const std::vector<Try> tries = allTries({3, 7, 13, 5}, {"+-*/", 9999});
    EXPECT_TRUE(std::any_of(tries.begin(), tries.end(),
        [](const Try& one) { return one.live() && one.expression == "( 3 * 7 ) + ( 13 - 5 )" && one.result() == 29; }));
}

} // namespace ahascope::data
