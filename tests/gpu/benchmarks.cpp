#include "tests/gpu/benchmarks.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <functional>
#include <vector>

#include "core/rollout/generator.h"
#include "core/rollout/sequence_key.h"
#include "core/train/policy_trainer.h"
#include "core/train/supervised_trainer.h"
#include "tests/gpu/decode_rig.h"
#include "tests/gpu/shapes.h"

namespace ahascope::gpu {

using kernels::Backend;
using kernels::DType;
using kernels::Tensor;

namespace {

struct Times {
    double median = 0; // seconds
    double best = 0;
    double worst = 0;
};

// After two runs that warm up: the second records what is replayed later.
Times timesOf(Backend& backend, const std::function<void()>& work, int repetitions = 7)
{
    for (int i = 0; i < 2; ++i)
        work();
    backend.synchronize();
    std::vector<double> seconds;
    for (int i = 0; i < repetitions; ++i) {
        const auto begin = std::chrono::steady_clock::now();
        work();
        backend.synchronize();
        seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
    }
    std::sort(seconds.begin(), seconds.end());
    return {seconds[seconds.size() / 2], seconds.front(), seconds.back()};
}

void report(const char* name, double figure, const char* unit, const Times& times)
{
    std::printf("%-44s %10.4g %-10s median %.4g ms (%.4g to %.4g)\n", name, figure, unit, 1e3 * times.median,
        1e3 * times.best, 1e3 * times.worst);
    std::fflush(stdout);
}

// A tensor of its own memory, filled with one value.
struct Room {
    kernels::Buffer memory;
    Tensor tensor;

