#include "core/config/toml.h"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/config/diff.h"
#include "tests/core/config/sample_experiment.h"
#include "tests/core/config/temporary_folder.h"

namespace ahascope::config {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Toml, ReadsWhatAnExperimentSays)
{
    const Experiment experiment = parsed(sampleToml);
    EXPECT_EQ(experiment.name, "sample");
    EXPECT_EQ(experiment.model.path, "/work place/models/base");
    EXPECT_FALSE(experiment.model.create);
    EXPECT_EQ(experiment.data.train.task, "countdown");
    ASSERT_EQ(experiment.data.eval.size(), 1u);
    EXPECT_EQ(experiment.data.eval[0].name, "eval");
    EXPECT_EQ(experiment.data.eval[0].source.rows, 100);
    ASSERT_EQ(experiment.rules.size(), 2u);
    EXPECT_EQ(experiment.rules[0].options, (Options{{"kind", std::string("countdown")}}));
    EXPECT_EQ(experiment.rules[1].weight, 0.5);
    ASSERT_EQ(experiment.stages.size(), 1u);
    const auto& grpo = std::get<GrpoStage>(experiment.stages[0].options);
    EXPECT_EQ(experiment.stages[0].steps, 20);
    EXPECT_EQ(grpo.updatesPerRollout, 4);
    EXPECT_EQ(grpo.lossType, "dapo");
    EXPECT_EQ(grpo.optimization.learningRate, 1e-6);
}

TEST(Toml, ReadsAnInlineTable)
{
    const std::string toml = replaced(sampleToml, "path = \"models/base\"",
        "new = { layers = 2, max_positions = 1024, tokenizer = { type = \"bpe\" } }");
    const Experiment experiment = parsed(toml);
    ASSERT_TRUE(experiment.model.create);
    EXPECT_EQ(experiment.model.create->layers, 2);
    EXPECT_EQ(experiment.model.create->tokenizer.type, "bpe");
}

TEST(Toml, KeepsEvaluationSetsInTheOrderOfTheFile)
{
    const Experiment experiment
        = parsed(sampleToml + "[data.zeta]\ntask = \"running_sum\"\n[data.alpha]\ntask = \"countdown\"\nnumbers = 2\n");
    ASSERT_EQ(experiment.data.eval.size(), 3u);
    EXPECT_EQ(experiment.data.eval[1].name, "zeta");
    EXPECT_EQ(experiment.data.eval[2].name, "alpha");
    EXPECT_EQ(experiment.data.eval[2].source.options, (Options{{"numbers", std::int64_t{2}}}));
}

TEST(Toml, NamesAnUnknownKeyItsLineAndTheNearestKnownOne)
{
    EXPECT_EQ(complaints(replaced(sampleToml, "num_prompts", "num_promts")),
        "sample.toml: line 20: stage.0.num_promts: unknown key (did you mean \"num_prompts\"?)\n");
    EXPECT_THAT(complaints(replaced(sampleToml, "weight", "wieght")),
        HasSubstr("line 15: rule.1.wieght: unknown key (did you mean \"weight\"?)"));
    EXPECT_THAT(complaints("checkpoints = 3\n" + sampleToml),
        HasSubstr("line 1: checkpoints: unknown key (did you mean \"checkpoint\"?)"));
    EXPECT_THAT(complaints(replaced(sampleToml, "rows", "rwos")),
        HasSubstr("data.eval.rwos: unknown key (did you mean \"rows\"?)"));
    EXPECT_THAT(complaints(replaced(sampleToml, "[data.train]", "[data]\nheld_uot = 0.2\n[data.train]")),
        HasSubstr("data.held_uot: unknown key (did you mean \"held_out\"?)"));
}

