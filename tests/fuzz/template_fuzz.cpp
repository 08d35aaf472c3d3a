// Prompt templates: any bytes are a template or an InputError, and what was read renders.
#include <cstdint>
#include <cstdlib>

#include "core/problem.h"
#include "core/text/prompt_template.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace ahascope;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    try {
        const auto parsed = text::PromptTemplate::parse(bytes, "fuzz");
        text::Columns columns;
        for (const std::string& name : parsed.columnNames()) {
            columns.emplace_back(name, "value");
        }
        const std::string rendered = parsed.render("question", columns);
        if (rendered.find("question") == std::string::npos || !rendered.ends_with(parsed.format().prefill)) {
            std::abort();
        }
    } catch (const InputError& error) {
        if (error.problems().empty()) {
            std::abort();
        }
    }
    return 0;
}
