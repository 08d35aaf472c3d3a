// Arithmetic with + - * / and parentheses over exact fractions, and chains of steps: "8 - 3 = 5 , 5 + 11 = 16".
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "core/reward/expression_tokens.h"

namespace ahascope::reward {

// A number as it stands in an expression.
struct Operand {
    Rational value;
    bool negated = false; // a minus sign stands before it that is not a subtraction
};

// One step of an expression in postfix order. Take puts the next operand on the stack; a sign before a number is a
// Negate of it.
enum class Operation { Take, Negate, Add, Subtract, Multiply, Divide };

struct Expression {
    Rational value;
    std::vector<Operand> operands; // from left to right
    std::vector<Operation> postfix;
    bool hasOperator = false; // + - * / between two operands
};

// Sides with = between them; one side when there is no =.
struct Statement {
    std::vector<Expression> sides;
    text::Span at; // bytes, as the tokens have them
};

// What is wrong, in words that follow "the answer": "divides by zero".
struct ExpressionError {
    std::string message;
};

constexpr std::size_t mostExpressionTokens = 1024;
constexpr std::size_t deepestExpression = 64; // nested parentheses and signs

// The sides of one statement. All tokens must belong to it.
std::variant<Statement, ExpressionError> parseStatement(std::span<const Token> tokens);

// Statements with separators between them; empty ones are skipped, at least one must be there.
std::variant<std::vector<Statement>, ExpressionError> parseChain(std::span<const Token> tokens);

} // namespace ahascope::reward
