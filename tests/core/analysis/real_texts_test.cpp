// The analyses on texts that people and real models wrote; skipped where the data are absent.
#include <fstream>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/analysis/language_mixing.h"
#include "core/analysis/reflections.h"
#include "core/analysis/repetition.h"

namespace ahascope::analysis {
namespace {

std::vector<std::string> texts(const std::string& file, const std::string& field)
{
    std::ifstream lines(std::string(AHASCOPE_SOURCE_DIR) + "/../shared/data/" + file);
    std::vector<std::string> found;
    for (std::string line; std::getline(lines, line);) {
        found.push_back(nlohmann::json::parse(line).at(field));
    }
    return found;
}

struct Tally {
    std::size_t inLanguage = 0;
    std::size_t mixed = 0;
    std::size_t all = 0;
};

Tally tally(const std::string& file, const std::string& field, const std::string& language)
{
    Tally found;
    for (const std::string& text : texts(file, field)) {
        const LanguageUse use = languagesOf(text, "en");
        found.inLanguage += use.main == language ? 1 : 0;
        found.mixed += use.mixed ? 1 : 0;
        ++found.all;
    }
    return found;
}

TEST(RealTexts, ReadsTheLanguageOfTheSameProblemsInThreeLanguages)
{
    const Tally zh = tally("math/mgsm_zh.jsonl", "question", "zh");
    if (zh.all == 0) {
        GTEST_SKIP() << "no MGSM data beside the project";
    }
    const Tally en = tally("math/mgsm_en.jsonl", "question", "en");
    const Tally de = tally("math/mgsm_de.jsonl", "question", "de");
    EXPECT_EQ(zh.inLanguage, zh.all);
    EXPECT_EQ(en.inLanguage, en.all);
    EXPECT_EQ(en.mixed, 0u);
    EXPECT_GE(de.inLanguage * 100, de.all * 97);
}

TEST(RealTexts, FindsTheFamousAhaMomentInEnglishAlone)
{
    const auto famous = texts("traces/famous_samples.jsonl", "text");
    if (famous.size() < 2) {
        GTEST_SKIP() << "no traces beside the project";
    }
    const auto reflections = findReflections(famous[0]);
    ASSERT_EQ(reflections.size(), 4u); // Wait, wait. Wait. ... reevaluate
    EXPECT_EQ(reflections[3].at.of(famous[0]), "reevaluate");
    EXPECT_EQ(languagesOf(famous[0]).mixing, 0.0);
    EXPECT_TRUE(languagesOf(famous[1]).mixed) << "the collapsed run with many languages";
}

TEST(RealTexts, FindsNoSecondLanguageInLongEnglishChains)
{
    const auto chains = texts("traces/rasbt_distill_samples.jsonl", "thinking");
    if (chains.empty()) {
        GTEST_SKIP() << "no traces beside the project";
    }
    for (const std::string& chain : chains) {
        const LanguageUse use = languagesOf(chain);
        EXPECT_EQ(use.otherWords, 0u) << use.spans.size() << " spans in: " << chain.substr(0, 80);
        EXPECT_GT(findReflections(chain).size(), 0u);
        EXPECT_LT(repetition(chain), 0.25);
    }
}

TEST(RealTexts, TellsLoopsFromAnswersByRepetition)
{
    std::ifstream lines(std::string(AHASCOPE_SOURCE_DIR) + "/../shared/data/traces/countdown_before_grpo.jsonl");
    if (!lines) {
        GTEST_SKIP() << "no traces beside the project";
    }
    double cutOff = 0.0;
    double ended = 0.0;
    int cutOffCount = 0;
    int endedCount = 0;
    for (std::string line; std::getline(lines, line);) {
        const auto row = nlohmann::json::parse(line);
        const std::string response = row.at("response");
        const bool truncated = row.at("truncated");
        (truncated ? cutOff : ended) += repetition(response);
        ++(truncated ? cutOffCount : endedCount);
    }
    EXPECT_GT(cutOff / cutOffCount, 0.6) << "nearly all of them run in circles";
    EXPECT_LT(ended / endedCount, 0.15);
}

} // namespace
} // namespace ahascope::analysis
