// Every model under QAbstractItemModelTester, and what its cells say.
#include <gtest/gtest.h>

#include <QAbstractItemModelTester>

#include "tests/ui/support/synthetic_run.h"
#include "tests/ui/support/waiting.h"
#include "ui/models/chart_catalogue.h"
#include "ui/models/current_run.h"
#include "ui/models/diff_model.h"
#include "ui/models/experiment_document.h"
#include "ui/models/log_model.h"
#include "ui/models/models_model.h"
#include "ui/models/paired_problems.h"
#include "ui/models/rules_model.h"
#include "ui/models/runs_model.h"
#include "ui/models/samples_model.h"
#include "ui/models/store_access.h"
#include "ui/panes/rescore_view.h"

namespace ahascope::ui {

namespace {

using Tester = QAbstractItemModelTester;
constexpr auto fatal = Tester::FailureReportingMode::Fatal;

std::string cell(const QAbstractItemModel& model, int row, int column)
{
    return model.index(row, column).data(Qt::DisplayRole).toString().toStdString();
}

const SyntheticRun small{.steps = 6, .planned = 6, .evaluateEvery = 3, .prompts = 2, .generations = 4, .heldOut = 5};

} // namespace

TEST(ModelsModel, ShowsWhatEachModelIsAndFitsFor)
{
    ReadJobs jobs;
    ModelsModel model(jobs);
    const Tester tester(&model, fatal);
    pipeline::ModelListing large;
    large.path = "/models/large";
    large.name = "large";
    large.family = "qwen2";
    large.parameters = 494'032'768;
    large.context = 32'768;
    large.vocabulary = 151'936;
    large.dtype = "BF16";
    large.bytes = 988'065'536;
    large.chatTemplate = true;
    large.needs = {.inference = 3'000, .lora = 5'000, .training = 9'000};
    pipeline::ModelListing broken;
    broken.path = "/models/broken";
    broken.name = "broken";
    broken.problem = "no tokenizer.json";
    model.show({large, broken}, 6'000);
    std::string row;
    for (int column = 0; column < ModelsModel::ColumnCount; ++column)
        row += cell(model, 0, column) + "|";
    EXPECT_EQ(row, "large|qwen2|494M|BF16|942 MB|32768|151936|yes|—|LoRA|");
    EXPECT_EQ(cell(model, 1, ModelsModel::Parameters), "—");
    EXPECT_EQ(cell(model, 1, ModelsModel::Fits), "not usable");
    EXPECT_EQ(model.index(1, 0).data(Qt::ToolTipRole).toString(), QStringLiteral("no tokenizer.json"));
    model.show({large}, 9'000);
    EXPECT_EQ(cell(model, 0, ModelsModel::Fits), "training");
    model.show({large}, 3'000);
    EXPECT_EQ(cell(model, 0, ModelsModel::Fits), "inference");
    model.show({large}, 2'999);
    EXPECT_EQ(cell(model, 0, ModelsModel::Fits), "too large");
}

TEST(RunsModel, ShowsWhatEachRunReached)
{
    const TemporaryStore folder;
    writeSyntheticRun(folder.path(), small);
    StoreAccess store(folder.path());
    RunsModel model(store);
    const Tester tester(&model, fatal);
    model.refresh();
    ASSERT_TRUE(eventually([&] { return model.rowCount() == 1; }));
    EXPECT_EQ(cell(model, 0, RunsModel::Number), "1");
    EXPECT_EQ(cell(model, 0, RunsModel::Name), "r1-zero-countdown");
    EXPECT_EQ(cell(model, 0, RunsModel::State), "finished");
    EXPECT_EQ(cell(model, 0, RunsModel::Step), "6 / 6");
    EXPECT_TRUE(QString::fromStdString(cell(model, 0, RunsModel::Accuracy)).contains(QStringLiteral(" → ")));
    EXPECT_EQ(model.index(0, RunsModel::Curve).data(RunsModel::CurveRole).value<QList<double>>().size(), 3);
}

TEST(RunsModel, StoresNotesTagsAndNames)
{
    const TemporaryStore folder;
    writeSyntheticRun(folder.path(), small);
    StoreAccess store(folder.path());
    RunsModel model(store);
    model.refresh();
    ASSERT_TRUE(eventually([&] { return model.rowCount() == 1; }));
    EXPECT_TRUE(model.setData(model.index(0, RunsModel::Notes), QStringLiteral("first\nlook"), Qt::EditRole));
    EXPECT_TRUE(model.setData(model.index(0, RunsModel::Tags), QStringLiteral("good, , seed 1"), Qt::EditRole));
    EXPECT_TRUE(model.setData(model.index(0, RunsModel::Name), QStringLiteral("baseline"), Qt::EditRole));
    EXPECT_FALSE(model.setData(model.index(0, RunsModel::State), QStringLiteral("finished"), Qt::EditRole));
    ASSERT_TRUE(eventually([&] { return cell(model, 0, RunsModel::Name) == "baseline"; }));
    EXPECT_EQ(cell(model, 0, RunsModel::Notes), "first look");
    EXPECT_EQ(cell(model, 0, RunsModel::Tags), "good, seed 1");
}

TEST(SamplesModel, ListsEveryCompletionOfTheRun)
{
    const TemporaryStore folder;
    const std::int64_t run = writeSyntheticRun(folder.path(), small);
    StoreAccess store(folder.path());
    SamplesModel model(store);
    const Tester tester(&model, fatal);
    model.show(run, {});
    // 6 rollouts of 8, evaluations of 20 at steps 0, 3 and 6
    ASSERT_TRUE(eventually([&] { return model.rowCount() == 6 * 8 + 3 * 20; }));
    ASSERT_TRUE(eventually([&] { return !cell(model, 0, SamplesModel::Question).empty(); }));
    EXPECT_EQ(cell(model, 0, SamplesModel::Step), "0");
    EXPECT_EQ(cell(model, 0, SamplesModel::Kind), "eval");
    EXPECT_EQ(cell(model, 0, SamplesModel::Advantage), "—");
    ASSERT_TRUE(eventually([&] { return !cell(model, 107, SamplesModel::Question).empty(); }));
}

TEST(SamplesModel, FiltersAndSortsInTheStore)
{
    const TemporaryStore folder;
    const std::int64_t run = writeSyntheticRun(folder.path(), small);
    StoreAccess store(folder.path());
    SamplesModel model(store);
    store::SampleQuery query;
    query.kind = store::SampleKind::Rollout;
    query.firstGlobalStep = query.lastGlobalStep = 4;
    model.show(run, query);
    ASSERT_TRUE(eventually([&] {
        return model.rowCount() == 8 && model.rowAt(0) == nullptr ? !cell(model, 0, 0).empty() : model.rowCount() == 8;
    }));
    model.sort(SamplesModel::Length, Qt::DescendingOrder);
    ASSERT_TRUE(eventually([&] { return !model.isLoading() && !cell(model, 7, SamplesModel::Length).empty(); }));
    for (int row = 1; row < 8; ++row)
        EXPECT_GE(
            std::stoi(cell(model, row - 1, SamplesModel::Length)), std::stoi(cell(model, row, SamplesModel::Length)));
    EXPECT_FALSE(SamplesModel::sortOf(SamplesModel::Question));
}

TEST(SamplesModel, GrowsWithoutLosingItsPlace)
{
    const TemporaryStore folder;
    const std::int64_t run = writeSyntheticRun(folder.path(), small);
    StoreAccess store(folder.path());
    SamplesModel model(store);
    const Tester tester(&model, fatal);
    model.show(run, {});
    ASSERT_TRUE(eventually([&] { return model.rowCount() == 108; }));
    const auto id = model.idAt(50);
    model.refresh();
    ASSERT_TRUE(eventually([&] { return !model.isLoading(); }));
    EXPECT_EQ(model.rowOf(*id), 50);
    EXPECT_EQ(model.idAt(200), std::nullopt);
}

TEST(CurrentRun, ReadsCurvesAndStagesOfTheRunThatIsOpened)
{
    const TemporaryStore folder;
    const std::int64_t run = writeSyntheticRun(folder.path(), small);
    StoreAccess store(folder.path());
    CurrentRun current(store);
    current.open(run);
    ASSERT_TRUE(eventually([&] { return current.isKnown() && !current.series("reward").isEmpty(); }));
    EXPECT_EQ(current.series("reward").size(), 6);
    EXPECT_EQ(current.series("eval/pass@1").size(), 3);
    EXPECT_TRUE(current.atStart("eval/pass@1"));
    EXPECT_FALSE(current.atStart("reward")); // training begins with step 1
    EXPECT_TRUE(current.series("kl").isEmpty());
    ASSERT_EQ(current.stages().size(), 1U);
    EXPECT_EQ(current.stages()[0].steps, 6);
    current.open(0);
    EXPECT_TRUE(current.series("reward").isEmpty());
}

TEST(LogModel, KeepsOrderAndShowsADashWithoutAStep)
{
    LogModel model;
    const Tester tester(&model, fatal);
    model.add(LogLine{0, -1, false, QStringLiteral("window opened")});
    model.add({LogLine{0, 7, true, QStringLiteral("gradient was not finite")},
        LogLine{0, 8, false, QStringLiteral("checkpoint saved")}});
    EXPECT_EQ(model.rowCount(), 3);
    EXPECT_EQ(cell(model, 0, LogModel::Step), "—");
    EXPECT_EQ(cell(model, 1, LogModel::Level), "warning");
    EXPECT_TRUE(model.allText().contains(QStringLiteral("8\tinfo\tcheckpoint saved")));
}

TEST(LogModel, DropsTheOldestLinesWhenThereAreTooMany)
{
    LogModel model;
    const Tester tester(&model, fatal);
    QList<LogLine> lines(20'001, LogLine{0, 1, false, QStringLiteral("x")});
    lines.last().text = QStringLiteral("newest");
    model.add(lines);
    EXPECT_EQ(model.rowCount(), 18'000);
    EXPECT_EQ(cell(model, model.rowCount() - 1, LogModel::Text), "newest");
}

TEST(RulesModel, EditsTheExperimentAndCanBeUndone)
{
    ReadJobs jobs;
    ExperimentDocument document(jobs);
    document.take(syntheticExperiment({}));
    RulesModel model(document);
    const Tester tester(&model, fatal);
    EXPECT_EQ(model.rowCount(), 2);
    EXPECT_TRUE(model.setData(model.index(1, RulesModel::Weight), QStringLiteral("0.5"), Qt::EditRole));
    EXPECT_EQ(document.experiment().rules[1].weight, 0.5);
    EXPECT_FALSE(model.setData(model.index(1, RulesModel::Weight), QStringLiteral("half"), Qt::EditRole));
    model.add("format");
    EXPECT_EQ(cell(model, 2, RulesModel::Name), "format-2");
    model.move(2, 0);
    EXPECT_EQ(cell(model, 0, RulesModel::Name), "format-2");
    model.remove(0);
    EXPECT_EQ(model.rowCount(), 2);
    document.undoStack().undo();
    document.undoStack().undo();
    document.undoStack().undo();
    document.undoStack().undo();
    EXPECT_EQ(document.experiment(), syntheticExperiment({}));
}

TEST(PairedProblems, SortsProblemsByWhoSolvedThem)
{
    const auto outcome = [](std::uint64_t problem, int correct) {
        return store::ProblemOutcome{
            .problem = problem, .question = "q" + std::to_string(problem), .samples = 4, .correct = correct};
    };
    const PairedResult result
        = pairOutcomes({outcome(1, 4), outcome(2, 0), outcome(3, 3), outcome(4, 1), outcome(9, 4)},
            {outcome(1, 2), outcome(2, 4), outcome(3, 0), outcome(4, 1), outcome(8, 4)});
    EXPECT_EQ(result.table, (analysis::PairedTable{.both = 1, .onlyFirst = 1, .onlySecond = 1, .neither = 1}));
    EXPECT_EQ(result.onlyInA, 1);
    EXPECT_EQ(result.onlyInB, 1);
    EXPECT_DOUBLE_EQ(result.pValue, 1.0);
    PairedModel model;
    const Tester tester(&model, fatal);
    model.show(result.problems, PairedCell::OnlyB);
    ASSERT_EQ(model.rowCount(), 1);
    EXPECT_EQ(cell(model, 0, PairedModel::Question), "q2");
    EXPECT_EQ(cell(model, 0, PairedModel::SolvedA), "0 of 4");
    EXPECT_EQ(cell(model, 0, PairedModel::SolvedB), "4 of 4");
}

TEST(DiffModel, AddsUnitsToValuesButNotToMissingOnes)
{
    DiffModel model;
    const Tester tester(&model, fatal);
    model.show({{"stage.reasoning.max_completion_length", "288", "—", "tokens"}});
    EXPECT_EQ(cell(model, 0, DiffModel::A), "288 tokens");
    EXPECT_EQ(cell(model, 0, DiffModel::B), "—");
}

TEST(RescoreModel, PutsChangedRewardsFirst)
{
    RescoreModel model;
    const Tester tester(&model, fatal);
    model.setSamples({{.id = 1, .before = 1.0, .after = 1.0},
        {.id = 2, .before = 2.0, .after = 1.0, .correctBefore = true, .reason = "format: off"}});
    EXPECT_EQ(model.idAt(0), 2);
    EXPECT_EQ(cell(model, 0, RescoreModel::After), "→ 1");
    EXPECT_EQ(cell(model, 0, RescoreModel::Verdict), "✓ → ✗");
}

TEST(ChartCatalogue, GivesRulesAndHeldOutSetsCurvesOfTheirOwn)
{
    const std::vector<ChartSpec> charts = chartCatalogue({"reward", "rewards/accuracy/mean", "rewards/my-rule/mean",
        "rewards/accuracy/std", "eval/pass@1", "eval/maj@4", "eval/hard/pass@1"});
    std::string curves;
    for (const ChartSpec& chart : charts)
        if (chart.id == QLatin1String("reward") || chart.id == QLatin1String("held-out"))
            for (const CurveSpec& curve : chart.curves)
                curves += curve.name.toStdString() + ", ";
    EXPECT_EQ(curves, "pass@1, majority of 4, hard, reward, accuracy, my-rule, ");
}

} // namespace ahascope::ui
