// A model that answers one prompt at a time: in one piece, or token by token while a person watches.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/pipeline/policy_model.h"
#include "core/rollout/generator.h"

namespace ahascope::pipeline {

struct AnswerRequest {
    std::string prompt;                 // as the model sees it
    std::vector<std::int32_t> ids = {}; // the prompt's tokens, instead of its text
    std::int64_t samples = 1;
    std::int64_t maxNewTokens = 512; // fewer where the model's context ends before
    double temperature = 1.0;        // 0 is greedy
    double topP = 1.0;
    std::int64_t topK = 0;
    std::uint64_t seed = 0;
    std::uint64_t row = 0; // keeps the randomness of prompts with one seed apart
    std::vector<std::string> stop = {};
};

struct AnswerToken {
    std::int32_t id = 0;
    std::string text;  // empty while a code point is split over tokens, and of special tokens
    float logProb = 0; // natural log, of the model as it is, without temperature
    float entropy = 0; // nats
};

// Called on the thread that asked, a sample's calls in order; each may be empty. `rest`: the text of bytes that end
// amid a code point.
struct AnswerListener {
    std::function<void(std::size_t sample, AnswerToken token)> token;
    std::function<void(std::size_t sample, rollout::FinishReason reason, std::string rest)> finished;
    std::function<bool()> cancelled; // asked between chunks
};

class InteractiveModel {
public:
    // A Hugging Face folder, an adapter's folder or a .gguf file. Throws InputError: see loadPolicy() and openDevice().
    InteractiveModel(const std::filesystem::path& model, const std::string& device, int threads);
    // `policy` was loaded on `backend`.
    InteractiveModel(std::unique_ptr<kernels::Backend> backend, PolicyModel policy);
    ~InteractiveModel();

    const PolicyModel& policy() const { return m_policy; }

    // A completion for each sample; texts that the listener heard, put together, are its decoded text. Memory is taken
    // for such a prompt and answer, not for the model's whole context. Throws InputError for a prompt that is empty or
    // fills the context.
    std::vector<rollout::Completion> answer(const AnswerRequest& request, const AnswerListener& listener = {});

private:
    rollout::Generator& generatorFor(const rollout::GenerationRequest& request);

    std::unique_ptr<kernels::Backend> m_backend;
    PolicyModel m_policy;
    std::unique_ptr<rollout::Generator> m_generator; // kept while its capacity is enough
};

} // namespace ahascope::pipeline
