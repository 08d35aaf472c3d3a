// Any bytes through encode(): the ids give the repaired text back, whole and token by token, whatever the split. What
// is cut into pieces for speed has the ids of the whole.
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

// Like Llama 2: characters, bytes as a fallback, merges over the whole text.
TokenizerSpec sentencePieceSpec()
{
    TokenizerSpec spec;
    spec.options = {.byteLevel = false, .byteFallback = true, .unknown = 256};
    for (int byte = 0; byte < 256; ++byte) {
        constexpr std::string_view Digits = "0123456789ABCDEF";
        spec.tokens.push_back(std::string("<0x") + Digits[byte / 16] + Digits[byte % 16] + ">");
    }
    for (const char* token : {"<unk>", "\u2581", "a", "b", "\u4e2d", "ab", "\u2581a", "\u2581\u2581", "\u2581ab", "aa"})
        spec.tokens.emplace_back(token);
    spec.literal.resize(spec.tokens.size());
    spec.merges = {{258, 259, 261}, {257, 261, 264}, {257, 258, 262}, {257, 257, 263}, {258, 258, 265}};
    spec.normalizer = R"({"type":"Sequence","normalizers":[{"type":"Prepend","prepend":"\u2581"},)"
                      R"({"type":"Replace","pattern":{"String":" "},"content":"\u2581"}]})";
    spec.preTokenizer = "null";
    spec.decoder = R"({"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"\u2581"},"content":" "},)"
                   R"({"type":"ByteFallback"},{"type":"Fuse"},{"type":"Strip","content":" ","start":1,"stop":0}]})";
    return spec;
}

void checkSentencePiece(std::string_view text)
{
    static const TokenizerSpec spec = sentencePieceSpec();
    static const Shared tokenizer = Tokenizer::fromSpec(spec, "fuzz");
    static const BpeModel model(spec.tokens, spec.literal, spec.merges, spec.options);
    const std::vector<std::int32_t> ids = tokenizer->encode(text);
    const std::string repaired = repairedUtf8(text);
    std::vector<std::int32_t> whole;
    BpeModel::Scratch scratch;
    if (!repaired.empty())
        model.encodeWord("\u2581" + replaced(repaired, " ", "\u2581"), whole, scratch);
    if (ids != whole || tokenizer->decode(ids) != replaced(repaired, "\u2581", " "))
        std::abort();
}

const std::vector<Shared>& tokenizers()
{
    static const std::vector<Shared> all{withSplit(""),
        withSplit(R"('s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+)"),
        withSplit(R"([!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+)"
                  R"(| ?[\\p{P}\\p{S}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+)"),
        withSplit(R"([^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+)"
                  R"(|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*)"
                  R"(|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+)"),
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
    checkSentencePiece(text);
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
