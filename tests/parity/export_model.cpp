// For check_exported_models.py: writes a model folder or .gguf file again.
//
//   export_model IN OUT safetensors|gguf f32|f16|bf16|q8_0 [MAX_SHARD_BYTES]
#include <cstdlib>
#include <iostream>
#include <map>

#include "core/pipeline/model_export.h"

using namespace ahascope;
using formats::TensorType;

int main(int argc, char** argv)
{
    const std::map<std::string, TensorType> types{
        {"f32", TensorType::F32}, {"f16", TensorType::F16}, {"bf16", TensorType::BF16}, {"q8_0", TensorType::Q8_0}};
    if (argc < 5 || types.count(argv[4]) == 0) {
        std::cerr << "usage: export_model IN OUT safetensors|gguf f32|f16|bf16|q8_0 [MAX_SHARD_BYTES]\n";
        return 2;
    }
    pipeline::ModelExport options;
    options.format = std::string(argv[3]) == "gguf" ? pipeline::ModelFormat::Gguf : pipeline::ModelFormat::Safetensors;
    options.type = types.at(argv[4]);
    if (argc > 5)
        options.maxShardBytes = std::strtoull(argv[5], nullptr, 10);
    try {
        pipeline::exportModel(argv[1], argv[2], options);
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
