// Decoding and training of the countdown demo's model, for peers/model_peer.py to compare with: one JSON object.
//
//   model_bench [--threads N] [--repeat N] [--cpu-time 1] [--only NAME]
//
// decode: 64 sequences side by side, prompt of 10 tokens, 120 new ones. supervised: one update on 64 texts of 130
// tokens. policy: one GRPO update of 24 prompts with 8 completions of 20 to 230 tokens each. step: the same completions
// sampled first. Random weights; each figure is the median, the best and the worst of `repeat`, in tokens per second
// (of policy and step: prompt and completion of every sample, as a trainer that shares nothing would compute).
// --cpu-time 1 counts processor time instead: on a machine with neighbours, with one thread. --only NAME: that one
// alone, for a profiler.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <span>
#include <string>
#include <utility>
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
        , m_trainer(*m_backend, m_policy,
              {.loss = {}, .optimizer = {}, .schedule = {.steps = 1000}, .tokenBudget = 2048, .maxSequenceTokens = 384})
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
        std::vector<train::PolicyGroup> groups = policyGroups();
        report("policy", policyTokens(), [&] { m_trainer.update({.groups = groups}); });
    }

    void step()
    {
        std::vector<rollout::GenerationRequest> requests(promptCount);
        for (std::size_t g = 0; g < promptCount; ++g) {
            requests[g] = {tokens(g, promptTokens), {}, 230};
            for (std::uint64_t s = 0; s < groupSize; ++s)
                requests[g].keys.push_back(g * groupSize + s);
        }
        const auto stop = [](std::size_t request, std::size_t sample, std::span<const std::int32_t> sampled) {
            return sampled.size() == completionTokens(request, sample);
        };
        rollout::Generator generator(
            *m_backend, m_policy.config(), {.slots = 64, .maxPromptTokens = promptTokens, .maxNewTokens = 230});
        std::vector<train::PolicyGroup> groups = policyGroups();
        report("step", policyTokens(), [&] {
            const auto result = generator.generate(m_policy, requests, {.stopMatcher = stop});
            for (std::size_t g = 0; g < promptCount; ++g) {
                for (std::size_t s = 0; s < groupSize; ++s) {
                    groups[g].samples[s].tokens = result.completions[g][s].tokens;
                    groups[g].samples[s].logProbs = result.completions[g][s].logProbs;
                }
            }
            m_trainer.update({.groups = groups});
        });
    }

private:
    static constexpr std::size_t promptCount = 24;
    static constexpr std::size_t groupSize = 8;
    static constexpr std::int64_t promptTokens = 10;

    static std::size_t completionTokens(std::size_t group, std::size_t sample)
    {
        return 20 + (group * groupSize + sample) * 37 % 211; // also in model_peer.py
    }

    static std::vector<train::PolicyGroup> policyGroups()
    {
        std::vector<train::PolicyGroup> groups(promptCount);
        for (std::size_t g = 0; g < promptCount; ++g) {
            groups[g].prompt = tokens(g, promptTokens);
            for (std::size_t s = 0; s < groupSize; ++s) {
                const std::size_t length = completionTokens(g, s);
                train::PolicySample sample;
                sample.tokens = tokens(100 + g * groupSize + s, static_cast<std::int64_t>(length));
                sample.logProbs.assign(length, -5.5f);
                sample.advantage = s % 2 == 0 ? 1.0f : -1.0f;
                groups[g].samples.push_back(std::move(sample));
            }
        }
        return groups;
    }

    static double policyTokens()
    {
        std::size_t total = 0;
        for (std::size_t g = 0; g < promptCount; ++g) {
            for (std::size_t s = 0; s < groupSize; ++s)
                total += promptTokens + completionTokens(g, s);
        }
        return static_cast<double>(total);
    }

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
    train::PolicyTrainer m_trainer;
    int m_repeat;
    bool m_cpuTime;
};

} // namespace

int main(int argc, char** argv)
{
    int threads = 2;
    int repeat = 7;
    bool cpuTime = false;
    std::string only;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (std::string(argv[i]) == "--threads")
            threads = std::atoi(argv[i + 1]);
        else if (std::string(argv[i]) == "--repeat")
            repeat = std::atoi(argv[i + 1]);
        else if (std::string(argv[i]) == "--cpu-time")
            cpuTime = std::atoi(argv[i + 1]) != 0;
        else if (std::string(argv[i]) == "--only")
            only = argv[i + 1];
        else
            return 2;
    }
    Bench bench(threads, repeat, cpuTime);
    const std::pair<const char*, void (Bench::*)()> works[] = {{"decode", &Bench::decode},
        {"supervised", &Bench::supervised}, {"policy", &Bench::policy}, {"step", &Bench::step}};
    for (const auto& [name, work] : works) {
        if (only.empty() || only == name)
            (bench.*work)();
    }
}
