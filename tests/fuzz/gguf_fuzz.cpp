// A GGUF file: its layout, and what config and tokenizer its metadata stand for. The first byte chooses: the bytes as
// they are, or as the metadata of a file that is well-formed around them.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>

#include "core/formats/gguf.h"
#include "core/formats/gguf_config.h"
#include "core/formats/gguf_model.h"
#include "core/formats/gguf_tokenizer.h"
#include "core/problem.h"

using namespace ahascope;

namespace {

// What every accepted header promises to the readers of tensors.
void check(const formats::GgufHeader& header, std::uint64_t fileBytes)
{
    std::uint64_t end = 0;
    for (const formats::TensorEntry& tensor : header.tensors) {
        if (tensor.begin < end || tensor.count == 0
            || tensor.end - tensor.begin != formats::storedBytes(tensor.type, tensor.count, "fuzz"))
            std::abort();
        end = tensor.end;
    }
    if (header.dataBegin > fileBytes || end > fileBytes - header.dataBegin)
        std::abort();
}

template <typename Read>
void attempt(Read read)
{
    try {
        read();
    } catch (const InputError&) {
    }
}

void parse(const std::string& file)
{
    attempt([&] {
        const auto bytes = std::as_bytes(std::span(file));
        const formats::GgufHeader header = formats::parseGgufHeader(bytes, file.size(), "fuzz");
        check(header, file.size());
        attempt([&] { formats::configFromGguf(header, bytes); });
        attempt([&] { formats::tokenizerFromGguf(header.metadata); });
        attempt([&] { formats::specialTokensFromGguf(header.metadata); });
    });
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size < 2)
        return 0;
    const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
    if (data[0] % 2 == 0) {
        parse(text);
        return 0;
    }
    std::string file("GGUF\3\0\0\0", 8);
    const std::uint64_t counts[] = {0, data[0] / 2u};
    file.append(reinterpret_cast<const char*>(counts), sizeof counts);
    parse(file + text);
    return 0;
}
