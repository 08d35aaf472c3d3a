// Chat templates: any bytes are a template or an InputError that names the line, and what was read renders within its
// limits or is refused.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "core/problem.h"
#include "core/text/jinja/json_value.h"
#include "core/text/jinja/template.h"
#include "core/text/utf8.h"

namespace {

using namespace ahascope;
using namespace ahascope::text::jinja;

constexpr Limits limits{.steps = 20'000, .bytes = 4u << 20, .output = 1u << 18, .depth = 500};

const Entries& variables()
{
    static const Value all = valueOfJson(
        R"({"messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi \u00e9\n"},
            {"role": "assistant", "content": null, "tool_calls": [{"function": {"name": "f", "arguments": {"q": 1.5}}}]},
            {"role": "tool", "content": "<think>x</think> y"}], "tools": [{"function": {"name": "f"}}], "n": 3,
            "bos_token": "<s>", "eos_token": "</s>", "add_generation_prompt": true})",
        "fuzz");
    return all.asDict()->entries;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    try {
        const Template chat = Template::parse(bytes, "fuzz");
        const std::string once = chat.render(variables(), {.today = {}, .limits = limits});
        if (once.size() > limits.output || !text::isUtf8(once))
            std::abort();
        if (chat.render(variables(), {.today = {}, .limits = limits}) != once)
            std::abort();
    } catch (const InputError& error) {
        if (error.problems().empty() || error.problems().front().where.empty())
            std::abort();
    }
    return 0;
}
