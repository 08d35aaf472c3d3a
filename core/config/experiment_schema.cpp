#include <algorithm>
#include <charconv>

#include "core/config/schema_builder.h"
#include "core/config/schema_parts.h"
#include "core/text/nearest_name.h"
#include "core/text/prompt_template.h"

namespace ahascope::config {

namespace {

bool isDevice(const std::string& device)
{
    if (device == "auto" || device == "cpu" || device == "cuda") {
        return true;
    }
    int index = 0;
    const std::string prefix = "cuda:";
    const char* end = device.data() + device.size();
    if (!device.starts_with(prefix)) {
        return false;
    }
    const auto parsed = std::from_chars(device.data() + prefix.size(), end, index);
    return parsed.ec == std::errc() && parsed.ptr == end && index >= 0;
}

// Names of the members of a list: given, or else their type; each once.
template <class Item, class TypeOf>
std::vector<std::string> checkNames(
    const std::vector<Item>& items, const std::string& path, TypeOf type, std::vector<Problem>& problems)
{
    std::vector<std::string> names;
    for (std::size_t i = 0; i < items.size(); ++i) {
        const std::string where = path + '.' + std::to_string(i) + ".name";
        const std::string name = items[i].name.empty() ? type(items[i]) : items[i].name;
        if (!items[i].name.empty() && !isName(name)) {
            problems.push_back({where, "\"" + name + "\" cannot be a name", nameRemedyText});
        }
        if (std::find(names.begin(), names.end(), name) != names.end()) {
            problems.push_back({where, "another one is called \"" + name + "\" too", "give each a name of its own"});
        }
        names.push_back(name);
    }
    return names;
}

void checkRules(const Experiment& experiment, std::vector<Problem>& problems)
{
    checkNames(
        experiment.rules, "rule", [](const Rule& rule) { return rule.type; }, problems);
    const bool rewards = std::any_of(
        experiment.rules.begin(), experiment.rules.end(), [](const Rule& rule) { return rule.weight != 0; });
    const bool learns = std::any_of(experiment.stages.begin(), experiment.stages.end(),
        [](const Stage& stage) { return std::holds_alternative<GrpoStage>(stage.options); });
    if (learns && !rewards) {
        problems.push_back({"rule", "no rule has a weight: nothing is rewarded",
            "add [[rule]] with type = \"accuracy\", or give one a weight"});
    }
}

void checkSet(
    const Experiment& experiment, const std::string& set, const std::string& where, std::vector<Problem>& problems)
{
    if (set == "train") {
        return;
    }
    std::vector<std::string> known{"train"};
    for (const NamedData& named : experiment.data.eval) {
        known.push_back(named.name);
        if (named.name != set) {
            continue;
        }
        if (named.source.split == "held_out" || (named.source.split == "auto" && !named.source.task.empty())) {
            problems.push_back({where, "the set \"" + set + "\" is held out and must not be trained on",
                "train on data.train, or write split = \"train\" in data." + set});
        }
        return;
    }
    problems.push_back({where, "there is no set \"" + set + "\"", text::nameRemedy(set, known)});
}

void checkOptimization(const Stage& stage, const std::string& path, std::vector<Problem>& problems)
{
    const Optimization& optimization = optimizationOf(stage);
    if (optimization.warmupSteps > stage.steps) {
        problems.push_back({path + "warmup_steps", "is more than steps = " + std::to_string(stage.steps), "lower it"});
    }
    if (optimization.lrSchedulerType == "cosine_with_min_lr" && optimization.minLr > optimization.learningRate) {
        problems.push_back({path + "min_lr", "is above learning_rate", "lower it"});
    }
}

void checkStages(const Experiment& experiment, std::vector<Problem>& problems)
{
    if (experiment.stages.empty()) {
        problems.push_back({"stage", "there is no stage: nothing to do", "add [[stage]] with type = \"grpo\""});
    }
    std::vector<std::string> known{"base", "previous"};
    const std::vector<std::string> names = checkNames(experiment.stages, "stage", typeOf, problems);
    for (std::size_t i = 0; i < experiment.stages.size(); ++i) {
        const Stage& stage = experiment.stages[i];
        const std::string path = "stage." + std::to_string(i) + '.';
        if (std::find(known.begin(), known.end(), stage.init) == known.end()) {
            problems.push_back(
                {path + "init", "\"" + stage.init + "\" is no earlier stage", text::nameRemedy(stage.init, known)});
        }
        checkOptimization(stage, path, problems);
        const auto* grpo = std::get_if<GrpoStage>(&stage.options);
        if (grpo && grpo->refModelSyncSteps > 0 && (experiment.model.lora || !experiment.model.adapter.empty())) {
            problems.push_back({path + "ref_model_sync_steps",
                "the reference of an adapter is the model without it, which never changes", "write 0"});
        }
        if (const auto* sft = std::get_if<SftStage>(&stage.options)) {
            checkSet(experiment, sft->data, path + "data", problems);
        } else if (const auto* pretrain = std::get_if<PretrainStage>(&stage.options)) {
            checkSet(experiment, pretrain->data, path + "data", problems);
        }
        if (experiment.model.create && maxCompletionLengthOf(stage) >= experiment.model.create->maxPositions) {
            problems.push_back({path + "max_completion_length",
                std::to_string(maxCompletionLengthOf(stage))
                    + " tokens and a prompt do not fit model.new.max_positions = "
                    + std::to_string(experiment.model.create->maxPositions),
                "lower it, or raise max_positions"});
        }
        known.push_back(names[i]);
    }
}

void checkExperiment(const Experiment& experiment, const std::string&, std::vector<Problem>& problems)
{
    if (experiment.name.empty()) {
        problems.push_back({"name", "is empty", "name the experiment"});
    } else if (experiment.name.find_first_not_of("0123456789") == std::string::npos) {
        problems.push_back({"name", "is a number; runs have numbers of their own", "add a letter"});
    }
    if (!isDevice(experiment.device)) {
        problems.push_back({"device", "\"" + experiment.device + "\" is no device", "write auto, cpu, cuda or cuda:0"});
    }
    if (!experiment.prompt.text.empty()) {
        try {
            text::PromptTemplate::parse(experiment.prompt.text,
                experiment.prompt.file.empty() ? "template.text" : experiment.prompt.file.string());
        } catch (const InputError& error) {
            problems.insert(problems.end(), error.problems().begin(), error.problems().end());
        }
    }
    checkRules(experiment, problems);
    checkStages(experiment, problems);
}

Schema checkpointSchema()
{
    return SchemaBuilder<Checkpoint>("Checkpoints", "What is saved while a run goes.")
        .integer("every", &Checkpoint::every, {0, 1e9, "steps"},
            "Steps between checkpoints; 0: only at the end of a stage and when stopped.")
        .integer("keep", &Checkpoint::keep, {1, 1e6, "checkpoints"},
            "Newest ones that are kept; the last of each stage is kept besides.")
        .build("checkpoint");
}

Section sectionOf(std::string key, std::string help, void* (*object)(void*), Schema (*schema)())
{
    Section section;
    section.key = std::move(key);
    section.help = std::move(help);
    section.present = [](const void*) { return true; };
    section.setPresent = [](void*, bool) {};
    section.object = object;
    section.schema = [schema](const void*) { return schema(); };
    return section;
}

Experiment& experimentAt(void* object)
{
    return *static_cast<Experiment*>(object);
}

Schema makeExperimentSchema()
{
    List rules;
    rules.key = "rule";
    rules.help = "What is rewarded; the reward is the weighted sum of the rules' scores.";
    rules.types = ruleTypeNames();
    rules.schema = [](const void* object) { return ruleSchema(*static_cast<const Rule*>(object)); };
    List stages;
    stages.key = "stage";
    stages.help = "What is done, one after the other.";
    stages.types = stageTypeNames();
    stages.schema = [](const void* object) { return stageSchema(*static_cast<const Stage*>(object)); };
    SchemaBuilder<Experiment> builder("Experiment", "What a run is to do.");
    builder.text("name", &Experiment::name, "Name of the experiment; its runs are called after it.")
        .longText("notes", &Experiment::notes, "What it is for, in your words.")
        .integer("seed", &Experiment::seed, {0, 9007199254740992.0}, "Every random choice follows from it.")
        .text("device", &Experiment::device, "Where to compute: auto, cpu, cuda or cuda:0.")
        .section(sectionOf(
            "model", "The model that the first stage begins with.",
            [](void* object) -> void* { return &experimentAt(object).model; }, modelSchema))
        .section(sectionOf(
            "template", "How a question becomes the prompt.",
            [](void* object) -> void* { return &experimentAt(object).prompt; }, templateSchema))
        .section(sectionOf(
            "data", "Where problems come from.", [](void* object) -> void* { return &experimentAt(object).data; },
            dataSchema))
        .list(std::move(rules), &Experiment::rules, makeRule)
        .list(std::move(stages), &Experiment::stages, makeStage)
        .section("checkpoint", &Experiment::checkpoint, checkpointSchema())
        .check(checkExperiment);
    return builder.build("experiment");
}

} // namespace

const Schema& experimentSchema()
{
    static const Schema schema = makeExperimentSchema();
    return schema;
}

} // namespace ahascope::config
