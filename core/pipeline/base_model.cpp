#include "core/pipeline/base_model.h"

#include "core/pipeline/data_files.h"
#include "core/problem.h"
#include "core/text/bpe_trainer.h"

namespace ahascope::pipeline {

namespace {

constexpr const char* endOfText = "<|endoftext|>";

std::shared_ptr<const text::Tokenizer> tokenizerOf(const config::Experiment& experiment)
{
    const config::TokenizerRecipe& recipe = experiment.model.create->tokenizer;
    const config::DataSource& source = experiment.data.train;
    text::BpeTrainerOptions options;
    options.specialTokens = {endOfText};
    auto task = openTask(source);
    if (recipe.type == "words") {
        if (!task)
            throw InputError({"model.new.tokenizer.type", "\"words\" needs a task, whose words it takes",
                "use type = \"bpe\" with a vocab_size for data in files"});
        options.words = task->words();
        return text::Tokenizer::fromSpec(text::wordTokenizer(options), "tokenizer of a new model");
    }
    options.vocabularySize = static_cast<std::int32_t>(recipe.vocabSize);
    std::vector<std::string> texts;
    if (task) {
        data::Corpus corpus = openCorpus(experiment, source);
        for (std::int64_t i = 0; i < recipe.texts; ++i) {
            data::CorpusText text = corpus.text(static_cast<std::uint64_t>(i));
            texts.push_back(text.row.question + text.completion);
        }
    } else {
        data::Dataset rows = openDataset(experiment, source, true);
        for (std::size_t i = 0; i < rows.size() && i < static_cast<std::size_t>(recipe.texts); ++i) {
            const std::string* completion = text::findColumn(rows.row(i).columns, source.completion);
            texts.push_back(rows.row(i).question + (completion ? *completion : rows.row(i).answer));
        }
    }
    return text::Tokenizer::fromSpec(text::trainBpe(texts, options), "tokenizer of a new model");
}

formats::ModelDescription newDescription(const config::Experiment& experiment)
{
    const config::NewModel& create = *experiment.model.create;
    formats::ModelDescription description;
    description.tokenizer = tokenizerOf(experiment);
    description.special.end = {*description.tokenizer->idOf(endOfText)};
    description.special.padding = description.special.end.front();
    description.config = {.family = create.family == "llama" ? model::Family::Llama : model::Family::Qwen2,
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
        .attentionBias = create.family == "qwen2",
        .tieEmbeddings = create.tieWordEmbeddings};
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

PolicyModel baseModel(const config::Experiment& experiment, kernels::Backend& backend)
{
    if (!experiment.model.create)
        return loadPolicy(backend, experiment.model.path, model::Gradients::Kept);
    return newPolicy(
        backend, newDescription(experiment), static_cast<std::uint64_t>(experiment.seed), model::Gradients::Kept);
}

} // namespace ahascope::pipeline