    Room(Backend& backend, DType type, std::int64_t rows, std::int64_t columns, float value)
        : memory(backend.allocate(static_cast<std::size_t>(rows * columns) * kernels::sizeOf(type)))
        , tensor{memory.get(), type, rows, columns, columns}
    {
        backend.fill(tensor, value);
    }
};

// Bytes per second, read and written, of a large copy.
double copyRate(const BenchContext& context)
{
    const std::int64_t values = context.small ? 1 << 20 : 1 << 28; // 1 GiB
    Room from(context.backend, DType::F32, 1, values, 1.0f);
    Room to(context.backend, DType::F32, 1, values, 0.0f);
    const Times times = timesOf(context.backend, [&] { context.backend.copy(to.tensor, from.tensor); });
    const double rate = 8.0 * double(values) / times.median;
    report("copy", rate / 1e12, "TB/s", times);
    return rate;
}

// Flops per second of a large square product of random BF16 values.
double productRate(const BenchContext& context)
{
    const std::int64_t size = context.small ? 256 : 8192;
    model::ModelConfig config = context.config;
    config.layers = 1;
    config.hiddenSize = size;
    config.vocabSize = size;
    const auto parameters = randomModel(context.backend, config, model::Gradients::None);
    const DType type = context.backend.rowType(DType::BF16);
    Room x(context.backend, type, size, size, 0.0f);
    Room out(context.backend, type, size, size, 0.0f);
    std::vector<std::int32_t> ids(static_cast<std::size_t>(size));
    for (std::int64_t i = 0; i < size; ++i)
        ids[static_cast<std::size_t>(i)] = static_cast<std::int32_t>(i);
    Room idRoom(context.backend, DType::F32, 1, size, 0.0f);
    idRoom.tensor.dtype = DType::I32;
    context.backend.upload(idRoom.tensor, ids.data());
    context.backend.embedding(x.tensor, parameters->embedding(), idRoom.tensor);
    const Times times
        = timesOf(context.backend, [&] { context.backend.linear(out.tensor, x.tensor, parameters->head(), {}); });
    const double rate = 2.0 * std::pow(double(size), 3.0) / times.median;
    report("product 8192 x 8192 x 8192", rate / 1e12, "TFLOP/s", times);
    return rate;
}

std::vector<std::int32_t> randomTokens(const model::ModelConfig& config, std::uint64_t row, std::int64_t count)
{
    std::vector<std::int32_t> tokens;
    for (std::int64_t i = 0; i < count; ++i) {
        const std::uint64_t key = rollout::sequenceKey({row, 0, rollout::Purpose::Rollout, 0, 0, std::uint64_t(i)});
        tokens.push_back(static_cast<std::int32_t>(key % static_cast<std::uint64_t>(config.vocabSize)));
    }
    return tokens;
}

train::PolicyTrainerOptions policyOptions(std::int64_t tokenBudget, std::int64_t longest, double beta = 0.0)
{
    train::PolicyTrainerOptions options;
    options.loss.beta = beta;
    options.optimizer.type = train::OptimizerType::AdamW8bit;
    options.schedule = {.type = train::SchedulerType::Constant, .learningRate = 1e-6};
    options.tokenBudget = tokenBudget;
    options.maxSequenceTokens = longest;
    options.gradientCheckpointing = true;
    return options;
}

// `groups` prompts with `size` completions of one length; a share of the groups has no advantage.
std::vector<train::PolicyGroup> randomGroups(const model::ModelConfig& config, std::size_t groups, std::size_t size,
    std::int64_t prompt, std::int64_t completion, double dead)
{
    std::vector<train::PolicyGroup> result(groups);
    for (std::size_t g = 0; g < groups; ++g) {
        result[g].prompt = randomTokens(config, g, prompt);
        const bool isDead = double(g) < dead * double(groups);
        for (std::size_t s = 0; s < size; ++s) {
            train::PolicySample sample;
            sample.tokens = randomTokens(config, 1000 + g * size + s, completion);
            sample.logProbs.assign(sample.tokens.size(), -std::log(float(config.vocabSize)));
            sample.advantage = isDead ? 0.0f : (s % 2 == 0 ? 1.0f : -1.0f);
            result[g].samples.push_back(std::move(sample));
        }
    }
    return result;
}

} // namespace

void benchDecode(const BenchContext& context)
{
    const double rate = copyRate(context);
    const auto parameters = randomModel(context.backend, context.config, model::Gradients::None);
    struct Load {
        std::int64_t sequences, tokens;
    };
    const std::vector<Load> loads = context.small
        ? std::vector<Load>{{4, 32}}
        : std::vector<Load>{{64, 512}, {256, 512}, {512, 512}, {64, 2048}, {256, 2048}, {32, 8192}, {32, 32000}};
    for (const Load& load : loads) {
        DecodeRig rig(*parameters, load.sequences, load.tokens);
        const Times times = timesOf(context.backend, [&] { rig.run(); });
        const double floor
            = decodeBytes(context.config, double(load.sequences), double(load.tokens) + DecodeRig::stepsOfRun / 2.0)
            / rate * DecodeRig::stepsOfRun;
        const std::string name = "decode, batch " + std::to_string(load.sequences) + ", context "
            + std::to_string(load.tokens) + ": of roofline";
        report(name.c_str(), floor / times.median, "", times);
    }
}

void benchHead(const BenchContext& context)
{
    Backend& backend = context.backend;
    const std::int64_t rows = context.small ? 8 : 256;
    const auto parameters = randomModel(backend, context.config, model::Gradients::None);
    const DType type = backend.rowType(DType::BF16);
    Room hidden(backend, type, rows, context.config.hiddenSize, 0.5f);
    Room logits(backend, type, rows, context.config.vocabSize, 0.0f);
    kernels::DecodeState state = backend.makeDecodeState({.slots = rows, .ownPages = 1, .tokensPerChunk = 1});
    std::vector<std::int32_t> slots;
    for (std::int64_t i = 0; i < rows; ++i)
        slots.push_back(static_cast<std::int32_t>(i));
    backend.upload(state.rows, slots.data());
    const Times bare = timesOf(backend,
        [&] { backend.replay(1, [&] { backend.linear(logits.tensor, hidden.tensor, parameters->head(), {}); }); });
    const Times drawn = timesOf(backend, [&] {
        backend.fill(state.remaining, 4.0f);
        backend.fill(state.length, 0.0f);
        backend.replay(2, [&] { backend.lmHeadSample(state, 0, hidden.tensor, parameters->head(), {}); });
    });
    report("LM head, bare product", 1.0, "", bare);
    report("LM head, sample, log-probability over it", drawn.median / bare.median, "x", drawn);
}

void benchTraining(const BenchContext& context)
{
    const double rate = productRate(context);
    const std::int64_t length = context.small ? 32 : 1024;
    const std::size_t count = context.small ? 2 : 32;
    const auto parameters = randomModel(context.backend, context.config, model::Gradients::Kept);
    train::SupervisedTrainerOptions options;
    options.schedule = {.type = train::SchedulerType::Constant, .learningRate = 1e-6};
    options.tokenBudget = context.small ? 64 : 8192;
    options.maxSequenceTokens = length;
    train::SupervisedTrainer trainer(context.backend, *parameters, options);
    std::vector<train::SupervisedExample> batch;
    for (std::size_t i = 0; i < count; ++i)
        batch.push_back({randomTokens(context.config, i, length), {}});
    const Times times = timesOf(
        context.backend, [&] { trainer.update(batch); }, 5);
    const double tokens = double(length) * double(count);
    report("training, tokens per second", tokens / times.median, "", times);
    report("training, of the product rate",
        tokens * trainingFlops(context.config, double(length)) / times.median / rate, "", times);
}

void benchLossMemory(const BenchContext& context)
{
    Backend& backend = context.backend;
    const std::int64_t rows = context.small ? 16 : 8192;
    const auto parameters = randomModel(backend, context.config, model::Gradients::Kept);
    const DType type = backend.rowType(DType::BF16);
    Room hidden(backend, type, rows, context.config.hiddenSize, 0.5f);
    Room dhidden(backend, DType::F32, rows, context.config.hiddenSize, 0.0f);
    Room vectors(backend, DType::F32, 4, rows, 0.1f);
    Room targets(backend, DType::F32, 1, rows, 0.0f);
    targets.tensor.dtype = DType::I32;
    const auto row = [&](std::int64_t i) { return vectors.tensor.rowRange(i, 1); };
    backend.resetPeak();
    const std::size_t before = backend.bytesInUse();
    const Times times = timesOf(backend, [&] {
        backend.lmHeadLogProbs(row(0), row(1), row(2), hidden.tensor, parameters->head(), targets.tensor, 1.0f);
        backend.lmHeadLogProbsBackward(
            dhidden.tensor, parameters->head(), row(3), {}, hidden.tensor, row(2), row(1), targets.tensor, 1.0f);
    });
    const double logits = 4.0 * double(rows) * double(context.config.vocabSize);
    report("loss head, peak bytes over the logits", double(backend.peakBytes() - before) / logits, "x", times);
}

void benchSharedPrompts(const BenchContext& context)
{
    const std::int64_t prompt = context.small ? 24 : 1024;
    const std::int64_t completion = context.small ? 8 : 256;
    const std::size_t size = context.small ? 4 : 16;
    const std::size_t groups = context.small ? 3 : 10;
    const std::int64_t longest = prompt + completion;
    const auto parameters = randomModel(context.backend, context.config, model::Gradients::Kept);
    train::PolicyTrainer trainer(context.backend, *parameters, policyOptions(context.small ? 256 : 8192, longest));
    std::vector<train::PolicyGroup> shared = randomGroups(context.config, groups, size, prompt, completion, 0.3);
    // The plain way: every completion behind a prompt of its own, those without advantage computed too.
    std::vector<train::PolicyGroup> plain;
    for (const train::PolicyGroup& group : shared) {
        for (train::PolicySample sample : group.samples) {
            sample.advantage = sample.advantage == 0.0f ? 1e-12f : sample.advantage;
            plain.push_back({group.prompt, {sample}});
        }
    }
    const Times slow = timesOf(
        context.backend, [&] { trainer.update({.groups = plain, .items = 0}); }, 5);
    const Times fast = timesOf(
        context.backend, [&] { trainer.update({.groups = shared, .items = 0}); }, 5);
    const double bound = double(longest) / (double(prompt) / double(size) + double(completion)) / 0.7;
    report("update, plain", 1.0, "", slow);
    report("update, shared prompts, dead groups skipped", slow.median / fast.median, "x", fast);
    report("  of the analytic bound", slow.median / fast.median / bound, "", fast);
}

void benchExactness(const BenchContext& context)
{
    const std::int64_t prompt = context.small ? 8 : 128;
    const std::int64_t completion = context.small ? 8 : 256;
    const auto parameters = randomModel(context.backend, context.config, model::Gradients::Kept);
    std::vector<rollout::GenerationRequest> requests;
    for (std::uint64_t g = 0; g < (context.small ? 2u : 16u); ++g) {
        requests.push_back({randomTokens(context.config, g, prompt), {}, completion});
        for (std::uint64_t s = 0; s < 4; ++s)
            requests.back().keys.push_back(rollout::sequenceKey({1, 0, rollout::Purpose::Rollout, 0, g, s}));
    }
    rollout::Generator generator(context.backend, context.config,
        {.slots = 64, .maxPromptTokens = prompt, .maxNewTokens = completion, .weights = DType::BF16});
    const auto completions = generator.generate(*parameters, requests, {}).completions;
    std::vector<train::PolicyGroup> groups(requests.size());
    for (std::size_t g = 0; g < groups.size(); ++g) {
        groups[g].prompt = requests[g].prompt;
        for (const rollout::Completion& done : completions[g])
            groups[g].samples.push_back({done.tokens, done.logProbs, done.entropies, {}, 1.0f, false});
    }
    train::PolicyTrainer trainer(
        context.backend, *parameters, policyOptions(context.small ? 128 : 8192, prompt + completion));
    const auto metrics = trainer.update({.groups = groups, .items = 0, .fresh = true}).metrics;
    std::printf("%-44s mean %.3g, largest %.3g, bit-equal %.4f\n", "gap of sampler and trainer",
        metrics.at("sampler_trainer_logprob_gap"), metrics.at("sampler_trainer_logprob_gap_max"),
        metrics.at("sampler_trainer_equal_share"));
}

// 64 prompts with 8 completions, ragged lengths (the longest four times the mean), then an update: what
// tests/bench/peers/gpu_peer.py does with transformers and TRL.
void benchRollout(const BenchContext& context)
{
    const std::size_t prompts = context.small ? 3 : 64;
    const std::size_t size = context.small ? 2 : 8;
    const std::int64_t prompt = context.small ? 8 : 256;
    const std::int64_t longest = context.small ? 16 : 512;
    const auto parameters = randomModel(context.backend, context.config, model::Gradients::Kept);
    std::vector<std::vector<std::size_t>> lengths(prompts);
    std::vector<rollout::GenerationRequest> requests;
    double tokens = 0;
    for (std::uint64_t g = 0; g < prompts; ++g) {
        requests.push_back({randomTokens(context.config, g, prompt), {}, longest});
        for (std::uint64_t s = 0; s < size; ++s) {
            const std::uint64_t key = rollout::sequenceKey({1, 0, rollout::Purpose::Rollout, 0, g, s});
            requests.back().keys.push_back(key);
            const double uniform = double(key >> 11) * 0x1p-53;
            const auto length = static_cast<std::size_t>(
                std::clamp(-double(longest) / 4.0 * std::log(1.0 - uniform), 1.0, double(longest))); // mean a quarter
            lengths[g].push_back(length);
            tokens += double(length);
        }
    }
    const std::int64_t slots = static_cast<std::int64_t>(prompts * size);
    rollout::Generator generator(context.backend, context.config,
        {.slots = slots,
            .maxPromptTokens = prompt,
            .maxNewTokens = longest,
            .prefillTokens = 16384,
            .tokensPerLook = 16,
            .weights = DType::BF16});
    train::PolicyTrainer trainer(
        context.backend, *parameters, policyOptions(context.small ? 128 : 16384, prompt + longest));
    rollout::GenerationOptions options;
    options.stopMatcher = [&](std::size_t request, std::size_t sample, std::span<const std::int32_t> sampled) {
        return sampled.size() >= lengths[request][sample];
    };
    std::vector<std::vector<rollout::Completion>> completions;
    const Times rollouts = timesOf(
        context.backend, [&] { completions = generator.generate(*parameters, requests, options).completions; }, 5);
    report("rollout, ragged, completed tokens per second", tokens / rollouts.median, "", rollouts);
    const Times steps = timesOf(
        context.backend,
        [&] {
            completions = generator.generate(*parameters, requests, options).completions;
            std::vector<train::PolicyGroup> groups(prompts);
            for (std::size_t g = 0; g < prompts; ++g) {
                groups[g].prompt = requests[g].prompt;
                for (std::size_t s = 0; s < size; ++s)
                    groups[g].samples.push_back({completions[g][s].tokens, completions[g][s].logProbs, {}, {},
                        s % 2 == 0 ? 1.0f : -1.0f, false});
            }
            trainer.update({.groups = groups, .items = 0, .fresh = true});
        },
        5);
    report("GRPO step, samples per second", double(prompts * size) / steps.median, "", steps);
}

} // namespace ahascope::gpu
