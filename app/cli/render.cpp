#include <filesystem>
#include <memory>

#include <CLI/CLI.hpp>

#include "app/cli/command.h"
#include "app/cli/json_columns.h"
#include "app/cli/json_lines.h"
#include "app/cli/template_argument.h"
#include "app/cli/tokenizer_argument.h"
#include "core/formats/model_chat.h"
#include "core/text/prompt_template.h"

namespace ahascope::cli {

namespace {

struct Arguments {
    std::string templateFile;
    std::string model;
    bool chat = false;
    std::string system;
};

// A model may be given by its folder or by the tokenizer.json in it.
std::filesystem::path folderOf(const std::filesystem::path& model)
{
    return std::filesystem::is_directory(model) ? model : model.parent_path();
}

nlohmann::ordered_json answer(const std::string& rendered, const text::Tokenizer* tokenizer)
{
    nlohmann::ordered_json out{{"prompt", rendered}};
    if (tokenizer != nullptr) {
        out["ids"] = tokenizer->encode(rendered);
    }
    return out;
}

// The model's own chat template, for a question or a conversation.
int renderChat(const Arguments& arguments, const text::Tokenizer* tokenizer)
{
    const auto chat = text::ChatPrompt::parse({.system = arguments.system, .date = {}, .variables = {}}, "", "--chat")
                          .withModel(formats::readModelChat(folderOf(arguments.model)));
    return filterTextLines(
        [&](const std::string& line) { return answer(chat.renderLine(line, "standard input"), tokenizer); });
}

int renderTemplate(const Arguments& arguments, const text::Tokenizer* tokenizer)
{
    text::PromptTemplate prompt = loadTemplate(arguments.templateFile);
    if (prompt.chat() != nullptr && !arguments.model.empty()) {
        prompt = prompt.withModel(formats::readModelChat(folderOf(arguments.model)));
    }
    return filterJsonLines([&](const nlohmann::json& in) {
        return answer(prompt.render(requiredColumn(in, "question"), columnsOf(in)), tokenizer);
    });
}

} // namespace

void addRender(CLI::App& app, const Common&)
{
    auto arguments = std::make_shared<Arguments>();
    CLI::App* command = app.add_subcommand("render", "JSON lines {question, ...} to {prompt}, with a model also {ids}");
    auto* source = command->add_option_group("source");
    source->add_option(
        "--template", arguments->templateFile, "Prompt template (text with {{prompt}}, or a chat template)");
    CLI::Option* chat = source->add_flag("--chat", arguments->chat,
        "The model's own chat template; lines may be {\"messages\": [...]}, with \"tools\" and other variables");
    source->require_option(1);
    CLI::Option* model = command->add_option("--model", arguments->model, "Folder with tokenizer.json");
    chat->needs(model);
    command->add_option("--system", arguments->system, "System message before the conversation")->needs(chat);
    command->callback([arguments] {
        const auto tokenizer = arguments->model.empty() ? nullptr : loadTokenizer(arguments->model);
        throw Exit{
            arguments->chat ? renderChat(*arguments, tokenizer.get()) : renderTemplate(*arguments, tokenizer.get())};
    });
}

} // namespace ahascope::cli
