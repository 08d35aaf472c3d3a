// The whole engine against PyTorch, transformers and TRL: see make_model_golden.py.
#include <cstring>
#include <gtest/gtest.h>

#include "core/model/decoder.h"
#include "core/train/policy_trainer.h"
#include "core/train/supervised_trainer.h"
#include "kernels/devices.h"
#include "tests/parity/golden_file.h"

namespace ahascope::parity {
namespace {

using Ids = std::vector<std::int32_t>;

constexpr double tolerance = 1e-5;
constexpr float temperature = 0.8f;
constexpr std::int64_t vocabulary = 19;

struct PromptGroup {
    Ids prompt;
    std::vector<Ids> completions;
};
const std::vector<PromptGroup> groups{{{3, 1, 4, 1, 5}, {{9, 2, 6}, {5, 3, 5, 8, 9, 7, 9}, {3}}},
    {{2, 7, 18}, {{2, 8, 1, 8}, {2, 8, 4, 5, 9, 0, 4, 5, 2}, {3, 5, 3, 6}}}};
const std::vector<float> advantages{0.9f, -1.2f, 0.4f, -0.7f, 1.3f, -0.2f};
const std::vector<std::pair<Ids, std::size_t>> texts{
    {{1, 6, 1, 8, 0, 3, 3, 9, 8}, 3}, {{2, 7, 1, 8, 2, 8}, 1}, {{0, 11, 17, 5, 12, 16, 16, 4}, 5}};

model::ModelConfig configOf(const std::string& family)
{
    model::ModelConfig config;
    config.vocabSize = vocabulary;
    config.hiddenSize = 12;
    config.intermediateSize = 7;
    config.layers = 2;
    config.heads = 2;
    config.headDim = 6;
    config.maxPositions = 64;
    const bool qwen = family == "qwen2";
    config.family = qwen ? model::Family::Qwen2 : model::Family::Llama;
    config.kvHeads = qwen ? 1 : 2;
    config.ropeTheta = qwen ? 1e4f : 5e5f;
    config.attentionBias = qwen;
    config.tieEmbeddings = qwen;
    return config;
}

void load(model::Parameters& parameters, const std::string& file)
{
    const Golden golden = readGolden(file);
    parameters.forEachTensor([&](const model::NamedTensor& tensor) { parameters.set(tensor, golden.at(tensor.name)); });
    parameters.commit();
}

void expectWeights(const model::Parameters& parameters, const Golden& golden)
{
    for (const model::NamedTensor& tensor : parameters.trained().tensors()) {
        std::vector<float> values(static_cast<std::size_t>(tensor.count()));
        parameters.trained().get(tensor, values);
        EXPECT_LT(relativeError(values, golden.at("after/" + tensor.name)), tolerance) << "after " << tensor.name;
    }
}

train::OptimizerOptions optimizerOptions()
{
    return {.beta1 = 0.9, .beta2 = 0.98, .epsilon = 1e-6, .weightDecay = 0.1, .maxGradNorm = 0.5};
}

train::ScheduleOptions scheduleOptions()
{
    return {.type = train::SchedulerType::Constant, .learningRate = 1e-3, .steps = 1};
}

class Parity : public testing::Test {
protected:
    // After the first AdamW step the mean is (1 - beta1) * clipped gradient, so that the optimizer's state shows
    // every gradient.
    template <typename Trainer>
    void expectGradients(const Trainer& trainer, const model::Parameters& parameters, const Golden& golden)
    {
        std::vector<float> mean;
        trainer.save([&](const std::string& name, std::span<const std::byte> bytes) {
            if (name != "optimizer/mean")
                return;
            mean.resize(bytes.size() / sizeof(float));
            std::memcpy(mean.data(), bytes.data(), bytes.size());
        });
        const double norm = golden.at("grad_norm").front();
        const double factor = std::min(1.0, 0.5 / (norm + 1e-6)) * 0.1;
        for (const model::NamedTensor& tensor : parameters.trained().tensors()) {
            const auto first = mean.begin() + tensor.offset;
            std::vector<float> gradient(first, first + tensor.count());
            for (float& value : gradient)
                value = static_cast<float>(value / factor);
            EXPECT_LT(relativeError(gradient, golden.at("gradient/" + tensor.name)), tolerance)
                << "gradient of " << tensor.name;
        }
    }

