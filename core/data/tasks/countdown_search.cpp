#include "core/data/tasks/countdown_search.h"

#include <algorithm>
#include <utility>

namespace ahascope::data {

namespace {

struct Operand {
    std::int64_t value = 0;
    std::string expression;
    bool compound = false;
};

std::string parenthesised(const Operand& operand)
{
    return operand.compound ? "( " + operand.expression + " )" : operand.expression;
}

Equation equationOf(std::int64_t a, char operation, std::int64_t b, std::int64_t largest)
{
    Equation equation{a, operation, b, 0, Outcome::Live};
    if ((operation == '-' || operation == '/') && a < b) {
        std::swap(equation.left, equation.right);
    }
    switch (operation) {
    case '+':
        equation.result = a + b;
        break;
    case '-':
        equation.result = equation.left - equation.right;
        break;
    case '*':
        equation.result = a * b;
        break;
    default:
        if (equation.right == 0 || equation.left % equation.right != 0) {
            equation.outcome = Outcome::Broken;
            return equation;
        }
        equation.result = equation.left / equation.right;
    }
    if (equation.result > largest) {
        equation.outcome = Outcome::TooBig;
    } else if (equation.result < 1) {
        equation.outcome = Outcome::TooSmall;
    }
    return equation;
}

class Search {
public:
    explicit Search(const SearchRules& rules) : m_rules(rules) { }

    void visit(const std::vector<Operand>& operands)
    {
        if (operands.size() == 1) {
            m_tries.push_back({m_steps, operands[0].expression});
            return;
        }
        std::vector<std::pair<std::int64_t, std::int64_t>> seen;
        for (std::size_t i = 0; i < operands.size(); ++i) {
            for (std::size_t j = i + 1; j < operands.size(); ++j) {
                const std::pair<std::int64_t, std::int64_t> pair = std::minmax(operands[i].value, operands[j].value);
                // A result that equals a number is not the same operand: its expression differs.
                const bool plain = !operands[i].compound && !operands[j].compound;
                if (plain && std::find(seen.begin(), seen.end(), pair) != seen.end()) {
                    continue;
                }
                if (plain) {
                    seen.push_back(pair);
                }
                combine(operands, i, j);
            }
        }
    }

    std::vector<Try> take() { return std::move(m_tries); }

private:
    void combine(const std::vector<Operand>& operands, std::size_t i, std::size_t j)
    {
        for (const char operation : m_rules.operations) {
            const Equation equation = equationOf(operands[i].value, operation, operands[j].value, m_rules.largestValue);
            m_steps.push_back(equation);
            if (equation.outcome != Outcome::Live) {
                m_tries.push_back({m_steps, {}});
            } else {
                const bool swapped = equation.left != operands[i].value;
                const Operand& left = operands[swapped ? j : i];
                const Operand& right = operands[swapped ? i : j];
                std::vector<Operand> next{
                    {equation.result, parenthesised(left) + " " + operation + " " + parenthesised(right), true}};
                for (std::size_t k = 0; k < operands.size(); ++k) {
                    if (k != i && k != j) {
                        next.push_back(operands[k]);
                    }
                }
                visit(next);
            }
            m_steps.pop_back();
        }
    }

    const SearchRules& m_rules;
    std::vector<Equation> m_steps;
    std::vector<Try> m_tries;
};

} // namespace

std::vector<Try> allTries(const std::vector<std::int64_t>& numbers, const SearchRules& rules)
{
    std::vector<Operand> operands;
    for (const std::int64_t number : numbers) {
        operands.push_back({number, std::to_string(number), false});
    }
    Search search(rules);
    search.visit(operands);
    return search.take();
}

std::size_t commonSteps(const Try& a, const Try& b)
{
    const std::size_t most = std::min(a.steps.size(), b.steps.size());
    std::size_t common = 0;
    while (common < most && a.steps[common] == b.steps[common]) {
        ++common;
    }
    return common;
}

} // namespace ahascope::data
