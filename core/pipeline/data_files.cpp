#include "core/pipeline/data_files.h"

#include "core/data/dataset_file.h"
#include "core/problem.h"
#include "core/text/nearest_name.h"

namespace ahascope::pipeline {

namespace {

std::uint64_t seedOf(const config::Experiment& experiment, const config::DataSource& source)
{
    return static_cast<std::uint64_t>(source.seed != 0 ? source.seed : experiment.seed);
}

} // namespace

data::Split splitOf(const config::DataSource& source, bool training)
{
    if (source.split == "train")
        return data::Split::Train;
    if (source.split == "held_out")
        return data::Split::HeldOut;
    if (source.split == "all" || source.task.empty())
        return data::Split::All;
    return training ? data::Split::Train : data::Split::HeldOut;
}

std::shared_ptr<const data::Task> openTask(const config::DataSource& source)
{
    if (source.task.empty())
        return nullptr;
    const data::TaskType* type = data::findTaskType(source.task);
    if (!type) {
        std::vector<std::string> known;
        for (const data::TaskType& one : data::taskTypes())
            known.push_back(one.type);
        throw InputError({"data", "there is no task \"" + source.task + "\"", text::nameRemedy(source.task, known)});
    }
    return type->make(source.options, source.corpus);
}

data::Dataset openDataset(const config::Experiment& experiment, const config::DataSource& source, bool training)
{
    data::Selection selection{.split = splitOf(source, training),
        .heldOutShare = experiment.data.heldOut,
        .rows = static_cast<std::uint64_t>(source.rows),
        .seed = seedOf(experiment, source)};
    if (auto task = openTask(source))
        return data::taskDataset(*task, selection);
    data::ColumnMapping columns{
        .question = source.question, .answer = source.answer, .answerPattern = source.answerPattern};
    return data::selectRows(data::readRows(source.path, columns), selection);
}

data::Corpus openCorpus(const config::Experiment& experiment, const config::DataSource& source)
{
    return data::Corpus(openTask(source), data::Split::Train, experiment.data.heldOut, seedOf(experiment, source));
}

const config::DataSource& sourceNamed(const config::Experiment& experiment, const std::string& name)
{
    if (name == "train")
        return experiment.data.train;
    for (const config::NamedData& set : experiment.data.eval)
        if (set.name == name)
            return set.source;
    throw InputError({"data", "there is no set \"" + name + "\"", "name train or a table of [data]"});
}

} // namespace ahascope::pipeline