    std::unique_ptr<kernels::Backend> backend = kernels::makeCpuBackend({.threads = 2});
};

// Of every token of the vocabulary after every token of the first text.
std::vector<float> logSoftmaxOf(kernels::Backend& backend, const model::Parameters& parameters)
{
    model::PackedBatch batch;
    batch.addSequence(texts[0].first);
    for (std::int64_t row = 0; row < batch.rows(); ++row)
        for (std::int32_t id = 0; id < vocabulary; ++id)
            batch.addOutput(row, id);
    model::Decoder decoder(
        backend, parameters.config(), {.tokens = 16, .outputs = batch.outputs(), .positions = 16, .training = false});
    std::vector<float> logSoftmax(static_cast<std::size_t>(batch.outputs()));
    decoder.forward(parameters, batch);
    decoder.logProbs(parameters, 1.0f, logSoftmax, {});
    return logSoftmax;
}

std::vector<train::SupervisedExample> supervisedExamples()
{
    std::vector<train::SupervisedExample> examples;
    for (const auto& [ids, start] : texts) {
        std::vector<bool> mask(ids.size(), true);
        std::fill_n(mask.begin(), start, false);
        examples.push_back({ids, mask});
    }
    return examples;
}

class FamilyParity : public Parity, public testing::WithParamInterface<std::string> { };

TEST_P(FamilyParity, LogitsAreThoseOfTransformers)
{
    model::Parameters parameters(*backend, configOf(GetParam()), model::Gradients::None);
    load(parameters, GetParam() + "_model");
    EXPECT_LT(relativeError(logSoftmaxOf(*backend, parameters), readGolden(GetParam() + "_inputs").at("log_softmax")),
        tolerance);
}

TEST_P(FamilyParity, OneSupervisedStepIsPyTorchs)
{
    const std::vector<train::SupervisedExample> examples = supervisedExamples();
    for (const std::int64_t budget : {9, 100}) { // three micro-batches, then one
        model::Parameters parameters(*backend, configOf(GetParam()), model::Gradients::Kept);
        load(parameters, GetParam() + "_model");
        const Golden golden = readGolden(GetParam() + "_sft");
        train::SupervisedTrainer trainer(*backend, parameters, {optimizerOptions(), scheduleOptions(), budget, 9});
        const train::UpdateResult result = trainer.update(examples);
        EXPECT_NEAR(result.metrics.at("loss"), golden.at("loss").front(), 1e-5 * golden.at("loss").front());
        EXPECT_NEAR(
            result.metrics.at("grad_norm"), golden.at("grad_norm").front(), 1e-5 * golden.at("grad_norm").front());
        expectGradients(trainer, parameters, golden);
        expectWeights(parameters, golden);
    }
}

INSTANTIATE_TEST_SUITE_P(
    Families, FamilyParity, testing::Values("qwen2", "llama"), [](const auto& info) { return info.param; });

using train::ImportanceSamplingLevel;
using train::LossType;

train::PolicyLossOptions lossOf(const std::string& name)
{
    train::PolicyLossOptions options;
    options.beta = 0.1;
    options.maxCompletionLength = 9;
    if (name == "grpo" || name == "gspo")
        options.lossType = LossType::Grpo;
    if (name == "bnpo")
        options.lossType = LossType::Bnpo;
    if (name == "dapo")
        options.epsilonHigh = 0.28;
    if (name == "dr_grpo") {
        options.lossType = LossType::DrGrpo;
        options.delta = 1.5;
        options.epsilonHigh = 3.0;
    }
    if (name == "cispo") {
        options.lossType = LossType::Cispo;
        options.epsilonHigh = 1.2;
    }
    if (name == "sapo")
        options.lossType = LossType::Sapo;
    if (name == "luspo") {
        options.lossType = LossType::Luspo;
        options.useBiasCorrectionKl = true;
    }
    if (name == "vespo")
        options.lossType = LossType::Vespo;
    if (name == "gspo") {
        options.epsilon = 0.05;
        options.epsilonHigh = 0.1;
    }
    if (name == "luspo" || name == "gspo")
        options.importanceSamplingLevel = ImportanceSamplingLevel::Sequence;
    if (name == "entropy") {
        options.topEntropyQuantile = 0.35;
        options.entropyCoef = 0.05;
        options.useBiasCorrectionKl = true;
    }
    return options;
}

std::vector<train::PolicyGroup> policyGroups(const std::vector<float>& oldLogProbs)
{
    std::vector<train::PolicyGroup> result;
    auto next = oldLogProbs.begin();
    std::size_t index = 0;
    for (const PromptGroup& group : groups) {
        train::PolicyGroup& to = result.emplace_back();
        to.prompt = group.prompt;
        for (const Ids& tokens : group.completions) {
            train::PolicySample sample;
            sample.tokens = tokens;
            sample.logProbs.assign(next, next + static_cast<std::ptrdiff_t>(tokens.size()));
            sample.advantage = advantages[index++];
            next += static_cast<std::ptrdiff_t>(tokens.size());
            to.samples.push_back(std::move(sample));
        }
    }
    return result;
}

class PolicyParity : public Parity, public testing::WithParamInterface<std::pair<std::string, std::string>> {
protected:
    void expectStep(std::int64_t budget)
    {
        const auto& [family, name] = GetParam();
        const Golden golden = readGolden(family + "_" + name);
        const Golden inputs = readGolden(family + "_inputs");
        model::Parameters parameters(*backend, configOf(family), model::Gradients::Kept);
        load(parameters, family + "_reference");
        train::PolicyTrainer trainer(*backend, parameters,
            {.loss = lossOf(name),
                .optimizer = optimizerOptions(),
                .schedule = scheduleOptions(),
                .temperature = temperature,
                .tokenBudget = budget,
                .maxSequenceTokens = 12});
        load(parameters, family + "_model"); // the reference stays what the policy was

        std::vector<train::PolicyGroup> batch = policyGroups(inputs.at("old_log_probs"));
        trainer.addReferenceLogProbs(batch);
        std::vector<float> reference;
        for (const train::PolicyGroup& group : batch)
            for (const train::PolicySample& sample : group.samples)
                reference.insert(reference.end(), sample.refLogProbs.begin(), sample.refLogProbs.end());
        EXPECT_LT(relativeError(reference, inputs.at("ref_log_probs")), tolerance);

        const train::UpdateResult result = trainer.update({.groups = batch});
        EXPECT_TRUE(result.applied);
        EXPECT_NEAR(result.metrics.at("loss"), golden.at("loss").front(), 1e-5);
        EXPECT_NEAR(
            result.metrics.at("grad_norm"), golden.at("grad_norm").front(), 1e-5 * golden.at("grad_norm").front());
        for (const auto& [key, value] : golden)
            if (key.starts_with("metric/")) {
                EXPECT_NEAR(result.metrics.at(key.substr(7)), value.front(), 1e-5) << key;
            }
        expectGradients(trainer, parameters, golden);
        expectWeights(parameters, golden);
    }
};

TEST_P(PolicyParity, OneStepIsTrlsHoweverItIsCut)
{
    for (const std::int64_t budget : {1000, 17, 12}) { // one micro-batch, one per group, split groups
        SCOPED_TRACE(budget);
        expectStep(budget);
    }
}

INSTANTIATE_TEST_SUITE_P(EveryLoss, PolicyParity,
    testing::Values(std::pair{"qwen2", "grpo"}, std::pair{"qwen2", "bnpo"}, std::pair{"qwen2", "dapo"},
        std::pair{"qwen2", "dr_grpo"}, std::pair{"qwen2", "cispo"}, std::pair{"qwen2", "sapo"},
        std::pair{"qwen2", "luspo"}, std::pair{"qwen2", "vespo"}, std::pair{"qwen2", "gspo"},
        std::pair{"qwen2", "entropy"}, std::pair{"llama", "dapo"}, std::pair{"llama", "gspo"}),
    [](const auto& info) { return info.param.first + "_" + info.param.second; });

// See make_lora_golden.py.
class LoraParity : public Parity, public testing::WithParamInterface<std::string> {
protected:
    static model::LoraConfig loraOf(const std::string& family)
    {
        if (family == "qwen2")
            return {.rank = 3, .alpha = 6, .rankStabilised = false, .targets = model::loraModuleNames()};
        return {.rank = 2, .alpha = 5, .rankStabilised = true, .targets = {"q_proj", "up_proj", "down_proj"}};
    }

