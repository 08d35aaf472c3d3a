// The problems of a dataset or task, through the template and the tokenizer, in the order a run uses them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/config/experiment.h"
#include "core/pipeline/sampling.h"

namespace ahascope::pipeline {

class RunContext;

// The order of an endless stream of passes over `count` things: each pass is a permutation of its own (Fisher-Yates), a
// function of the seed and the pass alone.
class PassOrder {
public:
    PassOrder(std::uint64_t seed, std::int64_t count) : m_seed(seed), m_count(count) { }
    // Which thing stands at place `position` of the stream.
    std::int64_t at(std::int64_t position);

private:
    std::uint64_t m_seed;
    std::int64_t m_count;
    std::int64_t m_pass = -1;
    std::vector<std::int64_t> m_order; // of m_pass
};

class ProblemSource {
public:
    explicit ProblemSource(std::vector<PromptedProblem> problems, std::uint64_t seed = 0);

    std::int64_t size() const { return static_cast<std::int64_t>(m_problems.size()); }
    const PromptedProblem& at(std::int64_t index) const { return m_problems[static_cast<std::size_t>(index)]; }
    // Tokens of the longest prompt.
    std::int64_t longestPrompt() const { return m_longestPrompt; }

    // Batch `index` of `count` problems out of an endless stream of passes, shuffled (PassOrder) or as they stand.
    std::vector<PromptedProblem> batch(std::int64_t index, std::int64_t count, bool shuffle) const;
    // `rows` problems at equal distances; 0 or more than there are: all.
    std::vector<PromptedProblem> evenly(std::int64_t rows) const;

private:
    std::vector<PromptedProblem> m_problems;
    std::uint64_t m_seed;
    std::int64_t m_longestPrompt = 0;
};

// The rows of `source` as prompts. Throws InputError for data that cannot be read or lacks a column the template names.
std::vector<PromptedProblem> promptedProblems(const config::Experiment& experiment, const config::DataSource& source,
    bool training, const text::PromptTemplate& prompt, const text::Tokenizer& tokenizer);

ProblemSource trainingProblems(const RunContext& context);
ProblemSource evaluationProblems(const RunContext& context, const config::NamedData& set);

} // namespace ahascope::pipeline
