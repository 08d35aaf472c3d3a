#include "app/cli/template_argument.h"

#include "core/formats/file_bytes.h"

namespace ahascope::cli {

text::PromptTemplate loadTemplate(const std::string& path)
{
    constexpr std::uint64_t mostBytes = 1u << 20;
    return text::PromptTemplate::parse(formats::readFile(path, mostBytes), path);
}

} // namespace ahascope::cli
