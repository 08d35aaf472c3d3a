// model.safetensors.index.json.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "core/formats/weight_files.h"
#include "core/problem.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    try {
        const std::string_view text(reinterpret_cast<const char*>(data), size);
        for (const auto& [name, file] : ahascope::formats::parseWeightIndex(text, "fuzz"))
            if (file.empty() || file[0] == '.' || file.find('/') != std::string::npos
                || file.find('\0') != std::string::npos)
                std::abort(); // would leave the folder
    } catch (const ahascope::InputError&) {
    }
    return 0;
}
