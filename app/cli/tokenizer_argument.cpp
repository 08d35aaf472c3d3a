#include "app/cli/tokenizer_argument.h"

#include <CLI/CLI.hpp>

#include "core/formats/gguf.h"
#include "core/formats/model_folder.h"

namespace ahascope::cli {

void addTokenizerOption(CLI::App& command, std::string& model)
{
    command.add_option("--model", model, "Model folder, of which tokenizer.json is enough, or .gguf file")->required();
}

std::shared_ptr<const text::Tokenizer> loadTokenizer(const std::string& model)
{
    std::filesystem::path path = model;
    if (formats::isGgufPath(path) && !std::filesystem::is_directory(path))
        return formats::readModelDescription(path).tokenizer;
    if (std::filesystem::is_directory(path))
        path /= "tokenizer.json";
    return text::Tokenizer::fromFile(path);
}

} // namespace ahascope::cli
