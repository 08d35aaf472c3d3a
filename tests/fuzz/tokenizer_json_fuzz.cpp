// tokenizer.json: what is accepted encodes, decodes, and comes back from its own file as the same tokenizer.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "core/problem.h"
#include "core/text/tokenizer.h"

using namespace ahascope;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    try {
        const auto tokenizer
            = text::Tokenizer::fromJson(std::string_view(reinterpret_cast<const char*>(data), size), "fuzz");
        const std::string sample = "Hello  w\u00f6rld 123 \u4e2d\u6587\n<|end|>e\u0301 'S\t!!" + std::string(100, 'a');
        const auto ids = tokenizer->encode(sample, {.addSpecial = true});
        tokenizer->decode(ids);
        const auto again = text::Tokenizer::fromJson(tokenizer->toJson(), "again");
        if (again->encode(sample, {.addSpecial = true}) != ids || again->toJson() != tokenizer->toJson())
            std::abort();
    } catch (const InputError&) {
    }
    return 0;
}
