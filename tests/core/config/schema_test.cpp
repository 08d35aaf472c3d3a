#include "core/config/schema.h"

#include <algorithm>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/config/algorithm_presets.h"
#include "core/config/migrations.h"
#include "tests/core/config/sample_experiment.h"

namespace ahascope::config {

using ::testing::HasSubstr;

namespace {

// Every object of an experiment that has one of everything.
Experiment everything()
{
    Experiment experiment
        = parsed(sampleToml + "[data.file]\npath = \"x.jsonl\"\n[data.sums]\ntask = \"running_sum\"\n");
    experiment.model.create.emplace();
    experiment.stages.push_back({.name = "sft", .options = SftStage{}});
    experiment.stages.push_back({.name = "pretrain", .options = PretrainStage{}});
    return experiment;
}

} // namespace

TEST(Schema, DescribesEveryFieldForThePersonAtTheForm)
{
    std::set<std::string> paths;
    forEachField(everything(), [&](const std::string& path, const Field& field, const void*) {
        EXPECT_TRUE(paths.insert(path).second) << path << " stands twice";
        EXPECT_GT(field.help.size(), 10u) << path;
        EXPECT_EQ(field.help.back(), '.') << path;
        EXPECT_LT(field.help.size(), 160u) << path << " is too long for a tooltip";
        EXPECT_FALSE(field.helpKey.empty()) << path;
        EXPECT_EQ(field.kind == FieldKind::Choice, !field.choices.empty()) << path;
    });
    for (const char* path : {"seed", "model.new.tokenizer.type", "template.file", "data.held_out", "data.train.task",
             "data.train.corpus.search", "data.file.answer_pattern", "data.sums.modulus", "rule.0.kind",
             "stage.0.epsilon_high", "stage.0.learning_rate", "stage.0.evaluation.top_p", "stage.1.loss_on",
             "stage.2.batch_size", "checkpoint.keep"}) {
        EXPECT_TRUE(paths.contains(path)) << path;
    }
    EXPECT_GT(paths.size(), 150u);
}

TEST(Schema, AcceptsEveryDefaultAndGivesBackWhatItIsGiven)
{
    Experiment experiment = everything();
    forEachField(experiment, [&](const std::string& path, const Field& field, const void* object) {
        if (field.choosesSchema) {
            return;
        }
        EXPECT_EQ(problemWith(field, field.fallback).message, "") << path;
        // The object is the experiment's own, which this test may change.
        void* changed = const_cast<void*>(object);
        const Value before = field.get(object);
        Value other;
        switch (field.kind) {
        case FieldKind::Boolean:
            other = !std::get<bool>(before);
            break;
        case FieldKind::Integer:
            other = std::get<std::int64_t>(before) + 1;
            break;
        case FieldKind::Number:
            other = std::holds_alternative<double>(before) ? std::get<double>(before) * 0.5 + 0.125 : 0.125;
            break;
        case FieldKind::Choice:
            other
                = std::get<std::string>(before) == field.choices.back() ? field.choices.front() : field.choices.back();
            break;
        default:
            other = std::string("something");
        }
        field.set(changed, other);
        EXPECT_EQ(field.get(object), other) << path;
        field.set(changed, before);
        EXPECT_EQ(field.get(object), before) << path;
    });
    EXPECT_EQ(experiment, everything());
}

TEST(Schema, GivesEachTypeOfStageItsOwnDefaults)
{
    Experiment experiment = everything();
    std::vector<std::string> rates;
    forEachField(experiment, [&](const std::string& path, const Field& field, const void*) {
        if (path.ends_with(".learning_rate")) {
            rates.push_back(toString(field.fallback));
        }
    });
    EXPECT_EQ(rates, (std::vector<std::string>{"1e-06", "2e-05", "0.0015"}));
}

TEST(Schema, DropsTheOptionsOfTheOldTypeWhenTheTypeChanges)
{
    Experiment experiment = parsed(
        sampleToml, {"data.train.highest=9", "data.train.task=running_sum", "rule.0.name=first", "rule.0.type=format"});
    EXPECT_EQ(experiment.data.train.options, Options{});
    EXPECT_EQ(experiment.rules[0].options, Options{});
    EXPECT_EQ(experiment.rules[0].type, "format");
}

TEST(Schema, ChangesListsAsTheFormDoes)
{
    Experiment experiment = everything();
    for (const List& list : experimentSchema().lists) {
        const std::size_t size = list.size(&experiment);
        list.add(&experiment, list.types.front());
        ASSERT_EQ(list.size(&experiment), size + 1);
        void* added = list.at(&experiment, size);
        EXPECT_EQ(list.schema(added).fields.front().get(added), Value(list.types.front()));
        const std::string first = list.nameOf(&experiment, 0);
        list.move(&experiment, 0, size);
        EXPECT_EQ(list.nameOf(&experiment, size), first);
        list.move(&experiment, size, 0);
        list.erase(&experiment, size);
    }
    EXPECT_EQ(experiment, everything());
}

TEST(Schema, SaysTheRangeInWords)
{
    const Experiment experiment = everything();
    std::map<std::string, std::string> texts;
    forEachField(
        experiment, [&](const std::string& path, const Field& field, const void*) { texts[path] = rangeText(field); });
    EXPECT_EQ(texts["stage.0.num_generations"], "2 .. 4096 completions, default 8");
    EXPECT_EQ(texts["stage.0.scale_rewards"], "group, batch, none, default group");
    EXPECT_EQ(texts["stage.0.epsilon_high"], "0 .. 1e+06, default —");
}

TEST(Schema, RefusesTextThatIsTooLongOrHoldsAZero)
{
    const Field* name = experimentSchema().field("name");
    EXPECT_THAT(problemWith(*name, Value(std::string(5000, 'x'))).message, HasSubstr("longer than"));
    EXPECT_THAT(problemWith(*name, Value(std::string("a\0b", 3))).message, HasSubstr("value 0"));
    EXPECT_EQ(labelOf(*experimentSchema().field("seed")), "seed");
}

TEST(AlgorithmPresets, SetTheValuesOfTheirPapers)
{
    const auto named = [](const std::string& name) {
        const auto& all = algorithmPresets();
        return *std::find_if(all.begin(), all.end(), [&](const AlgorithmPreset& one) { return one.name == name; });
    };
    GrpoStage stage;
    stage.numPrompts = 77;
    EXPECT_TRUE(matches(named("TRL"), stage));
    apply(named("R1 paper"), stage);
    EXPECT_EQ(stage.lossType, "grpo");
    EXPECT_EQ(stage.epsilon, 10);
    EXPECT_EQ(stage.beta, 0.001);
    EXPECT_EQ(stage.refModelSyncSteps, 400);
    EXPECT_EQ(stage.refModelMixupAlpha, 1);
    EXPECT_TRUE(matches(named("R1 paper"), stage));
    apply(named("Dr. GRPO"), stage);
    EXPECT_EQ(stage.lossType, "dr_grpo");
    EXPECT_EQ(stage.scaleRewards, "none");
    EXPECT_EQ(stage.beta, 0);
    apply(named("DAPO"), stage);
    EXPECT_EQ(stage.epsilonHigh, 0.28);
    EXPECT_EQ(stage.scaleRewards, "group");
    EXPECT_FALSE(matches(named("TRL"), stage));
    EXPECT_EQ(stage.numPrompts, 77);
}

TEST(AlgorithmPresets, SetOnlyValuesThatTheirFieldsTake)
{
    const Experiment experiment = parsed(sampleToml);
    for (const AlgorithmPreset& preset : algorithmPresets()) {
        forEachField(experiment, [&](const std::string& path, const Field& field, const void*) {
            for (const auto& [key, value] : preset.values) {
                if (path == "stage.0." + key) {
                    EXPECT_EQ(problemWith(field, value).message, "") << preset.name << ' ' << key;
                }
            }
        });
    }
}

TEST(Migrations, BringAnOldFileToThePresentForm)
{
    toml::table document = text::parseToml("schema_version = 1\nold = 3");
    const Migration rename = [](toml::table& table) {
        table.insert("fresh", *table.get("old"));
        table.erase("old");
    };
    const Migration raise
        = [](toml::table& table) { table.insert_or_assign("fresh", *table["fresh"].value<int>() + 1); };
    const std::vector<Migration> steps{rename, raise};
    std::vector<Problem> problems;
    migrate(document, steps, problems);
    EXPECT_TRUE(problems.empty());
    EXPECT_EQ(document["fresh"].value<int>(), 4);
    EXPECT_EQ(document["schema_version"].value<int>(), 3);
    toml::table newer = text::parseToml("schema_version = 4");
    migrate(newer, steps, problems);
    ASSERT_EQ(problems.size(), 1u);
    EXPECT_THAT(problems[0].message, HasSubstr("4 is newer than this program, which reads up to 3"));
}

} // namespace ahascope::config
