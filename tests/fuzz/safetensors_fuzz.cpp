// The header of a safetensors file. The first byte chooses: the bytes as a file, or as the header of one that is as
// long as its tensors say.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>

#include "core/formats/safetensors.h"
#include "core/problem.h"

using namespace ahascope;

namespace {

// What every accepted header promises to the readers of tensors.
void check(const formats::SafetensorsHeader& header, std::uint64_t fileBytes)
{
    std::uint64_t at = 0;
    for (const formats::TensorEntry& tensor : header.tensors) {
        if (tensor.begin != at || tensor.count == 0
            || tensor.end - tensor.begin != formats::storedBytes(tensor.type, tensor.count, tensor.name))
            std::abort();
        at = tensor.end;
    }
    if (header.dataBegin + at != fileBytes)
        std::abort();
}

void parse(const std::string& head, std::uint64_t fileBytes)
{
    try {
        check(formats::parseSafetensorsHeader(std::as_bytes(std::span(head)), fileBytes, "fuzz"), fileBytes);
    } catch (const InputError&) {
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0)
        return 0;
    const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
    if (data[0] % 4 == 0) {
        parse(text, text.size());
        return 0;
    }
    const std::uint64_t length = text.size();
    std::string file(8, '\0');
    std::memcpy(file.data(), &length, 8);
    file += text;
    // The file is only as long as the first byte says, in steps of four bytes of data.
    parse(file, file.size() + 4 * (data[0] / 4));
    return 0;
}
