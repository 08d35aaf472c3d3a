#include "core/pipeline/problem_source.h"

#include <algorithm>
#include <numeric>

#include "core/data/counter_random.h"
#include "core/pipeline/data_files.h"
#include "core/pipeline/run_context.h"

namespace ahascope::pipeline {

namespace {

// Keeps the order of the data apart from every other use of the seed.
constexpr std::uint64_t orderPurpose = 0x6f72646572; // "order"

} // namespace

ProblemSource::ProblemSource(std::vector<PromptedProblem> problems, std::uint64_t seed)
    : m_problems(std::move(problems))
    , m_seed(seed)
{
    for (const PromptedProblem& problem : m_problems)
        m_longestPrompt = std::max(m_longestPrompt, static_cast<std::int64_t>(problem.ids.size()));
}

std::int64_t PassOrder::at(std::int64_t position)
{
    if (position / m_count != m_pass) {
        m_pass = position / m_count;
        m_order.resize(static_cast<std::size_t>(m_count));
        std::iota(m_order.begin(), m_order.end(), 0);
        data::CounterRandom({m_seed, orderPurpose, static_cast<std::uint64_t>(m_pass)}).shuffle(m_order);
    }
    return m_order[static_cast<std::size_t>(position % m_count)];
}

std::vector<PromptedProblem> ProblemSource::batch(std::int64_t index, std::int64_t count, bool shuffle) const
{
    std::vector<PromptedProblem> chosen;
    PassOrder order(m_seed, size());
    for (std::int64_t position = index * count; position < (index + 1) * count; ++position)
        chosen.push_back(at(shuffle ? order.at(position) : position % size()));
    return chosen;
}

std::vector<PromptedProblem> ProblemSource::evenly(std::int64_t rows) const
{
    if (rows <= 0 || rows >= size())
        return m_problems;
    std::vector<PromptedProblem> chosen;
    for (std::int64_t i = 0; i < rows; ++i)
        chosen.push_back(at(i * size() / rows));
    return chosen;
}

std::vector<PromptedProblem> promptedProblems(const config::Experiment& experiment, const config::DataSource& source,
    bool training, const text::PromptTemplate& prompt, const text::Tokenizer& tokenizer)
{
    data::Dataset dataset = openDataset(experiment, source, training);
    std::vector<PromptedProblem> problems;
    problems.reserve(dataset.size());
    for (std::size_t i = 0; i < dataset.size(); ++i) {
        const data::Row& row = dataset.row(i);
        PromptedProblem& problem = problems.emplace_back(
            PromptedProblem{static_cast<std::int64_t>(i), row.id, row.question, row.answer, row.columns, {}, {}});
        problem.prompt = prompt.render(row.question, row.columns);
        problem.ids = tokenizer.encode(problem.prompt);
    }
    return problems;
}

ProblemSource trainingProblems(const RunContext& context)
{
    const config::Experiment& experiment = context.experiment;
    return ProblemSource(
        promptedProblems(experiment, experiment.data.train, true, context.prompt, *context.policy.tokenizer),
        static_cast<std::uint64_t>(experiment.seed));
}

ProblemSource evaluationProblems(const RunContext& context, const config::NamedData& set)
{
    return ProblemSource(
        promptedProblems(context.experiment, set.source, false, context.prompt, *context.policy.tokenizer));
}

} // namespace ahascope::pipeline
