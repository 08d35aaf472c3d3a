#include "core/pipeline/supervised_stage.h"

#include <algorithm>
#include <memory>
#include <optional>

#include "core/pipeline/data_files.h"
#include "core/pipeline/evaluation.h"
#include "core/pipeline/stage_loop.h"
#include "core/pipeline/stage_options.h"
#include "core/train/supervised_trainer.h"

namespace ahascope::pipeline {

namespace {

// What pretrain and sft stages have in common.
struct SupervisedOptions {
    std::string data;
    std::int64_t batchSize = 0;
    bool lossOnCompletion = true;
    std::int64_t maxLength = 0;
    bool shuffle = true;
    config::Optimization optimization;
};

SupervisedOptions optionsOf(const config::Stage& stage)
{
    auto from = [](const auto& options) -> SupervisedOptions {
        return {options.data, options.batchSize, options.lossOn == "completion", options.maxLength,
            options.shuffleDataset, options.optimization};
    };
    if (const auto* pretrain = std::get_if<config::PretrainStage>(&stage.options))
        return from(*pretrain);
    return from(std::get<config::SftStage>(stage.options));
}

// The texts of a stage: an endless corpus of a task, or the rows of a file in passes.
class Texts {
public:
    Texts(const RunContext& context, const SupervisedOptions& options) : m_context(context), m_options(options)
    {
        const config::DataSource& source = sourceNamed(context.experiment, options.data);
        if (!source.task.empty())
            m_corpus.emplace(openCorpus(context.experiment, source));
        else
            m_rows = openDataset(context.experiment, source, true);
        m_order
            = PassOrder(static_cast<std::uint64_t>(context.experiment.seed), static_cast<std::int64_t>(m_rows.size()));
        m_completionColumn = source.completion;
    }

    // Batch `step`; texts that are too long are left out and counted.
    std::vector<train::SupervisedExample> batch(std::int64_t step, std::int64_t& leftOut)
    {
        std::vector<train::SupervisedExample> examples;
        for (std::int64_t i = step * m_options.batchSize; i < (step + 1) * m_options.batchSize; ++i) {
            train::SupervisedExample example = m_corpus ? corpusExample(i) : rowExample(i);
            if (static_cast<std::int64_t>(example.tokens.size()) > m_options.maxLength || example.tokens.size() < 2)
                ++leftOut;
            else
                examples.push_back(std::move(example));
        }
        return examples;
    }

private:
    train::SupervisedExample corpusExample(std::int64_t index) const
    {
        data::CorpusText text = m_corpus->text(static_cast<std::uint64_t>(index));
        return example(m_context.prompt.render(text.row.question, text.row.columns), text.completion);
    }

    train::SupervisedExample rowExample(std::int64_t index)
    {
        std::int64_t at = m_options.shuffle ? m_order.at(index) : index % static_cast<std::int64_t>(m_rows.size());
        const data::Row& row = m_rows.row(static_cast<std::size_t>(at));
        const std::string* completion = text::findColumn(row.columns, m_completionColumn);
        return example(m_context.prompt.render(row.question, row.columns), completion ? *completion : row.answer);
    }

    // Prompt and completion are encoded apart, as they are when the model is sampled.
    train::SupervisedExample example(const std::string& prompt, const std::string& completion) const
    {
        const text::Tokenizer& tokenizer = *m_context.policy.tokenizer;
        train::SupervisedExample example;
        example.tokens = tokenizer.encode(prompt);
        std::size_t promptTokens = example.tokens.size();
        std::vector<std::int32_t> rest = tokenizer.encode(completion);
        example.tokens.insert(example.tokens.end(), rest.begin(), rest.end());
        if (!m_context.policy.special.end.empty())
            example.tokens.push_back(m_context.policy.special.end.front());
        if (m_options.lossOnCompletion) {
            example.mask.assign(example.tokens.size(), true);
            std::fill_n(example.mask.begin(), promptTokens, false);
        }
        return example;
    }

