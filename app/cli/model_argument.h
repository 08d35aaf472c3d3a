// What the filters that run a model share.
#pragma once

#include <memory>
#include <string>

#include "core/pipeline/policy_model.h"
#include "kernels/devices.h"

namespace CLI {
class App;
}

namespace ahascope::cli {

struct ModelArguments {
    std::string model;
    std::string adapter;
    std::string device = "cpu";
    std::string dtype = "f32";
};

void addModelOptions(CLI::App& command, ModelArguments& arguments);

// Where the options of a draw are kept.
struct SamplingArguments {
    double& temperature;
    double& topP;
    std::int64_t& topK;
    std::uint64_t& seed;
    std::int64_t& maxNewTokens;
};

void addSamplingOptions(CLI::App& command, SamplingArguments arguments);

struct LoadedModel {
    std::unique_ptr<kernels::Backend> backend;
    pipeline::PolicyModel policy;
};

// Throws InputError for a folder that cannot be had.
LoadedModel loadModel(const ModelArguments& arguments, int threads);

} // namespace ahascope::cli
