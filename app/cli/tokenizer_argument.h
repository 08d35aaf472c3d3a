// What the filters share that need a tokenizer but no weights.
#pragma once

#include <memory>
#include <string>

#include "core/text/tokenizer.h"

namespace CLI {
class App;
}

namespace ahascope::cli {

void addTokenizerOption(CLI::App& command, std::string& model);

// From a folder that holds tokenizer.json, alone or with a model, or from such a file. Throws InputError.
std::shared_ptr<const text::Tokenizer> loadTokenizer(const std::string& model);

} // namespace ahascope::cli
