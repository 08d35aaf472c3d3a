// config.json: what is accepted has a sound shape and comes back from its own file.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "core/formats/model_config_json.h"
#include "core/problem.h"

using namespace ahascope;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    model::ModelConfig config;
    try {
        config = formats::parseModelConfig(text, "fuzz");
    } catch (const InputError&) {
        return 0;
    }
    if (!model::problemWith(config).empty() || model::parameterCount(config) <= 0)
        std::abort();
    if (formats::parseModelConfig(formats::modelConfigJson(config, formats::TensorType::F32, text), "again") != config)
        std::abort();
    return 0;
}
