#include "core/config/validate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/core/config/sample_experiment.h"
#include "tests/core/config/temporary_folder.h"

namespace ahascope::config {

using ::testing::HasSubstr;

namespace {

std::string problemsOf(const Experiment& experiment)
{
    std::string all;
    for (const Problem& problem : validate(experiment)) {
        all += toString(problem) + '\n';
    }
    return all;
}

GrpoStage& grpoOf(Experiment& experiment)
{
    return std::get<GrpoStage>(experiment.stages[0].options);
}

} // namespace

TEST(Validate, FindsNothingWrongWithASoundExperiment)
{
    EXPECT_EQ(problemsOf(parsed(sampleToml)), "");
}

TEST(Validate, ListsTheDivisorsWhenUpdatesDoNotDivideTheRollout)
{
    Experiment experiment = parsed(sampleToml);
    grpoOf(experiment).numPrompts = 12;
    grpoOf(experiment).updatesPerRollout = 5;
    EXPECT_EQ(problemsOf(experiment),
        "stage.0.updates_per_rollout: 5 does not divide num_prompts = 12 (choose one of 1, 2, 3, 4, 6, 12)\n");
}

TEST(Validate, RefusesAGroupOfOne)
{
    Experiment experiment = parsed(sampleToml);
    grpoOf(experiment).numGenerations = 1;
    EXPECT_THAT(
        problemsOf(experiment), HasSubstr("stage.0.num_generations: 1 is out of range (choose 2 .. 4096 completions)"));
}

TEST(Validate, WantsOneAdapterOfModulesThatExistUponAModelThatDoes)
{
    Experiment experiment = parsed(sampleToml);
    experiment.model.lora.emplace();
    grpoOf(experiment).refModelSyncSteps = 0;
    EXPECT_EQ(problemsOf(experiment), "");
    experiment.model.lora->targetModules = "q_proj, k_porj";
    EXPECT_EQ(problemsOf(experiment),
        "model.lora.target_modules: there is no module \"k_porj\" (did you mean \"k_proj\"?)\n");
    experiment.model.lora->targetModules = "q_proj,v_proj";
    grpoOf(experiment).refModelSyncSteps = 10;
    EXPECT_THAT(problemsOf(experiment), HasSubstr("stage.0.ref_model_sync_steps: the reference of an adapter"));
    grpoOf(experiment).refModelSyncSteps = 0;
    experiment.model.adapter = "/adapter";
    EXPECT_THAT(problemsOf(experiment), HasSubstr("model.adapter: there are both"));
    experiment.model.adapter.clear();
    experiment.model.path.clear();
    experiment.model.create.emplace();
    experiment.model.create->maxPositions = 4096;
    EXPECT_THAT(problemsOf(experiment), HasSubstr("model.lora: a new model has nothing yet to adapt"));
}

TEST(Validate, WantsExactlyOneModel)
{
    Experiment experiment = parsed(sampleToml);
    experiment.model.create.emplace();
    experiment.model.create->maxPositions = 4096;
    EXPECT_THAT(problemsOf(experiment), HasSubstr("model.path: there are both"));
    experiment.model.path.clear();
    EXPECT_EQ(problemsOf(experiment), "");
    experiment.model.create.reset();
    EXPECT_THAT(problemsOf(experiment), HasSubstr("model.path: there is no model"));
}

TEST(Validate, ChecksTheShapeOfANewModel)
{
    Experiment experiment = parsed(sampleToml);
    experiment.model.path.clear();
    experiment.model.create = NewModel{.heads = 6, .kvHeads = 4, .headDim = 33};
    EXPECT_THAT(problemsOf(experiment), HasSubstr("model.new.kv_heads: 4 does not divide heads = 6"));
    EXPECT_THAT(problemsOf(experiment), HasSubstr("model.new.head_dim: is odd"));
    EXPECT_THAT(problemsOf(experiment), HasSubstr("stage.0.max_completion_length: 512 tokens and a prompt do not fit"));
    experiment.model.create = NewModel{.family = "llama", .slidingWindow = 8};
    EXPECT_THAT(problemsOf(experiment), HasSubstr("model.new.sliding_window: a llama sees everything"));
    experiment.model.create->family = "mistral";
    EXPECT_THAT(problemsOf(experiment), testing::Not(HasSubstr("sliding_window")));
}

TEST(Validate, KeepsHeldOutProblemsOutOfTraining)
{
    Experiment experiment = parsed(sampleToml);
    experiment.data.train.split = "held_out";
    EXPECT_THAT(problemsOf(experiment), HasSubstr("data.train.split: held-out problems must not be trained on"));
    experiment.data.train.split = "auto";
    experiment.stages[0].options = SftStage{.data = "eval"};
    EXPECT_THAT(problemsOf(experiment), HasSubstr("stage.0.data: the set \"eval\" is held out"));
    experiment.data.eval[0].source.split = "train";
    EXPECT_EQ(problemsOf(experiment), "");
    experiment.stages[0].options = SftStage{.data = "evil"};
    EXPECT_THAT(problemsOf(experiment), HasSubstr("there is no set \"evil\" (did you mean \"eval\"?)"));
}

TEST(Validate, WantsNamesThatAreUniqueAndFitMetrics)
{
    Experiment experiment = parsed(sampleToml);
    experiment.rules[1].name = "accuracy";
    EXPECT_THAT(problemsOf(experiment), HasSubstr("rule.1.name: another one is called \"accuracy\" too"));
    experiment.rules[1].name = "a/b";
    EXPECT_THAT(problemsOf(experiment), HasSubstr("rule.1.name: \"a/b\" cannot be a name"));
    experiment = parsed(sampleToml);
    experiment.data.eval[0].name = "train set";
    EXPECT_THAT(problemsOf(experiment), HasSubstr("cannot be the name of a set"));
    experiment = parsed(sampleToml);
    experiment.name = "17";
    EXPECT_THAT(problemsOf(experiment), HasSubstr("name: is a number"));
}

TEST(Validate, WantsSomethingToDoAndToReward)
{
    Experiment experiment = parsed(sampleToml);
    for (Rule& rule : experiment.rules) {
        rule.weight = 0;
    }
    EXPECT_THAT(problemsOf(experiment), HasSubstr("rule: no rule has a weight"));
    experiment.stages.clear();
    EXPECT_THAT(problemsOf(experiment), HasSubstr("stage: there is no stage"));
}

TEST(Validate, LetsAStageBeginOnlyWithWhatCameBefore)
{
    Experiment experiment = parsed(sampleToml);
    experiment.stages[0].init = "reasoning";
    EXPECT_THAT(problemsOf(experiment), HasSubstr("stage.0.init: \"reasoning\" is no earlier stage"));
    experiment.stages.push_back(experiment.stages[0]);
    experiment.stages[0].init = "base";
    experiment.stages[1].name = "more";
    EXPECT_EQ(problemsOf(experiment), "");
}

TEST(Validate, ChecksWhatGoesAcrossTheFieldsOfAStage)
{
    Experiment experiment = parsed(sampleToml);
    grpoOf(experiment).delta = 1.1;
    grpoOf(experiment).entropyCoefMin = 2;
    grpoOf(experiment).optimization.warmupSteps = 21;
    grpoOf(experiment).optimization.lrSchedulerType = "cosine_with_min_lr";
    grpoOf(experiment).optimization.minLr = 1;
    const std::string all = problemsOf(experiment);
    EXPECT_THAT(all, HasSubstr("stage.0.delta: is not above 1 + epsilon_high = 1.2"));
    EXPECT_THAT(all, HasSubstr("stage.0.entropy_coef_min: is above"));
    EXPECT_THAT(all, HasSubstr("stage.0.warmup_steps: is more than steps = 20"));
    EXPECT_THAT(all, HasSubstr("stage.0.min_lr: is above learning_rate"));
}

TEST(Validate, ChecksTasksAndPatterns)
{
    Experiment experiment = parsed(sampleToml);
    experiment.data.train.options = {{"lowest", std::int64_t{40}}};
    EXPECT_THAT(problemsOf(experiment), HasSubstr("data.train.highest: is below lowest = 40"));
    experiment.data.train = DataSource{};
    EXPECT_THAT(problemsOf(experiment), HasSubstr("data.train.path: there is neither a task nor a file"));
    experiment.data.train.path = "/x.jsonl";
    experiment.data.train.answerPattern = "(";
    EXPECT_THAT(problemsOf(experiment), HasSubstr("data.train.answer_pattern: \"(\" is not a regular expression"));
    experiment.data.train.task = "countdown";
    EXPECT_THAT(problemsOf(experiment), HasSubstr("data.train.path: there are both a task and a file"));
}

TEST(Validate, ChecksTheDevice)
{
    Experiment experiment = parsed(sampleToml);
    for (const char* device : {"auto", "cpu", "cuda", "cuda:1"}) {
        experiment.device = device;
        EXPECT_EQ(problemsOf(experiment), "");
    }
    for (const char* device : {"", "gpu", "cuda:", "cuda:x", "cuda:-1"}) {
        experiment.device = device;
        EXPECT_THAT(problemsOf(experiment), HasSubstr("is no device"));
    }
}

TEST(MissingFiles, NamesWhatIsNotThere)
{
    const TemporaryFolder folder;
    Experiment experiment = parsed(sampleToml);
    experiment.model.path = folder.path() / "model";
    experiment.data.eval[0].source.task.clear();
    experiment.data.eval[0].source.path = folder.path() / "eval.jsonl";
    auto problems = missingFiles(experiment);
    ASSERT_EQ(problems.size(), 2u);
    EXPECT_EQ(problems[0].where, "model.path");
    EXPECT_EQ(problems[1].where, "data.eval.path");
    folder.write("model/config.json", "{}");
    folder.write("eval.jsonl", "{}");
    EXPECT_TRUE(missingFiles(experiment).empty());
}

} // namespace ahascope::config
