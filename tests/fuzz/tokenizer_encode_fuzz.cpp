// Any bytes through encode(): the ids give the repaired text back, whole and token by token, whatever the split.
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "core/text/bpe_trainer.h"
#include "core/text/tokenizer.h"
#include "core/text/utf8.h"

using namespace ahascope::text;

namespace {

using Shared = std::shared_ptr<const Tokenizer>;

Shared withSplit(const std::string& expression)
{
    BpeTrainer trainer({.vocabularySize = 300, .minimumCount = 1});
    trainer.add("hello world, hello 123 wait wait \u4e2d\u6587\u4e2d\u6587 aaaa aaaa    \n\n");
    TokenizerSpec spec = trainer.train();
    spec.normalizer = "null"; // else the text comes back in form C
    if (!expression.empty())
        spec.preTokenizer = R"({"type":"Sequence","pretokenizers":[{"type":"Split","behavior":"Isolated",)"
                            R"("pattern":{"Regex":")"
            + expression + R"("}},{"type":"ByteLevel","add_prefix_space":false,"use_regex":false}]})";
    return Tokenizer::fromSpec(spec, "fuzz");
}

const std::vector<Shared>& tokenizers()
{
    static const std::vector<Shared> all{withSplit(""),
        withSplit(R"('s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+)"),
        withSplit(R"([!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+)"
                  R"(| ?[\\p{P}\\p{S}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+)"),
        withSplit(R"(\\s?[^\\s\\p{L}a-c]+)"), withSplit(R"(\\s+$)")};
    return all;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0)
        return 0;
    const Shared& tokenizer = tokenizers()[data[0] % tokenizers().size()];
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    const std::vector<std::int32_t> ids = tokenizer->encode(text, {.recogniseSpecial = data[0] < 128});
    const std::string expected = repairedUtf8(text);
    StreamDecoder decoder(tokenizer);
    std::string streamed;
    for (const std::int32_t id : ids)
        streamed += decoder.push(id);
    streamed += decoder.finish();
    if (tokenizer->decode(ids) != expected || streamed != expected)
        std::abort();
    return 0;
}
