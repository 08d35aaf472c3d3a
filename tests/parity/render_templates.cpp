// Reads {"template": TEXT, "variables": {...}} per line and answers {"text": TEXT} or {"error": TEXT}: what
// compare_chat_templates.py sets against transformers. The date is 2026-11-24.
#include <iostream>
#include <nlohmann/json.hpp>

#include "core/problem.h"
#include "core/text/jinja/json_value.h"
#include "core/text/jinja/template.h"

using namespace ahascope;
using namespace ahascope::text::jinja;

namespace {

constexpr std::chrono::sys_days today = std::chrono::year(2026) / std::chrono::November / 24;

std::string rendered(const Dict& line, Budget& budget)
{
    const std::string& source = *find(line, "template", budget)->asText();
    const Dict& variables = *find(line, "variables", budget)->asDict();
    return Template::parse(source, "template").render(variables.entries, {.today = today});
}

} // namespace

int main()
{
    for (std::string line; std::getline(std::cin, line);) {
        const Value value = valueOfJson(line, "line");
        Budget budget{Limits{}};
        nlohmann::json answer;
        try {
            answer["text"] = rendered(*value.asDict(), budget);
        } catch (const InputError& error) {
            answer["error"] = error.what();
        }
        std::cout << answer.dump() << '\n';
    }
}