    void SetUp() override
    {
        load(parameters, GetParam() + "_model");
        for (const model::NamedTensor& tensor : parameters.adapter()->tensors())
            parameters.adapter()->set(tensor, golden.at(tensor.name));
        parameters.commit();
    }

    void expectStep(const train::UpdateResult& result, const Golden& expected)
    {
        EXPECT_NEAR(result.metrics.at("loss"), expected.at("loss").front(), 1e-5);
        EXPECT_NEAR(
            result.metrics.at("grad_norm"), expected.at("grad_norm").front(), 1e-5 * expected.at("grad_norm").front());
        expectWeights(parameters, expected);
    }

    const Golden golden = readGolden(GetParam() + "_lora_sft");
    model::Parameters parameters{*backend, configOf(GetParam()), model::Gradients::Kept, loraOf(GetParam())};
};

TEST_P(LoraParity, LogitsAreThoseOfPeft)
{
    EXPECT_LT(relativeError(logSoftmaxOf(*backend, parameters), golden.at("log_softmax")), tolerance);
}

TEST_P(LoraParity, OneSupervisedStepIsPyTorchs)
{
    train::SupervisedTrainer trainer(*backend, parameters, {optimizerOptions(), scheduleOptions(), 9, 9});
    expectStep(trainer.update(supervisedExamples()), golden);
    expectGradients(trainer, parameters, golden);
}

TEST_P(LoraParity, OnePolicyStepIsTrlsWithTheBaseAsReference)
{
    const Golden expected = readGolden(GetParam() + "_lora_dapo");
    for (const bool checkpointing : {false, true}) {
        SetUp();
        train::PolicyTrainer trainer(*backend, parameters,
            {.loss = lossOf("dapo"),
                .optimizer = optimizerOptions(),
                .schedule = scheduleOptions(),
                .temperature = temperature,
                .tokenBudget = 17,
                .maxSequenceTokens = 12,
                .gradientCheckpointing = checkpointing});
        EXPECT_EQ(trainer.reference(), nullptr);
        std::vector<train::PolicyGroup> batch = policyGroups(expected.at("old_log_probs"));
        expectStep(trainer.update({.groups = batch}), expected);
        expectGradients(trainer, parameters, expected);
    }
}

INSTANTIATE_TEST_SUITE_P(
    Families, LoraParity, testing::Values("qwen2", "llama"), [](const auto& info) { return info.param; });

} // namespace
} // namespace ahascope::parity
