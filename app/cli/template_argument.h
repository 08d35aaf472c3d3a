// A prompt template that is named on the command line.
#pragma once

#include <string>

#include "core/text/prompt_template.h"

namespace ahascope::cli {

// Throws InputError.
text::PromptTemplate loadTemplate(const std::string& path);

} // namespace ahascope::cli
