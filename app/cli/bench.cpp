#include <algorithm>
#include <chrono>
#include <functional>
#include <iostream>
#include <memory>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/cli/command.h"
#include "core/model/parameters.h"
#include "core/pipeline/device.h"
#include "core/rollout/generator.h"
#include "core/rollout/sequence_key.h"
#include "core/train/policy_trainer.h"

namespace ahascope::cli {

namespace {

// The shape of the countdown demo's model and rollout, with random weights.
constexpr std::int64_t prompts = 24;
constexpr std::int64_t group = 8;
constexpr std::int64_t promptTokens = 10;
constexpr std::int64_t completionTokens = 120;

model::ModelConfig demoShape()
{
    model::ModelConfig config;
    config.vocabSize = 384;
    config.hiddenSize = 128;
    config.intermediateSize = 384;
    config.layers = 4;
    config.heads = 4;
    config.kvHeads = 4;
    config.headDim = 32;
    config.maxPositions = 384;
    return config;
}

struct Measured {
    double tokens = 0;  // of one repetition
    double seconds = 0; // median
    double fastest = 0;
    double slowest = 0;
    double flops = 0; // of one repetition
};

Measured measure(kernels::Backend& backend, int repetitions, const std::function<double()>& work)
{
    work(); // warms caches and threads
    std::vector<double> times;
    Measured measured;
    for (int i = 0; i < repetitions; ++i) {
        backend.clearTotals();
        auto begin = std::chrono::steady_clock::now();
        measured.tokens = work();
        times.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
    }
    std::sort(times.begin(), times.end());
    measured.seconds = times[times.size() / 2];
    measured.fastest = times.front();
    measured.slowest = times.back();
    for (const auto& [name, totals] : backend.totals())
        measured.flops += totals.cost.flops;
    return measured;
}

class DemoWork {
public:
    explicit DemoWork(kernels::Backend& backend)
        : m_parameters(backend, demoShape(), model::Gradients::Kept)
        , m_generator(backend, demoShape(),
              {.slots = prompts * group, .maxPromptTokens = promptTokens, .maxNewTokens = completionTokens})
    {
        m_parameters.initialise(1);
        for (std::int64_t p = 0; p < prompts; ++p) {
            rollout::GenerationRequest& request = m_requests.emplace_back();
            for (std::int64_t t = 0; t < promptTokens; ++t)
                request.prompt.push_back(static_cast<std::int32_t>((7 * p + 13 * t) % demoShape().vocabSize));
            for (std::int64_t s = 0; s < group; ++s)
                request.keys.push_back(rollout::sequenceKey(
                    {.seed = 1, .row = static_cast<std::uint64_t>(p), .sample = static_cast<std::uint64_t>(s)}));
            request.maxNewTokens = completionTokens;
        }
    }

    double decode()
    {
        m_result = m_generator.generate(m_parameters, m_requests, {});
        return static_cast<double>(m_result.statistics.tokens);
    }

    double train(kernels::Backend& backend)
    {
        if (!m_trainer)
            prepareTraining(backend);
        return m_trainer->update({.groups = m_groups}).metrics.at("train_tokens");
    }

private:
    void prepareTraining(kernels::Backend& backend)
    {
        decode();
        train::PolicyTrainerOptions options;
        options.maxSequenceTokens = promptTokens + completionTokens;
        options.schedule = {.type = train::SchedulerType::Constant, .learningRate = 1e-4, .steps = 1000};
        m_trainer.emplace(backend, m_parameters, options);
        for (std::size_t p = 0; p < m_requests.size(); ++p) {
            train::PolicyGroup& out = m_groups.emplace_back();
            out.prompt = m_requests[p].prompt;
            for (const rollout::Completion& completion : m_result.completions[p])
                out.samples.push_back({completion.tokens, completion.logProbs, completion.entropies, {},
                    out.samples.size() % 2 == 0 ? 1.0f : -1.0f, false});
        }
    }

    model::Parameters m_parameters;
    rollout::Generator m_generator;
    std::vector<rollout::GenerationRequest> m_requests;
    rollout::GenerationResult m_result;
    std::optional<train::PolicyTrainer> m_trainer;
    std::vector<train::PolicyGroup> m_groups;
};

void report(const std::string& name, const kernels::Backend& backend, const Measured& measured, bool json)
{
    double rate = measured.tokens / measured.seconds;
    double gigaflops = 1e-9 * measured.flops / measured.seconds;
    if (json)
        std::cout << nlohmann::ordered_json{{"name", name}, {"device", backend.name()}, {"tokens", measured.tokens},
            {"seconds", measured.seconds}, {"seconds_fastest", measured.fastest}, {"seconds_slowest", measured.slowest},
            {"tokens_per_second", rate}, {"gflops", gigaflops}}
                  << '\n';
    else
        std::cout << fmt::format(
            "{} on {}: {:.0f} tokens/s ({:.1f} GFLOP/s), median of {:.3f} .. {:.3f} s for {:.0f} tokens\n", name,
            backend.name(), rate, gigaflops, measured.fastest, measured.slowest, measured.tokens);
}

} // namespace

void addBench(CLI::App& app, const Common& common)
{
    struct Arguments {
        std::string name;
        std::string device = "auto";
        int repetitions = 5;
        bool json = false;
    };
    auto arguments = std::make_shared<Arguments>();
    CLI::App* command = app.add_subcommand(
        "bench", "Measure generation or training at the shape of the countdown demo, random weights");
    command->add_option("name", arguments->name, "What to measure")
        ->required()
        ->check(CLI::IsMember({"decode", "train"}));
    command->add_option("--device", arguments->device, "auto, cpu, cuda or cuda:N")->capture_default_str();
    command->add_option("--repetitions", arguments->repetitions, "The median of so many is reported")
        ->check(CLI::Range(1, 1000))
        ->capture_default_str();
    command->add_flag("--json", arguments->json, "Write JSON");
    command->callback([arguments, &common] {
        auto backend = pipeline::openDevice(arguments->device, common.threads).backend;
        DemoWork work(*backend);
        bool decode = arguments->name == "decode";
        report(arguments->name, *backend,
            measure(*backend, arguments->repetitions, [&] { return decode ? work.decode() : work.train(*backend); }),
            arguments->json);
    });
}

} // namespace ahascope::cli
