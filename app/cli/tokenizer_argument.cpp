#include "app/cli/tokenizer_argument.h"

#include <CLI/CLI.hpp>

namespace ahascope::cli {

void addTokenizerOption(CLI::App& command, std::string& model)
{
    command.add_option("--model", model, "Model folder; tokenizer.json is enough")->required();
}

std::shared_ptr<const text::Tokenizer> loadTokenizer(const std::string& model)
{
    std::filesystem::path path = model;
    if (std::filesystem::is_directory(path))
        path /= "tokenizer.json";
    return text::Tokenizer::fromFile(path);
}

} // namespace ahascope::cli
