// What the corpora call a right answer is what the rules of the shipped experiments reward.
#include <filesystem>

#include <gtest/gtest.h>

#include "core/config/toml.h"
#include "core/data/corpus.h"
#include "core/reward/recipe.h"

namespace ahascope::config {

namespace {

struct Graded {
    int texts = 0;
    int correct = 0;
    int lenient = 0;
};

// Writes texts of the corpus of a pre-training experiment and scores each with the experiment's own rules.
Graded gradeCorpus(const std::string& name)
{
    const auto file = std::filesystem::path(AHASCOPE_SOURCE_DIR) / "resources" / "experiments" / (name + ".toml");
    const Experiment experiment = loadExperiment(file);
    const DataSource& source = experiment.data.train;
    const auto task = data::findTaskType(source.task)->make(source.options, source.corpus);
    const data::Corpus corpus(task, data::Split::Train, experiment.data.heldOut, 1);
    std::vector<reward::RuleSpec> specs;
    for (const Rule& rule : experiment.rules) {
        specs.push_back({rule.type, rule.name, rule.weight, rule.options});
    }
    const reward::Recipe recipe(specs, {}, name);
    Graded graded;
    for (std::uint64_t i = 0; i < 3000; ++i) {
        const data::CorpusText text = corpus.text(i);
        reward::Candidate candidate;
        candidate.completion = text.completion;
        candidate.answer = text.row.answer;
        candidate.columns = &text.row.columns;
        const reward::Scored scored = recipe.scoreGroup(std::span(&candidate, 1)).front();
        EXPECT_EQ(scored.correct, text.correct && text.format != "none") << text.row.question << text.completion;
        EXPECT_EQ(scored.correctLenient, text.correct) << text.row.question << text.completion;
        EXPECT_EQ(scored.parsed.wellFormed, text.format == "full") << text.completion;
        EXPECT_FALSE(scored.ungraded);
        ++graded.texts;
        graded.correct += scored.correct.value_or(false) ? 1 : 0;
        graded.lenient += scored.correctLenient.value_or(false) ? 1 : 0;
    }
    return graded;
}

} // namespace

TEST(CorpusGrading, RewardsTheRightAnswersOfTheCountdownCorpus)
{
    const Graded graded = gradeCorpus("pretrain-countdown");
    // Room to learn: some, but few, of the texts are right.
    EXPECT_GT(graded.correct, graded.texts / 10);
    EXPECT_LT(graded.correct, graded.texts / 4);
}

TEST(CorpusGrading, RewardsTheRightAnswersOfTheRunningSumCorpus)
{
    const Graded graded = gradeCorpus("pretrain-running-sum");
    EXPECT_GT(graded.correct, graded.texts / 10);
    EXPECT_LT(graded.correct, graded.texts * 3 / 10);
}

} // namespace ahascope::config