    const RunContext& m_context;
    const SupervisedOptions& m_options;
    std::optional<data::Corpus> m_corpus;
    data::Dataset m_rows;
    PassOrder m_order{0, 1}; // of the rows
    std::string m_completionColumn;
};

class SupervisedWork : public StageWork {
public:
    SupervisedWork(RunContext& context, const config::Stage& stage, const Evaluator& evaluator)
        : m_context(context)
        , m_stage(stage)
        , m_options(optionsOf(stage))
        , m_texts(context, m_options)
        , m_trainer(context.backend, *context.policy.parameters, trainerOptions())
        , m_evaluator(evaluator)
    {
    }

    bool advance() override
    {
        Lap lap;
        std::int64_t leftOut = 0;
        std::vector<train::SupervisedExample> batch = m_texts.batch(m_context.progress.step, leftOut);
        if (batch.empty())
            throw InputError({"stage." + m_stage.name + ".max_length", "every text of a batch is longer than this",
                "raise it, or shorten the texts"});
        double preparing = lap.next();
        train::UpdateResult result = m_trainer.update(batch, [this] { return m_context.interrupted(); });
        if (result.cancelled)
            return false;
        double training = lap.next();
        Progress& progress = m_context.progress;
        ++progress.step;
        ++progress.globalStep;
        for (const train::SupervisedExample& example : batch)
            progress.numTokens += static_cast<std::int64_t>(example.tokens.size());
        progress.evaluationPending = m_evaluator.due(progress.step);
        m_context.countUpdate(result.applied);
        m_context.emit(StepFinished{metrics(result, preparing, training, leftOut), nullptr});
        return true;
    }

    void save(const train::StateSink& sink) const override { m_trainer.save(sink); }
    void load(const train::StateSource& source) override { m_trainer.load(source); }

private:
    train::SupervisedTrainerOptions trainerOptions()
    {
        train::SupervisedTrainerOptions options = supervisedTrainerOptions(
            m_options.optimization, m_stage.steps, m_options.maxLength, m_context.roundingSeed());
        options.tokenBudget = m_context.microBatchTokens(m_options.optimization);
        options.budgetHalved = m_context.microBatchListener();
        return options;
    }

    Metrics metrics(const train::UpdateResult& result, double preparing, double training, std::int64_t leftOut) const
    {
        Metrics metrics;
        for (const auto& [name, value] : result.metrics)
            if (name != "num_tokens") // of the batch; ours counts the run
                metrics.emplace_back(name, value);
        const Progress& progress = m_context.progress;
        metrics.emplace_back("num_tokens", static_cast<double>(progress.numTokens));
        metrics.emplace_back("texts_left_out", static_cast<double>(leftOut));
        metrics.emplace_back("non_finite_steps", static_cast<double>(progress.nonFiniteSteps));
        metrics.emplace_back("step_time", preparing + training);
        metrics.emplace_back("time/train", training);
        metrics.emplace_back("time/other", preparing);
        auto trained = result.metrics.find("train_tokens");
        if (training > 0 && trained != result.metrics.end())
            metrics.emplace_back("tokens_per_second/train", trained->second / training);
        addMemoryMetrics(metrics, m_context.backend);
        return metrics;
    }

    RunContext& m_context;
    const config::Stage& m_stage;
    SupervisedOptions m_options;
    Texts m_texts;
    train::SupervisedTrainer m_trainer;
    const Evaluator& m_evaluator;
};

} // namespace

StageEnd runSupervisedStage(
    RunContext& context, const config::Stage& stage, Checkpointer& checkpointer, const train::StateSource& trainerState)
{
    Evaluator evaluator(context, stage);
    SupervisedWork work(context, stage, evaluator);
    return runStageLoop(context, stage, evaluator, checkpointer, work, trainerState);
}

} // namespace ahascope::pipeline
