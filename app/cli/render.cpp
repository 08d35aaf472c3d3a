#include <memory>

#include <CLI/CLI.hpp>

#include "app/cli/command.h"
#include "app/cli/json_columns.h"
#include "app/cli/json_lines.h"
#include "app/cli/template_argument.h"
#include "app/cli/tokenizer_argument.h"
#include "core/text/prompt_template.h"

namespace ahascope::cli {

namespace {

struct Arguments {
    std::string templateFile;
    std::string model;
};

nlohmann::ordered_json answer(
    const nlohmann::json& in, const text::PromptTemplate& prompt, const text::Tokenizer* tokenizer)
{
    const std::string rendered = prompt.render(requiredColumn(in, "question"), columnsOf(in));
    nlohmann::ordered_json out{{"prompt", rendered}};
    if (tokenizer != nullptr) {
        out["ids"] = tokenizer->encode(rendered);
    }
    return out;
}

} // namespace

void addRender(CLI::App& app, const Common&)
{
    auto arguments = std::make_shared<Arguments>();
    CLI::App* command = app.add_subcommand("render", "JSON lines {question, ...} to {prompt}, with a model also {ids}");
    command->add_option("--template", arguments->templateFile, "Prompt template (text with {{prompt}})")->required();
    command->add_option("--model", arguments->model, "Folder with tokenizer.json");
    command->callback([arguments] {
        const text::PromptTemplate prompt = loadTemplate(arguments->templateFile);
        const auto tokenizer = arguments->model.empty() ? nullptr : loadTokenizer(arguments->model);
        throw Exit{filterJsonLines([&](const nlohmann::json& in) { return answer(in, prompt, tokenizer.get()); })};
    });
}

} // namespace ahascope::cli
