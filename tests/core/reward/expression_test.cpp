#include "core/reward/expression.h"

#include <gtest/gtest.h>

namespace ahascope::reward {
namespace {

// The value of a lone expression, or what is wrong with it.
std::string valueOf(std::string_view text)
{
    const auto parsed = parseStatement(tokenizeExpression(text));
    if (const auto* error = std::get_if<ExpressionError>(&parsed)) {
        return error->message;
    }
    return toString(std::get<Statement>(parsed).sides.front().value);
}

const std::string notPlain = "is not a plain expression of + - * / and ( )";

TEST(Expression, BindsProductsBeforeSumsAndFromLeftToRight)
{
    EXPECT_EQ(valueOf("2 + 3 * 4"), "14");
    EXPECT_EQ(valueOf("(2 + 3) * 4"), "20");
    EXPECT_EQ(valueOf("10 - 3 - 2"), "5");
    EXPECT_EQ(valueOf("24 / 4 / 2"), "3");
    EXPECT_EQ(valueOf("2*(3+(4-1))/5"), "12/5");
}

TEST(Expression, CountsInExactFractions)
{
    EXPECT_EQ(valueOf("1/3 + 1/6"), "1/2");
    EXPECT_EQ(valueOf("80 / 11 * 11"), "80");
    EXPECT_EQ(valueOf("0.1 + 0.2"), "3/10");
    EXPECT_EQ(valueOf("8/(3-8/3)"), "24");
}

TEST(Expression, TakesSignsBeforeNumbersAndParentheses)
{
    EXPECT_EQ(valueOf("-5 + 3"), "-2");
    EXPECT_EQ(valueOf("2 * -3"), "-6");
    EXPECT_EQ(valueOf("-(2 + 3)"), "-5");
    EXPECT_EQ(valueOf("--4"), "4");
    EXPECT_EQ(valueOf("+4"), "4");
}

TEST(Expression, ReadsTypographicFullWidthAndLatexOperators)
{
    EXPECT_EQ(valueOf("79 \xE2\x88\x92 60 + 17"), "36");
    EXPECT_EQ(valueOf("(40 \xC3\xB7 20) \xC3\x97 14"), "28");
    EXPECT_EQ(valueOf("$(40 \\div 20) \\times 14$"), "28");
    EXPECT_EQ(valueOf("\\left( \\frac{3}{4} \\right) \\cdot 8"), "6");
    EXPECT_EQ(valueOf("3 x 4"), "12");
    EXPECT_EQ(valueOf("3x4"), "12");
    EXPECT_EQ(valueOf("\xEF\xBC\x88"
                      "1\xEF\xBC\x8B\xEF\xBC\x92\xEF\xBC\x89\xEF\xBC\x8A"
                      "3"),
        "9");
}

TEST(Expression, RefusesEverythingElse)
{
    EXPECT_EQ(valueOf("2 ** 3"), notPlain);
    EXPECT_EQ(valueOf("2 ^ 3"), notPlain);
    EXPECT_EQ(valueOf("7 // 2"), notPlain);
    EXPECT_EQ(valueOf("2(3)"), notPlain);
    EXPECT_EQ(valueOf("2 3"), notPlain);
    EXPECT_EQ(valueOf("a + 1"), notPlain);
    EXPECT_EQ(valueOf("5kg + 1"), notPlain);
    EXPECT_EQ(valueOf("sqrt(4)"), notPlain);
    EXPECT_EQ(valueOf("4!"), notPlain);
    EXPECT_EQ(valueOf("80/11 \xE2\x89\x88 7"), notPlain) << "about equal is not equal";
    EXPECT_EQ(valueOf("2 +"), "ends where a number should follow");
    EXPECT_EQ(valueOf("(2 + 3"), "has a parenthesis that is not closed");
    EXPECT_EQ(valueOf(""), "is empty");
    EXPECT_EQ(valueOf("\\frac 1 2"), "has \\frac without {");
}

TEST(Expression, RefusesDivisionByZero)
{
    EXPECT_EQ(valueOf("3 / (2 - 2)"), "divides by zero");
    EXPECT_EQ(valueOf("\\frac{1}{0}"), "divides by zero");
}

TEST(Expression, RefusesNumbersThatDoNotFit)
{
    EXPECT_EQ(valueOf("999999999999999999"), "999999999999999999");
    EXPECT_EQ(valueOf("9999999999999999999"), "has a number in it that is too large");
    EXPECT_EQ(valueOf("999999999999999999 * 999999999999999999"), "has a number in it that is too large");
}

TEST(Expression, BoundsDepthAndLength)
{
    EXPECT_EQ(valueOf(std::string(60, '(') + "1" + std::string(60, ')')), "1");
    EXPECT_EQ(valueOf(std::string(100'000, '(')), "is too long");
    EXPECT_EQ(valueOf(std::string(500, '(') + "1" + std::string(500, ')')), "is nested too deeply");
    EXPECT_EQ(valueOf(std::string(900, '-') + "1"), "has too many signs in a row");
}

TEST(Expression, ListsItsNumbersFromLeftToRight)
{
    const auto parsed = parseStatement(tokenizeExpression("(3 - -8) * 11 = 121"));
    const auto& statement = std::get<Statement>(parsed);
    ASSERT_EQ(statement.sides.size(), 2u);
    const Expression& side = statement.sides[0];
    ASSERT_EQ(side.operands.size(), 3u);
    EXPECT_EQ(side.operands[0].value, (Rational{3, 1}));
    EXPECT_EQ(side.operands[1].value, (Rational{8, 1}));
    EXPECT_TRUE(side.operands[1].negated);
    EXPECT_FALSE(side.operands[2].negated);
    EXPECT_TRUE(side.hasOperator);
    EXPECT_FALSE(statement.sides[1].hasOperator);
}

TEST(Expression, SplitsAChainAtCommasSemicolonsAndLineEnds)
{
    const auto parsed = parseChain(tokenizeExpression("8 - 3 = 5 , 5 + 11 = 16\n\n1;2"));
    EXPECT_EQ(std::get<std::vector<Statement>>(parsed).size(), 4u);
    EXPECT_EQ(std::get<ExpressionError>(parseChain(tokenizeExpression(" , \n"))).message, "is empty");
}

} // namespace
} // namespace ahascope::reward
