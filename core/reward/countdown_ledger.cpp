#include "core/reward/countdown_ledger.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "core/reward/expression_form.h"

namespace ahascope::reward {

namespace {

class Ledger {
public:
    explicit Ledger(const CountdownProblem& problem) : m_problem(problem)
    {
        for (const std::int64_t number : problem.numbers) {
            m_atHand.push_back({{number, 1}, numberForm({number, 1}), true});
        }
    }

    CountdownFinding follow(std::span<const Statement> chain)
    {
        std::optional<Available> result;
        for (const Statement& statement : chain) {
            const Rational value = statement.sides.front().value;
            for (const Expression& side : statement.sides) {
                if (side.value != value) {
                    return wrong(
                        "has an equation that does not hold: " + toString(value) + " is not " + toString(side.value));
                }
            }
            const Expression& working = workingSide(statement);
            if (result && !working.hasOperator && value == result->value) {
                continue; // says the result once more
            }
            if (result) {
                m_atHand.push_back(std::move(*result));
            }
            std::vector<Form> operands;
            for (const Operand& operand : working.operands) {
                auto form = take(operand);
                if (!form) {
                    return wrong(whyNotAtHand(operand));
                }
                operands.push_back(std::move(*form));
            }
            result = Available{value, formOf(working, operands), false};
        }
        return conclude(result.value_or(Available{}));
    }

private:
    struct Available {
        Rational value;
        Form form;
        bool given = false;
    };

    static CountdownFinding wrong(std::string reason) { return {false, false, std::move(reason), {}}; }

    // "36 = 79 - 60 + 17" works on its second side.
    static const Expression& workingSide(const Statement& statement)
    {
        const auto found = std::find_if(
            statement.sides.begin(), statement.sides.end(), [](const Expression& side) { return side.hasOperator; });
        return found == statement.sides.end() ? statement.sides.front() : *found;
    }

    std::optional<Form> remove(Rational value)
    {
        const auto found = std::find_if(
            m_atHand.begin(), m_atHand.end(), [&](const Available& available) { return available.value == value; });
        if (found == m_atHand.end()) {
            return std::nullopt;
        }
        Form form = std::move(found->form);
        m_atHand.erase(found);
        return form;
    }

    // "-5" is a step's result -5, or the number 5 with a sign before it.
    std::optional<Form> take(const Operand& operand)
    {
        if (operand.negated) {
            if (auto form = remove({-operand.value.numerator, operand.value.denominator})) {
                return negated(std::move(*form)); // the sign will negate it again
            }
        }
        return remove(operand.value);
    }

    std::string whyNotAtHand(const Operand& operand) const
    {
        const bool given = operand.value.denominator == 1
            && std::find(m_problem.numbers.begin(), m_problem.numbers.end(), operand.value.numerator)
                != m_problem.numbers.end();
        return given ? "uses " + toString(operand.value) + " more often than it is given"
                     : "uses " + toString(operand.value) + ", which is not given";
    }

    CountdownFinding conclude(const Available& result)
    {
        if (m_problem.use == NumberUse::ExactlyOnce && !m_atHand.empty()) {
            const Available& left = m_atHand.front();
            return wrong((left.given ? "does not use " : "does not use the result ") + toString(left.value));
        }
        const bool equal = result.value == Rational{m_problem.target, 1};
        const std::string target = std::to_string(m_problem.target);
        std::string reason = "makes " + (equal ? target : toString(result.value) + ", not " + target);
        return {equal, true, std::move(reason), toString(result.form)};
    }

    const CountdownProblem& m_problem;
    std::vector<Available> m_atHand;
};

} // namespace

CountdownFinding followSteps(const CountdownProblem& problem, std::span<const Statement> chain)
{
    return Ledger(problem).follow(chain);
}

} // namespace ahascope::reward
