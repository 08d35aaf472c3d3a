#include "app/cli/model_argument.h"

#include <CLI/CLI.hpp>

#include "core/pipeline/device.h"
#include "core/pipeline/stage_options.h"

namespace ahascope::cli {

void addModelOptions(CLI::App& command, ModelArguments& arguments)
{
    command.add_option("--model", arguments.model, "Hugging Face model folder, or .gguf file")->required();
    command.add_option("--adapter", arguments.adapter, "Folder of a LoRA adapter in PEFT's layout");
    command.add_option("--device", arguments.device, "auto, cpu, cuda or cuda:N")->capture_default_str();
    command.add_option("--dtype", arguments.dtype, "Of the model's matrices in memory")
        ->check(CLI::IsMember({"f32", "bf16"}))
        ->capture_default_str();
}

void addSamplingOptions(CLI::App& command, SamplingArguments arguments)
{
    command.add_option("--max-new-tokens", arguments.maxNewTokens, "Longest completion")
        ->check(CLI::Range(1, 1 << 20))
        ->capture_default_str();
    command.add_option("--temperature", arguments.temperature, "0 is greedy")
        ->check(CLI::Range(0.0, 100.0))
        ->capture_default_str();
    command.add_option("--top-p", arguments.topP, "Draw from the likeliest tokens that make up this share")
        ->check(CLI::Range(1e-6, 1.0))
        ->capture_default_str();
    command.add_option("--top-k", arguments.topK, "Draw from this many of the likeliest tokens; 0 = all")
        ->check(CLI::Range(0, 1 << 30))
        ->capture_default_str();
    command.add_option("--seed", arguments.seed, "Of the draws: equal seeds, equal completions")->capture_default_str();
}

LoadedModel loadModel(const ModelArguments& arguments, int threads)
{
    LoadedModel loaded;
    loaded.backend = pipeline::openDevice(arguments.device, threads).backend;
    pipeline::AdapterSource adapter;
    if (!arguments.adapter.empty())
        adapter = std::filesystem::path(arguments.adapter);
    loaded.policy = pipeline::loadPolicy(
        *loaded.backend, arguments.model, model::Gradients::None, adapter, pipeline::storedType(arguments.dtype));
    return loaded;
}

} // namespace ahascope::cli
