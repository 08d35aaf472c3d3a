// The verifiers against data that other people wrote and graded; skipped where the data are absent.
#include <fstream>
#include <map>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/reward/verify.h"
#include "core/reward/verify_integer.h"

namespace ahascope::reward {
namespace {

std::vector<nlohmann::json> rowsOf(const std::string& file)
{
    std::ifstream lines(std::string(AHASCOPE_SOURCE_DIR) + "/../shared/data/" + file);
    std::vector<nlohmann::json> rows;
    for (std::string line; std::getline(lines, line);) {
        rows.push_back(nlohmann::json::parse(line));
    }
    return rows;
}

Reference countdownReference(const nlohmann::json& row)
{
    return readReference(
        AnswerKind::Countdown, "", {{"numbers", row.at("numbers").dump()}, {"target", row.at("target").dump()}});
}

TEST(RealAnswers, EveryGoldExpressionOfCountdownMakesItsTarget)
{
    std::size_t checked = 0;
    for (const char* file : {"countdown_train_2k", "countdown_val", "countdown_test"}) {
        for (const auto& row : rowsOf("countdown/" + std::string(file) + ".jsonl")) {
            const std::string gold = row.at("gold_expr");
            const Verification found = verifyAnswer(countdownReference(row), gold);
            EXPECT_EQ(found.equal, true) << row.at("id") << ": " << gold << ": " << found.reason;
            ++checked;
        }
    }
    if (checked == 0) {
        GTEST_SKIP() << "no countdown data beside the project";
    }
    EXPECT_EQ(checked, 2700u);
}

TEST(RealAnswers, EverySolutionOfGsm8kStatesItsAnswer)
{
    std::size_t checked = 0;
    for (const char* file : {"math/gsm8k_train.jsonl", "math/gsm8k_test.jsonl"}) {
        for (const auto& row : rowsOf(file)) {
            const std::string gold = row.at("answer");
            const std::string solution = row.at("solution");
            EXPECT_EQ(verifyInteger(gold, solution).equal, true) << row.at("id") << ": " << gold;
            ++checked;
        }
    }
    if (checked == 0) {
        GTEST_SKIP() << "no GSM8K data beside the project";
    }
    EXPECT_EQ(checked, 8792u);
}

// Their grader takes ASCII operators and no "= value" only, so that it refuses some answers that we accept; never the
// other way round.
TEST(RealAnswers, AgreesWithTheVerdictsOnARealRun)
{
    std::vector<nlohmann::json> problems = rowsOf("countdown/countdown_test.jsonl");
    if (problems.empty()) {
        GTEST_SKIP() << "no countdown data beside the project";
    }
    std::map<std::string, Reference> references;
    for (const auto& row : problems) {
        references[row.at("id")] = countdownReference(row);
    }
    for (const char* file : {"traces/countdown_before_grpo.jsonl", "traces/countdown_after_grpo.jsonl"}) {
        for (const auto& row : rowsOf(file)) {
            const std::string response = row.at("response");
            const text::ParsedCompletion parsed = text::parseCompletion(response);
            const Reference& reference = references.at(row.at("id"));
            const bool ours = parsed.answer && verifyAnswer(reference, parsed.answer->of(parsed.text)).equal.value();
            const bool theirs = row.at("correct");
            const bool syntax = row.at("error").is_string() && row.at("error") == "invalid_expression";
            if (!syntax) {
                EXPECT_EQ(ours, theirs) << file << " " << row.at("id") << " " << row.at("error");
            }
        }
    }
}

} // namespace
} // namespace ahascope::reward
