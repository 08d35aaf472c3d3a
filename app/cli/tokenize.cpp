#include <memory>

#include <CLI/CLI.hpp>

#include "app/cli/command.h"
#include "app/cli/json_lines.h"
#include "app/cli/tokenizer_argument.h"
#include "core/problem.h"

namespace ahascope::cli {

namespace {

struct Arguments {
    std::string model;
    bool special = false;
};

nlohmann::ordered_json answer(const nlohmann::json& in, const text::Tokenizer& tokenizer, bool addSpecial)
{
    const auto text = in.find("text");
    if (text == in.end() || !text->is_string())
        throw InputError({"text", "the line has no text", "write {\"text\": \"...\"}"});
    return {{"ids", tokenizer.encode(text->get<std::string>(), {.addSpecial = addSpecial})}};
}

} // namespace

void addTokenize(CLI::App& app, const Common&)
{
    auto arguments = std::make_shared<Arguments>();
    CLI::App* command = app.add_subcommand("tokenize", "JSON lines {text} to {ids}");
    addTokenizerOption(*command, arguments->model);
    command->add_flag("--special", arguments->special, "Put the model's own tokens around the text (BOS)");
    command->callback([arguments] {
        const auto tokenizer = loadTokenizer(arguments->model);
        throw Exit{
            filterJsonLines([&](const nlohmann::json& in) { return answer(in, *tokenizer, arguments->special); })};
    });
}

} // namespace ahascope::cli
