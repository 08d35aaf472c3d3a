// The models that are on this machine: what can be known of them without reading their weights.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

namespace ahascope::pipeline {

// Bytes, from the plan backend; 0 for a model that cannot be used. Assumed are weights in F32, prompts and completions
// of 512 tokens, 8 completions at once and micro-batches of 2048 tokens (less where the model's context is shorter).
struct ModelNeeds {
    std::uint64_t inference = 0;
    std::uint64_t lora = 0; // full training without the gradients and moments of the base weights
    std::uint64_t training = 0;
};

enum class ModelUse { None, Inference, Lora, Training };

// The most that so much memory holds. None: not even inference, or a model that cannot be used.
ModelUse mostDemandingUse(const ModelNeeds& needs, std::uint64_t memory);

struct ModelListing {
    std::filesystem::path path; // folder or .gguf file
    std::string name;           // "Qwen/Qwen2.5-0.5B" in a Hugging Face cache, else that of the folder or file
    std::string problem;        // why it cannot be used, in one line; the rest is then what is known all the same
    std::string family;         // model_type of config.json
    std::int64_t parameters = 0;
    std::int64_t context = 0; // tokens
    std::int64_t vocabulary = 0;
    std::string dtype;       // in which most of the weights are stored: "BF16"
    std::uint64_t bytes = 0; // of weights on disk
    bool chatTemplate = false;
    std::string license; // as stated in README.md's front matter or in the GGUF file; else empty
    ModelNeeds needs;
};

struct ModelSearch {
    std::vector<std::filesystem::path> places; // folders, model folders, .gguf files
    int maxDepth = 6;                          // of folders below a place
    std::size_t maxEntries = 200'000;          // that are looked at
    std::size_t maxModels = 2'000;
};

// Sorted by path, each model once. Hidden folders and links to folders are left out; what cannot be read is passed over
// or listed with its problem, never an error. A request to stop returns what was found so far.
std::vector<ModelListing> findModels(const ModelSearch& search, std::stop_token stop = {});

// One of them. `path` is a folder with a config.json or a .gguf file.
ModelListing listModel(const std::filesystem::path& path);

// The shipped models and the local Hugging Face cache ($HF_HUB_CACHE, $HF_HOME/hub, ~/.cache/huggingface/hub), as far
// as they are there.
std::vector<std::filesystem::path> usualModelPlaces();

} // namespace ahascope::pipeline