TEST(Toml, RefusesAKeyOfAnotherType)
{
    // epsilon belongs to grpo, answer_pattern to files, kind to accuracy.
    EXPECT_THAT(complaints(replaced(sampleToml, "type = \"grpo\"", "type = \"sft\"")),
        HasSubstr("stage.0.num_prompts: unknown key"));
    EXPECT_THAT(complaints(replaced(sampleToml, "rows = 100", "answer_pattern = \"x\"")),
        HasSubstr("data.eval.answer_pattern: unknown key"));
    EXPECT_THAT(complaints(replaced(sampleToml, "weight = 0.5", "kind = \"countdown\"")),
        HasSubstr("rule.1.kind: unknown key"));
}

TEST(Toml, NamesTheLineOfAValueOfTheWrongKind)
{
    EXPECT_THAT(complaints(replaced(sampleToml, "steps = 20", "steps = \"20\"")),
        HasSubstr("sample.toml: line 19: stage.0.steps: is not a whole number"));
    EXPECT_THAT(complaints(replaced(sampleToml, "steps = 20", "steps = 2.5")), HasSubstr("is not a whole number"));
    EXPECT_THAT(complaints(replaced(sampleToml, "steps = 20", "steps = [20]")), HasSubstr("is not a single value"));
    EXPECT_THAT(
        complaints(replaced(sampleToml, "name = \"sample\"", "name = 7")), HasSubstr("line 2: name: is not a text"));
    EXPECT_THAT(
        complaints(replaced(sampleToml, "[[rule]]\ntype = \"accuracy\"\nkind = \"countdown\"\n[[rule]]", "[rule]")),
        HasSubstr("rule: is not a list of tables (write [[rule]])"));
    EXPECT_THAT(complaints("model = 3\n" + replaced(sampleToml, "[model]\npath = \"models/base\"\n", "")),
        HasSubstr("model: is not a table"));
}

TEST(Toml, TakesAWholeNumberForARealOne)
{
    EXPECT_EQ(parsed(replaced(sampleToml, "weight = 0.5", "weight = 2")).rules[1].weight, 2.0);
}

TEST(Toml, RefusesAValueOutOfRangeOrChoice)
{
    EXPECT_THAT(complaints(sampleToml + "temperature = 0\n"),
        HasSubstr("stage.0.temperature: 0 is out of range (choose 0.01 .. 10)"));
    EXPECT_THAT(
        complaints(sampleToml + "learning_rate = nan\n"), HasSubstr("stage.0.learning_rate: nan is out of range"));
    EXPECT_THAT(complaints(sampleToml + "loss_type = \"dr_grop\"\n"), HasSubstr("did you mean \"dr_grpo\"?"));
    EXPECT_THAT(complaints(replaced(sampleToml, "type = \"grpo\"", "type = \"gpro\"")),
        HasSubstr("stage.0.type: \"gpro\" is not a known type (did you mean \"grpo\"?)"));
    EXPECT_THAT(complaints(replaced(sampleToml, "type = \"format\"\n", "")), HasSubstr("rule.1.type: is missing"));
    EXPECT_THAT(complaints(replaced(sampleToml, "task = \"countdown\"", "task = \"countdwon\"")),
        HasSubstr("line 6: data.train.task: \"countdwon\" is not one of its choices (did you mean \"countdown\"?"));
}

TEST(Toml, NamesTheLineOfASyntaxError)
{
    EXPECT_THAT(complaints("name = \"a\"\nseed = = 3\n"), HasSubstr("sample.toml: line 2: "));
}

TEST(Toml, RefusesANewerVersion)
{
    EXPECT_EQ(complaints(replaced(sampleToml, "schema_version = 1", "schema_version = 2")),
        "sample.toml: line 1: schema_version: 2 is newer than this program, which reads up to 1 (use a newer "
        "Ahascope)\n");
    EXPECT_THAT(complaints(replaced(sampleToml, "schema_version = 1", "schema_version = \"1\"")),
        HasSubstr("is not a version"));
}

