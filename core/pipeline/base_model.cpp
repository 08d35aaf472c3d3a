#include "core/pipeline/base_model.h"

#include <sstream>

#include "core/formats/model_config_json.h"
#include "core/formats/peft_adapter.h"
#include "core/pipeline/data_files.h"
#include "core/pipeline/scoring.h"
#include "core/pipeline/stage_options.h"
#include "core/problem.h"
#include "core/text/bpe_trainer.h"

namespace ahascope::pipeline {

namespace {

constexpr const char* endOfText = "<|endoftext|>";

// The texts that merges are learnt from: of the task's corpus, else of the rows.
template <typename Visit>
void forEachText(const config::Experiment& experiment, std::int64_t count, Visit visit)
{
    const config::DataSource& source = experiment.data.train;
    if (!source.task.empty()) {
        data::Corpus corpus = openCorpus(experiment, source);
        for (std::int64_t i = 0; i < count; ++i) {
            data::CorpusText text = corpus.text(static_cast<std::uint64_t>(i));
            visit(text.row.question + text.completion);
        }
        return;
    }
    data::Dataset rows = openDataset(experiment, source, true);
    for (std::size_t i = 0; i < rows.size() && i < static_cast<std::size_t>(count); ++i) {
        const std::string* completion = text::findColumn(rows.row(i).columns, source.completion);
        visit(rows.row(i).question + (completion ? *completion : rows.row(i).answer));
    }
}

// What the template itself is made of, and the tags it asks for.
std::vector<std::string> templateWords(const text::PromptTemplate& prompt)
{
    const text::Tags& tags = prompt.format().tags;
    std::vector<std::string> words{tags.thinkOpen, tags.thinkClose, tags.answerOpen, tags.answerClose};
    text::Columns columns;
    for (const std::string& name : prompt.columnNames())
        columns.emplace_back(name, "");
    std::istringstream literal(prompt.render("", columns));
    for (std::string word; literal >> word;)
        words.push_back(word);
    return words;
}

text::TokenizerSpec tokenizerSpec(const config::Experiment& experiment)
{
    const config::TokenizerRecipe& recipe = experiment.model.create->tokenizer;
    if (recipe.type == "words") {
        auto task = openTask(experiment.data.train);
        if (!task)
            throw InputError({"model.new.tokenizer.type", "\"words\" needs a task, whose words it takes",
                "use type = \"bpe\" with a vocab_size for data in files"});
        std::vector<std::string> words = task->words();
        std::vector<std::string> around = templateWords(templateOf(experiment));
        words.insert(words.end(), around.begin(), around.end());
        return text::wordTokenizer({.specialTokens = {endOfText}, .words = std::move(words), .pieces = {}});
    }
    text::BpeTrainerOptions options{.specialTokens = {endOfText}};
    if (recipe.vocabSize > 0)
        options.vocabularySize = static_cast<std::int32_t>(recipe.vocabSize);
    text::BpeTrainer trainer(options);
    forEachText(experiment, recipe.texts, [&](const std::string& text) { trainer.add(text); });
    return trainer.train();
}

formats::ModelDescription newDescription(const config::Experiment& experiment)
{
    const config::NewModel& create = *experiment.model.create;
    formats::ModelDescription description;
    description.tokenizer = text::Tokenizer::fromSpec(tokenizerSpec(experiment), "tokenizer of a new model");
    description.special.end = {*description.tokenizer->idOf(endOfText)};
    description.special.padding = description.special.end.front();
    const model::Family family = formats::familyOf(create.family);
    description.config = {.family = family,
        .vocabSize = description.tokenizer->vocabularySize(),
        .hiddenSize = create.hiddenSize,
        .intermediateSize = create.intermediateSize,
        .layers = create.layers,
        .heads = create.heads,
        .kvHeads = create.kvHeads,
        .headDim = create.headDim,
        .maxPositions = create.maxPositions,
        .rmsNormEpsilon = static_cast<float>(create.rmsNormEps),
        .ropeTheta = static_cast<float>(create.ropeTheta),
        .attentionBias = family == model::Family::Qwen2,
        .qkNorm = family == model::Family::Qwen3,
        .tieEmbeddings = create.tieWordEmbeddings,
        .slidingWindow = create.slidingWindow};
    std::string problem = model::problemWith(description.config);
    if (!problem.empty())
        throw InputError({"model.new", problem, "change the sizes of the new model"});
    return description;
}

} // namespace

formats::ModelDescription outlineOf(const config::Experiment& experiment)
{
    return experiment.model.create ? newDescription(experiment) : formats::readModelDescription(experiment.model.path);
}

std::optional<model::LoraConfig> adapterOf(const config::Experiment& experiment, const model::ModelConfig& base)
{
    if (experiment.model.lora)
        return loraConfig(*experiment.model.lora);
    if (!experiment.model.adapter.empty())
        return formats::AdapterFiles(experiment.model.adapter, base).lora();
    return std::nullopt;
}

PolicyModel baseModel(const config::Experiment& experiment, kernels::Backend& backend)
{
    const config::ModelSource& source = experiment.model;
    const auto seed = static_cast<std::uint64_t>(experiment.seed);
    if (source.create)
        return newPolicy(backend, newDescription(experiment), seed, source.create->initializerRange,
            model::Gradients::Kept, storedType(source.dtype));
    AdapterSource adapter;
    if (source.lora)
        adapter = NewAdapter{loraConfig(*source.lora), seed};
    else if (!source.adapter.empty())
        adapter = source.adapter;
    return loadPolicy(backend, source.path, model::Gradients::Kept, adapter, storedType(source.dtype));
}

PolicyModel modelAt(
    const config::Experiment& experiment, kernels::Backend& backend, const std::filesystem::path& checkpoint)
{
    const kernels::DType stored = storedType(experiment.model.dtype);
    if (formats::isAdapterFolder(checkpoint))
        return loadPolicy(backend, experiment.model.path, model::Gradients::Kept, checkpoint, stored);
    return loadPolicy(backend, checkpoint, model::Gradients::Kept, {}, stored);
}

} // namespace ahascope::pipeline
