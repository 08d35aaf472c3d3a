// Decoding and training of the countdown demo's model, for peers/model_peer.py to compare with: one JSON object.
//
//   model_bench [--threads N] [--repeat N] [--cpu-time 1]
//
// decode: 64 sequences side by side, prompt of 10 tokens, 120 new ones. supervised: one update on 64 texts of 130
// tokens. policy: one GRPO update of 24 prompts with 8 completions of 20 to 230 tokens each. Random weights; each
// figure is the median, the best and the worst of `repeat`, in tokens per second (of the policy update: prompt and
// completion of every sample, as a trainer that shares nothing would compute). --cpu-time 1 counts processor time
// instead: on a machine with neighbours, with one thread.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <string>
#include <vector>

#include "core/rollout/generator.h"
#include "core/rollout/sequence_key.h"
#include "core/train/policy_trainer.h"
#include "core/train/supervised_trainer.h"
#include "kernels/devices.h"

using namespace ahascope;

namespace {

model::ModelConfig countdownModel()
{
    model::ModelConfig config;
    config.vocabSize = 256;
    config.hiddenSize = 128;
    config.intermediateSize = 384;
    config.layers = 4;
    config.heads = 4;
    config.kvHeads = 4;
    config.headDim = 32;
    config.maxPositions = 384;
    return config;
}

std::vector<std::int32_t> tokens(std::uint64_t row, std::int64_t count)
{
    std::vector<std::int32_t> ids;
    for (std::int64_t i = 0; i < count; ++i)
        ids.push_back(static_cast<std::int32_t>(
            rollout::sequenceKey({row, 0, rollout::Purpose::Rollout, 0, 0, static_cast<std::uint64_t>(i)}) % 256));
    return ids;
}

class Bench {
public:
    Bench(int threads, int repeat, bool cpuTime)
        : m_backend(kernels::makeCpuBackend({.threads = threads}))
        , m_policy(*m_backend, countdownModel(), model::Gradients::Kept)
        , m_repeat(repeat)
        , m_cpuTime(cpuTime)
    {
        m_policy.initialise(1);
        std::printf("{\"device\": \"%s\"", m_backend->name().c_str());
    }

    ~Bench() { std::printf("}\n"); }

    void decode()
    {
        std::vector<rollout::GenerationRequest> requests;
        for (std::uint64_t i = 0; i < 64; ++i)
            requests.push_back({tokens(i, 10), {i}, 120});
        rollout::Generator generator(
            *m_backend, m_policy.config(), {.slots = 64, .maxPromptTokens = 10, .maxNewTokens = 120});
        report("decode", 64 * 120, [&] { generator.generate(m_policy, requests, {}); });
    }

    void supervised()
    {
        train::SupervisedTrainer trainer(*m_backend, m_policy,
            {.optimizer = {}, .schedule = {.steps = 1000}, .tokenBudget = 2048, .maxSequenceTokens = 130});
        std::vector<train::SupervisedExample> batch;
        for (std::uint64_t i = 0; i < 64; ++i)
            batch.push_back({tokens(i, 130), {}});
        report("supervised", 64 * 130, [&] { trainer.update(batch); });
    }

    void policy()
    {
        train::PolicyTrainer trainer(*m_backend, m_policy,
            {.loss = {}, .optimizer = {}, .schedule = {.steps = 1000}, .tokenBudget = 2048, .maxSequenceTokens = 384});
        std::vector<train::PolicyGroup> groups(24);
        double computed = 0;
        for (std::size_t g = 0; g < groups.size(); ++g) {
            groups[g].prompt = tokens(g, 10);
            for (std::size_t s = 0; s < 8; ++s) {
                const std::size_t length = 20 + (g * 8 + s) * 37 % 211; // also in model_peer.py
                train::PolicySample sample;
                sample.tokens = tokens(100 + g * 8 + s, static_cast<std::int64_t>(length));
                sample.logProbs.assign(length, -5.5f);
                sample.advantage = s % 2 == 0 ? 1.0f : -1.0f;
                groups[g].samples.push_back(std::move(sample));
                computed += 10 + static_cast<double>(length);
            }
        }
        report("policy", computed, [&] { trainer.update({.groups = groups}); });
    }

private:
    double now() const
    {
        if (m_cpuTime)
            return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
        return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
    }

    void report(const char* name, double count, const std::function<void()>& work)
    {
        work();
        std::vector<double> rates;
        for (int i = 0; i < m_repeat; ++i) {
            const double begin = now();
            work();
            rates.push_back(count / (now() - begin));
        }
        std::ranges::sort(rates);
        std::printf(", \"%s\": {\"median\": %.0f, \"best\": %.0f, \"worst\": %.0f}", name, rates[rates.size() / 2],
            rates.back(), rates.front());
    }

    std::unique_ptr<kernels::Backend> m_backend;
    model::Parameters m_policy;
    int m_repeat;
    bool m_cpuTime;
};

} // namespace

int main(int argc, char** argv)
{
    int threads = 2;
    int repeat = 7;
    bool cpuTime = false;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (std::string(argv[i]) == "--threads")
            threads = std::atoi(argv[i + 1]);
        else if (std::string(argv[i]) == "--repeat")
            repeat = std::atoi(argv[i + 1]);
        else if (std::string(argv[i]) == "--cpu-time")
            cpuTime = std::atoi(argv[i + 1]) != 0;
        else
            return 2;
    }
    Bench bench(threads, repeat, cpuTime);
    bench.decode();
    bench.supervised();
    bench.policy();
}