TEST(Toml, RefusesAFileThatWouldExhaustTheParser)
{
    std::string key = "a";
    for (int i = 0; i < 100'000; ++i) {
        key += ".a";
    }
    EXPECT_THAT(complaints(key + " = 1\n"), HasSubstr("a key has more than 256 parts"));
    EXPECT_THAT(complaints("x = " + std::string(100'000, '[') + "\n"), HasSubstr("sample.toml: line 1: "));
    EXPECT_THAT(complaints("notes = \"\xff\"\n"), HasSubstr("is not UTF-8"));
    EXPECT_THAT(complaints("# " + std::string(5u << 20, 'x')), HasSubstr("larger than 4 MiB"));
}

TEST(Toml, GivesWhatItCouldReadBesidesItsProblems)
{
    std::vector<Problem> problems;
    const Experiment experiment
        = parseExperiment(replaced(sampleToml, "steps = 20", "steps = -1"), "s.toml", "/", {}, problems);
    ASSERT_EQ(problems.size(), 1u);
    EXPECT_EQ(problems[0].where, "s.toml: line 19: stage.0.steps");
    EXPECT_EQ(std::get<GrpoStage>(experiment.stages.at(0).options).numPrompts, 32);
}

TEST(Toml, RoundTripsInEveryForm)
{
    Experiment experiment = parsed(
        sampleToml + "epsilon_high = 0.28\n[stage.evaluation]\nevery = 5\n[data.train.corpus]\nsearch = 0.2\n");
    experiment.notes = "two lines\n\"quoted\" and \\ and \"\"\" and \ttab\n";
    experiment.stages.push_back(experiment.stages[0]);
    experiment.stages[1].name = "again";
    experiment.stages[1].options = SftStage{};
    experiment.stages[1].init = "reasoning";
    NamedData file;
    file.name = "odd";
    file.source.path = "/work place/data/x y.jsonl";
    file.source.answerPattern = "#### (.*)\\.";
    experiment.data.eval.push_back(file);
    experiment.prompt.text = "Q: {{prompt}}\r\nA:";
    for (const SaveForm form : {SaveForm::Short, SaveForm::Full, SaveForm::SelfContained}) {
        const std::string toml = toToml(experiment, form, "/work place");
        EXPECT_EQ(parseExperiment(toml, "again.toml", "/work place"), experiment) << toml;
    }
}

TEST(Toml, RoundTripsANewModel)
{
    Experiment experiment = parsed(replaced(sampleToml, "path = \"models/base\"", "new = {max_positions = 1024}"));
    experiment.model.create->tokenizer.vocabSize = 300;
    for (const SaveForm form : {SaveForm::Short, SaveForm::Full, SaveForm::SelfContained}) {
        EXPECT_EQ(parsed(toToml(experiment, form, "/work place")), experiment);
    }
    experiment.model.create = NewModel{};
    std::get<GrpoStage>(experiment.stages[0].options).maxCompletionLength = 100;
    EXPECT_THAT(toToml(experiment, SaveForm::Short, "/"), HasSubstr("[model.new]\n"));
    EXPECT_EQ(parsed(toToml(experiment, SaveForm::Short, "/work place")), experiment);
}

TEST(Toml, SavesOnlyWhatDiffersFromTheDefaults)
{
    EXPECT_EQ(toToml(parsed(sampleToml), SaveForm::Short, "/work place"), R"(schema_version = 1
name = "sample"

[model]
path = "models/base"

[data.train]
task = "countdown"

[data.eval]
task = "countdown"
rows = 100

[[rule]]
type = "accuracy"
kind = "countdown"

[[rule]]
type = "format"
weight = 0.5

[[stage]]
type = "grpo"
name = "reasoning"
steps = 20
updates_per_rollout = 4
)");
}

TEST(Toml, MakesPathsBesideTheFileRelative)
{
    Experiment experiment = parsed(sampleToml);
    EXPECT_THAT(toToml(experiment, SaveForm::Short, "/work place/experiments"), HasSubstr("path = \"../models/base\""));
    EXPECT_THAT(
        toToml(experiment, SaveForm::Short, "/elsewhere/deep"), HasSubstr("path = \"/work place/models/base\""));
    EXPECT_THAT(
        toToml(experiment, SaveForm::SelfContained, "/work place"), HasSubstr("path = \"/work place/models/base\""));
}

TEST(Toml, LoadsAndInlinesTheTemplate)
{
    const TemporaryFolder folder;
    folder.write("templates/short.txt", "Q: {{prompt}}\nA:");
    const auto file = folder.write("experiments/one.toml",
        replaced(sampleToml, "[data.train]", "[template]\nfile = \"../templates/short.txt\"\n[data.train]"));
    const Experiment experiment = loadExperiment(file);
    EXPECT_EQ(experiment.prompt.text, "Q: {{prompt}}\nA:");
    EXPECT_EQ(experiment.prompt.file, folder.path() / "templates/short.txt");
    EXPECT_THAT(
        toToml(experiment, SaveForm::Short, file.parent_path()), HasSubstr("file = \"../templates/short.txt\""));
    EXPECT_THAT(toToml(experiment, SaveForm::Short, file.parent_path()), Not(HasSubstr("Q: ")));
    const std::string inlined = toToml(experiment, SaveForm::SelfContained, file.parent_path());
    EXPECT_THAT(inlined, Not(HasSubstr("short.txt")));
    EXPECT_EQ(parsed(inlined).prompt.text, "Q: {{prompt}}\nA:");
    saveExperiment(experiment, folder.path() / "copy.toml");
    EXPECT_EQ(loadExperiment(folder.path() / "copy.toml"), experiment);
}

TEST(Toml, RefusesATemplateThatIsMissingOrHasNoPrompt)
{
    const TemporaryFolder folder;
    folder.write("none.txt", "no question here");
    const auto with = [&](const std::string& name) {
        return folder.write(
            "e.toml", replaced(sampleToml, "[data.train]", "[template]\nfile = \"" + name + "\"\n[data.train]"));
    };
    const auto complaint = [](const std::filesystem::path& file) {
        try {
            loadExperiment(file);
        } catch (const InputError& error) {
            return toString(error.problems().front());
        }
        return std::string();
    };
    EXPECT_THAT(complaint(with("missing.txt")), HasSubstr("line 6: template.file: "));
    EXPECT_THAT(complaint(with("none.txt")), HasSubstr("{{prompt}}"));
    EXPECT_THAT(complaint(folder.path() / "nothing.toml"), HasSubstr("nothing.toml"));
}

TEST(Toml, NamesAnExperimentWithoutANameAfterItsFile)
{
    EXPECT_EQ(parseExperiment(replaced(sampleToml, "name = \"sample\"\n", ""), "/x/my run.toml", "/").name, "my run");
}

TEST(Settings, ReachIntoListsByIndexNameOrType)
{
    const Experiment experiment = parsed(sampleToml,
        {"stage.0.steps=5", "stage.reasoning.loss_type=dr_grpo", "rule.accuracy.weight=2", "rule.1.name=shape",
            "data.eval.rows = 7", "data.train.corpus.search=0.5", "seed=9", "name=12b", "stage.0.evaluation.every=3",
            "stage.0.epsilon_high=0.3", "checkpoint.every=10"});
    EXPECT_EQ(experiment.stages[0].steps, 5);
    const auto& grpo = std::get<GrpoStage>(experiment.stages[0].options);
    EXPECT_EQ(grpo.lossType, "dr_grpo");
    EXPECT_EQ(grpo.evaluation.every, 3);
    EXPECT_EQ(grpo.epsilonHigh, 0.3);
    EXPECT_EQ(experiment.rules[0].weight, 2);
    EXPECT_EQ(experiment.rules[1].name, "shape");
    EXPECT_EQ(experiment.data.eval[0].source.rows, 7);
    EXPECT_EQ(experiment.data.train.corpus, (Options{{"search", 0.5}}));
    EXPECT_EQ(experiment.seed, 9);
    EXPECT_EQ(experiment.name, "12b");
    EXPECT_EQ(experiment.checkpoint.every, 10);
}

TEST(Settings, MakeAndClearWhatIsOptional)
{
    Experiment experiment = parsed(sampleToml + "epsilon_high = 0.28\n");
    applySetting(experiment, "stage.0.epsilon_high=");
    EXPECT_EQ(std::get<GrpoStage>(experiment.stages[0].options).epsilonHigh, std::nullopt);
    applySetting(experiment, "model.path=");
    applySetting(experiment, "model.new.layers=3");
    EXPECT_TRUE(experiment.model.path.empty());
    EXPECT_EQ(experiment.model.create->layers, 3);
}

TEST(Settings, SayWhatIsWrongWithThem)
{
    EXPECT_EQ(complaints(sampleToml, {"stage.0.stepz=5"}),
        "--set stage.0.stepz=5: there is no setting \"stepz\" (did you mean \"steps\"?)\n");
    EXPECT_THAT(
        complaints(sampleToml, {"stage.1.steps=5"}), HasSubstr("there is no \"1\" in stage (known: reasoning)"));
    EXPECT_THAT(complaints(sampleToml, {"rule.acuracy.weight=5"}), HasSubstr("there is no \"acuracy\" in rule"));
    EXPECT_THAT(complaints(sampleToml, {"data.evil.rows=5"}), HasSubstr("did you mean \"eval\"?"));
    EXPECT_THAT(complaints(sampleToml, {"stage.0.steps=few"}), HasSubstr("steps is not a whole number"));
    EXPECT_THAT(complaints(sampleToml, {"stage.0.steps=0"}), HasSubstr("steps 0 is out of range"));
    EXPECT_THAT(complaints(sampleToml, {"stage=5"}), HasSubstr("\"stage\" is not a single setting"));
    EXPECT_THAT(complaints(sampleToml, {"steps"}), HasSubstr("there is no = in it"));
    EXPECT_THAT(complaints(sampleToml, {"a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r=1"}), HasSubstr("too deep"));
    EXPECT_THAT(complaints(sampleToml, {"stage.0.num_prompts=33"}),
        HasSubstr("stage.0.updates_per_rollout: 4 does not divide num_prompts = 33"));
}

TEST(Diff, ListsWhatWasChangedByName)
{
    const Experiment a = parsed(sampleToml);
    const Experiment b = parsed(sampleToml,
        {"stage.0.learning_rate=2e-4", "data.eval.rows=50", "rule.format.weight=1", "stage.0.epsilon_high=0.28"});
    EXPECT_EQ(diff(a, a), std::vector<Difference>{});
    EXPECT_EQ(diff(a, b),
        (std::vector<Difference>{{"data.eval.rows", "100", "50", "problems"}, {"rule.format.weight", "0.5", "1", ""},
            {"stage.reasoning.epsilon_high", "—", "0.28", ""},
            {"stage.reasoning.learning_rate", "1e-06", "2e-04", ""}}));
}

TEST(Diff, KnowsARuleThatMovedAndOneThatIsNew)
{
    const Experiment a = parsed(sampleToml);
    Experiment b = a;
    std::swap(b.rules[0], b.rules[1]);
    EXPECT_EQ(diff(a, b), std::vector<Difference>{});
    b.rules.erase(b.rules.begin()); // format
    const auto gone = diff(a, b);
    ASSERT_EQ(gone.size(), 2u);
    EXPECT_EQ(gone[0], (Difference{"rule.format.type", "format", "—", ""}));
    EXPECT_EQ(gone[1], (Difference{"rule.format.weight", "0.5", "—", ""}));
}

} // namespace ahascope::config
