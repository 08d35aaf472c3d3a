#include "ui/models/template_preview.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <span>

#include <nlohmann/json.hpp>

#include "core/data/tasks/countdown_search.h"
#include "core/pipeline/base_model.h"
#include "core/pipeline/problem_source.h"
#include "core/pipeline/scoring.h"
#include "core/text/prompt_template.h"
#include "core/text/tokenizer.h"

namespace ahascope::ui {

namespace {

std::string firstLine(const InputError& error)
{
    return error.problems().empty() ? std::string(error.what()) : toString(error.problems().front());
}

// Runs one part; its complaint is the result.
template <typename Part>
std::string complaint(Part part)
{
    try {
        part();
    } catch (const InputError& error) {
        return firstLine(error);
    } catch (const std::exception& error) {
        return error.what();
    }
    return {};
}

PreviewRow rowOf(const pipeline::PromptedProblem& problem, const text::Tokenizer& tokenizer)
{
    PreviewRow row{problem.question, problem.answer, problem.columns, problem.prompt, {}};
    for (const std::int32_t id : problem.ids)
        row.tokens.push_back({id, std::string(tokenizer.tokenText(id))});
    return row;
}

} // namespace

std::string workingAnswer(const PreviewRow& row)
{
    const auto column = [&row](std::string_view name) {
        for (const auto& [key, value] : row.columns)
            if (key == name)
                return nlohmann::json::parse(value, nullptr, false);
        return nlohmann::json();
    };
    constexpr std::int64_t largest = 1'000'000;
    constexpr std::size_t mostNumbers = 4; // 5 have hundreds of thousands of tries
    const nlohmann::json given = column("numbers");
    const nlohmann::json target = column("target");
    if (!given.is_array() || given.empty() || given.size() > mostNumbers || !target.is_number_integer())
        return row.answer;
    std::vector<std::int64_t> numbers;
    for (const nlohmann::json& number : given) {
        if (!number.is_number_integer() || number < 1 || number > largest) // products must not overflow
            return row.answer;
        numbers.push_back(number.get<std::int64_t>());
    }
    for (const data::Try& tried : data::allTries(numbers, {"+-*", largest}))
        if (tried.live() && tried.result() == target.get<std::int64_t>())
            return tried.expression;
    return row.answer;
}

TemplatePreview previewTemplate(const config::Experiment& experiment, int rows)
{
    TemplatePreview preview;
    std::optional<text::PromptTemplate> prompt;
    try {
        prompt = pipeline::templateOf(experiment);
    } catch (const InputError& error) {
        preview.problems = error.problems();
        return preview;
    }
    preview.stop = prompt->stop();
    preview.prefill = prompt->format().prefill;

    std::shared_ptr<const text::Tokenizer> tokenizer;
    preview.noTokens = complaint([&] { tokenizer = pipeline::outlineOf(experiment).tokenizer; });
    if (!tokenizer)
        return preview;
    config::DataSource source = experiment.data.train;
    if (!source.task.empty()) // the first rows of a task are the same however many are asked for
        source.rows = source.rows == 0 ? rows : std::min<std::int64_t>(source.rows, rows);
    try {
        const auto problems = pipeline::promptedProblems(experiment, source, true, *prompt, *tokenizer);
        for (std::size_t k = 0; k < problems.size() && k < static_cast<std::size_t>(rows); ++k)
            preview.rows.push_back(rowOf(problems[k], *tokenizer));
    } catch (const InputError& error) {
        preview.problems.insert(preview.problems.end(), error.problems().begin(), error.problems().end());
    }
    if (!preview.rows.empty())
        for (const auto& [name, value] : preview.rows.front().columns)
            preview.columnNames.push_back(name);
    return preview;
}

} // namespace ahascope::ui
