// tokenizer.json: what is accepted encodes, decodes, whole and token by token alike, and comes back from its own file
// as the same tokenizer.
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "core/problem.h"
#include "core/text/tokenizer.h"

using namespace ahascope;

namespace {

std::string streamed(const std::shared_ptr<const text::Tokenizer>& tokenizer, const std::vector<std::int32_t>& ids)
{
    text::StreamDecoder decoder(tokenizer);
    std::string text;
    for (const std::int32_t id : ids)
        text += decoder.push(id);
    return text + decoder.finish();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    try {
        const auto tokenizer
            = text::Tokenizer::fromJson(std::string_view(reinterpret_cast<const char*>(data), size), "fuzz");
        const std::string sample
            = "Hello  w\u00f6rld 123 \u4e2d\u6587\n<|end|>e\u0301 'S\t!!<s>he \u2581he" + std::string(100, 'a');
        const auto ids = tokenizer->encode(sample, {.addSpecial = true});
        std::vector<std::int32_t> all = ids;
        for (std::int32_t id = 0; id < 600; ++id)
            all.push_back(id * 7 % 601);
        if (streamed(tokenizer, all) != tokenizer->decode(all))
            std::abort();
        const auto again = text::Tokenizer::fromJson(tokenizer->toJson(), "again");
        if (again->encode(sample, {.addSpecial = true}) != ids || again->toJson() != tokenizer->toJson())
            std::abort();
    } catch (const InputError&) {
    }
    return 0;
}
