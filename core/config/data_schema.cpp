#include <algorithm>

#include "core/config/schema_builder.h"
#include "core/config/schema_parts.h"
#include "core/data/answer_pattern.h"
#include "core/data/tasks/task.h"

namespace ahascope::config {

namespace {

std::vector<std::string> taskNames()
{
    std::vector<std::string> names;
    for (const data::TaskType& type : data::taskTypes()) {
        names.push_back(type.type);
    }
    return names;
}

// Drops the options that another task does not have.
void setTask(DataSource& source, const std::string& task)
{
    if (source.task == task) {
        return;
    }
    source.task = task;
    const data::TaskType* type = data::findTaskType(task);
    const auto prune = [](Options& options, const std::vector<data::TaskOption>* known) {
        std::erase_if(options, [known](const auto& option) {
            return known == nullptr || std::none_of(known->begin(), known->end(), [&](const data::TaskOption& one) {
                return one.name == option.first;
            });
        });
    };
    prune(source.options, type != nullptr ? &type->options : nullptr);
    prune(source.corpus, type != nullptr ? &type->corpus : nullptr);
}

Field taskField()
{
    Field field;
    field.key = "task";
    field.kind = FieldKind::Choice;
    field.choices = taskNames();
    field.help = "Built-in generator of problems; none: a file.";
    field.optional = true;
    field.choosesSchema = true;
    field.get = [](const void* object) {
        const std::string& task = static_cast<const DataSource*>(object)->task;
        return task.empty() ? Value() : Value(task);
    };
    field.set = [](void* object, const Value& value) {
        const auto* task = std::get_if<std::string>(&value);
        setTask(*static_cast<DataSource*>(object), task != nullptr ? *task : "");
    };
    return field;
}

Field fieldOf(const data::TaskOption& option, std::function<Options&(void*)> bag)
{
    Field field = optionField(option.name, option.fallback, option.help, option.choices, std::move(bag));
    field.unit = option.unit;
    field.minimum = option.minimum;
    field.maximum = option.maximum;
    return field;
}

Options& optionsOf(void* object)
{
    return static_cast<DataSource*>(object)->options;
}

Section corpusSection(const data::TaskType& type)
{
    Section section;
    section.key = "corpus";
    section.help
        = "The texts of the task that supervised stages learn from: shares of strategies, formats and languages.";
    section.present = [](const void*) { return true; };
    section.setPresent = [](void*, bool) {};
    // The object stays the DataSource: the options of the corpus are found in it.
    section.object = [](void* owner) { return owner; };
    section.schema = [&type](const void*) {
        Schema schema;
        schema.title = "Corpus";
        schema.help = "Texts that supervised stages learn from.";
        for (const data::TaskOption& option : type.corpus) {
            Field field
                = fieldOf(option, [](void* object) -> Options& { return static_cast<DataSource*>(object)->corpus; });
            field.helpKey = type.type + ".corpus." + option.name;
            schema.fields.push_back(std::move(field));
        }
        return schema;
    };
    return section;
}

void checkSource(const DataSource& source, const std::string& path, std::vector<Problem>& problems)
{
    if (source.task.empty()) {
        if (source.path.empty()) {
            problems.push_back({path + "path", "there is neither a task nor a file",
                "write task = \"countdown\", or path = \"problems.jsonl\""});
        }
        try {
            data::AnswerPattern pattern(source.answerPattern);
        } catch (const InputError& error) {
            problems.push_back(
                {path + "answer_pattern", error.problems().front().message, error.problems().front().remedy});
        }
        return;
    }
    if (!source.path.empty()) {
        problems.push_back({path + "path", "there are both a task and a file", "remove one of them"});
    }
    if (const data::TaskType* type = data::findTaskType(source.task)) {
        // Ranges and choices of single options are the fields' affair; this is what goes across them.
        for (Problem& problem : type->check ? type->check(source.options, source.corpus) : std::vector<Problem>()) {
            problem.where = path + problem.where;
            problems.push_back(std::move(problem));
        }
    }
}

Schema sourceSchema(const DataSource& source)
{
    const data::TaskType* type = source.task.empty() ? nullptr : data::findTaskType(source.task);
    SchemaBuilder<DataSource> builder("File", "Problems out of a file.");
    builder.field(taskField());
    if (type == nullptr) {
        builder.file("path", &DataSource::path, "Dataset: .jsonl, .json, .csv, .tsv, or .txt for pre-training.")
            .text("question", &DataSource::question, "Column that holds the question.")
            .text("answer", &DataSource::answer, "Column that holds the right answer.")
            .text("answer_pattern", &DataSource::answerPattern,
                "Regular expression whose first group is the answer, such as #### (.*); empty: the column as it is.")
            .text("completion", &DataSource::completion, "Column with the text to learn, for supervised stages.")
            .advanced();
    } else {
        for (const data::TaskOption& option : type->options) {
            builder.field(fieldOf(option, optionsOf));
        }
        builder.section(corpusSection(*type));
    }
    builder
        .choice("split", &DataSource::split, {"auto", "all", "train", "held_out"},
            "Side of the split by the hash of the problem; auto keeps training and held-out problems apart.")
        .advanced()
        .integer("rows", &DataSource::rows, {0, 20e6, "problems"}, "Most problems to use; 0: all there are.")
        .integer("seed", &DataSource::seed, {0, 9007199254740992.0},
            "Seed of generation and choice; 0: that of the experiment.")
        .advanced()
        .check(checkSource);
    Schema schema = builder.build(type != nullptr ? type->type : "data");
    if (type != nullptr) {
        schema.title = type->type;
        schema.help = type->help;
    }
    return schema;
}

void checkData(const Data& data, const std::string& path, std::vector<Problem>& problems)
{
    for (std::size_t i = 0; i < data.eval.size(); ++i) {
        const std::string& name = data.eval[i].name;
        if (!isName(name)) {
            problems.push_back({path + name, "\"" + name + "\" cannot be the name of a set", nameRemedyText});
        }
        for (std::size_t j = 0; j < i; ++j) {
            if (data.eval[j].name == name) {
                problems.push_back({path + name, "two sets have this name", "rename one of them"});
            }
        }
    }
    if (data.train.split == "held_out") {
        problems.push_back(
            {path + "train.split", "held-out problems must not be trained on", "write split = \"train\" or \"all\""});
    }
}

} // namespace

NamedData makeNamedData(const std::string& name)
{
    NamedData data;
    data.name = name;
    return data;
}

Schema dataSchema()
{
    const auto schemaOf = [](const void* object) { return sourceSchema(*static_cast<const DataSource*>(object)); };
    Section train;
    train.key = "train";
    train.help = "Problems that are trained on.";
    train.present = [](const void*) { return true; };
    train.setPresent = [](void*, bool) {};
    train.object = [](void* owner) -> void* { return &static_cast<Data*>(owner)->train; };
    train.schema = schemaOf;
    List eval;
    eval.help = "Sets that are only evaluated on; \"eval\" is the main one.";
    eval.byName = true;
    eval.schema = schemaOf;
    SchemaBuilder<Data> builder("Data", "Where problems come from.");
    builder
        .number("held_out", &Data::heldOut, {0, 1, "share"},
            "Share of the problems that no stage is trained on; by a hash, the same in every run.")
        .section(std::move(train))
        .list(std::move(eval), &Data::eval, makeNamedData)
        .check(checkData);
    Schema schema = builder.build("data");
    schema.lists.front().at
        = [](void* owner, std::size_t index) -> void* { return &static_cast<Data*>(owner)->eval.at(index).source; };
    return schema;
}

} // namespace ahascope::config
