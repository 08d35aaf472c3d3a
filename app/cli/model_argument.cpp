#include "app/cli/model_argument.h"

#include <CLI/CLI.hpp>

#include "core/problem.h"

namespace ahascope::cli {

void addModelOptions(CLI::App& command, ModelArguments& arguments)
{
    command.add_option("--model", arguments.model, "Hugging Face model folder")->required();
    command.add_option("--device", arguments.device, "auto, cpu, cuda or cuda:N")->capture_default_str();
    command.add_option("--dtype", arguments.dtype, "f32 or bf16")->check(CLI::IsMember({"f32", "bf16"}));
}

LoadedModel loadModel(const ModelArguments& arguments, int threads)
{
    LoadedModel loaded;
    loaded.backend = kernels::makeBackend(arguments.device, {.threads = threads});
    if (arguments.dtype != "f32")
        throw InputError({"--dtype", "bf16 is not available on " + loaded.backend->name(), "use f32"});
    loaded.policy = pipeline::loadPolicy(*loaded.backend, arguments.model, model::Gradients::None);
    return loaded;
}

} // namespace ahascope::cli
