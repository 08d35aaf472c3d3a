// Every base model that ships loads, and is as good as its card says.
#include <cmath>
#include <filesystem>
#include <sstream>

#include <gmock/gmock.h>

#include "core/formats/file_bytes.h"
#include "core/pipeline/evaluation.h"
#include "kernels/devices.h"

namespace ahascope {
namespace {

namespace fs = std::filesystem;

const fs::path modelsFolder = fs::path(AHASCOPE_SOURCE_DIR) / "resources" / "models";

// The indented "key: value" lines of the card's front matter.
std::map<std::string, std::string> cardOf(const fs::path& model)
{
    std::map<std::string, std::string> card;
    std::istringstream lines(formats::readFile(model / "README.md", 1 << 16));
    for (std::string line; std::getline(lines, line) && line != "# " + model.filename().string();) {
        std::size_t colon = line.find(": ");
        if (line.starts_with("  ") && colon != std::string::npos)
            card[line.substr(2, colon - 2)] = line.substr(colon + 2);
    }
    return card;
}

class ShippedModel : public testing::TestWithParam<std::string> { };

TEST_P(ShippedModel, IsSmallAndHoldsTheStartingFigureOfItsCard)
{
    fs::path folder = modelsFolder / GetParam();
    std::uintmax_t bytes = 0;
    for (const auto& entry : fs::directory_iterator(folder))
        bytes += entry.file_size();
    EXPECT_LE(bytes, 4u << 20);

    auto card = cardOf(folder);
    auto backend = kernels::makeCpuBackend();
    pipeline::PolicyModel policy = pipeline::loadPolicy(*backend, folder, model::Gradients::None);
    EXPECT_LE(model::parameterCount(policy.config), 1'800'000);

    auto prompt = text::PromptTemplate::parse(formats::readFile(folder / card.at("template"), 1 << 16), "template");
    config::Experiment experiment;
    experiment.data.eval.push_back({"eval", {}});
    experiment.data.eval[0].source.task = card.at("task");
    experiment.data.eval[0].source.rows = card.at("task") == "countdown" ? 0 : 1000;
    pipeline::ProblemSource problems(
        pipeline::promptedProblems(experiment, experiment.data.eval[0].source, false, prompt, *policy.tokenizer));
    pipeline::Scorer scorer(
        reward::Recipe({{"accuracy", "accuracy", 1.0, {{"kind", card.at("rule_kind")}}}}, prompt.format(), "card"));
    auto evaluated = pipeline::evaluatePolicy(policy, prompt, scorer, problems, "eval",
        {.samples = std::stoll(card.at("samples")),
            .maxNewTokens = std::stoll(card.at("max_completion_length")),
            .seed = std::stoull(card.at("seed"))},
        {});
    double passed = pipeline::find(evaluated->metrics, "eval/pass@1").value();
    EXPECT_NEAR(passed, std::stod(card.at("pass_at_1")), 0.02);
    EXPECT_GE(passed, 0.10);
}

INSTANTIATE_TEST_SUITE_P(Models, ShippedModel, testing::Values("countdown-tiny", "running-sum-tiny"),
    [](const auto& info) { return info.param.substr(0, info.param.find('-')); });

} // namespace
} // namespace ahascope
