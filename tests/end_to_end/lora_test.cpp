// A run that trains an adapter: what it saves, how it resumes and what comes out of it.
#include <cmath>
#include <gmock/gmock.h>

#include "core/pipeline/model_export.h"
#include "core/pipeline/policy_model.h"
#include "core/problem.h"
#include "core/train/supervised_trainer.h"
#include "kernels/devices.h"
#include "tests/end_to_end/recorded_run.h"
#include "tests/end_to_end/tiny_experiment.h"
#include "tests/support/temporary_folder.h"

namespace ahascope {
namespace {

namespace fs = std::filesystem;
using namespace pipeline;
using test::record;

const fs::path base = fs::path(AHASCOPE_SOURCE_DIR) / "resources/models/running-sum-tiny";

config::Experiment loraExperiment()
{
    config::Experiment experiment = test::tinyExperiment();
    experiment.model = {.path = base, .adapter = {}, .lora = config::Lora{.r = 4, .loraAlpha = 8}, .create = {}};
    experiment.stages.erase(experiment.stages.begin());
    auto& grpo = std::get<config::GrpoStage>(experiment.stages[0].options);
    grpo.refModelSyncSteps = 0;
    grpo.optimization.optim = "adamw_8bit";
    grpo.optimization.gradientCheckpointing = true;
    return experiment;
}

std::string adapterWeights(const fs::path& run)
{
    return test::bytesOf(run / store::RunReader(run).checkpoints().back().path / "adapter_model.safetensors");
}

class LoraRun : public testing::Test {
protected:
    LoraRun()
    {
        const auto run = record(m_store.path(), StartFresh{loraExperiment()});
        EXPECT_EQ(run.finished.outcome, Outcome::Finished) << run.finished.failure.value_or(Failure{}).summary;
        m_run = test::folderOf(m_store.path(), run.number);
        m_checkpoint = m_run / store::RunReader(m_run).checkpoints().back().path;
    }

    // Of a text, under the model of a folder and perhaps an adapter.
    static std::vector<float> logProbs(const fs::path& model, const AdapterSource& adapter = {})
    {
        const auto backend = kernels::makeCpuBackend({.threads = 1});
        const PolicyModel policy = loadPolicy(*backend, model, model::Gradients::None, adapter);
        const std::vector<std::vector<std::int32_t>> texts{{3, 9, 4, 1, 12, 7, 7, 2}};
        std::vector<float> values = train::sequenceLogProbs(*policy.parameters, texts).front();
        values.erase(values.begin());
        return values;
    }

    test::TemporaryFolder m_store;
    fs::path m_run;
    fs::path m_checkpoint;
};

TEST_F(LoraRun, SavesTheAdapterAloneAndSamplesWhatItTrains)
{
    EXPECT_TRUE(fs::exists(m_checkpoint / "adapter_config.json"));
    EXPECT_TRUE(fs::exists(m_checkpoint / "tokenizer.json"));
    EXPECT_FALSE(fs::exists(m_checkpoint / "model.safetensors"));
    EXPECT_FALSE(fs::exists(m_checkpoint / "trainer/reference.values.bin"));
    const test::Curves curves = test::curvesOf(m_run);
    for (const auto& [step, gap] : curves.at("sampler_trainer_logprob_gap_max"))
        EXPECT_EQ(gap, 0.0) << "step " << step;
    EXPECT_EQ(curves.at("kl").front().second, 0.0) << "the reference is the model without the adapter";
    EXPECT_GT(curves.at("kl").back().second, 0.0);
}

TEST_F(LoraRun, ResumesBitForBit)
{
    test::TemporaryFolder store;
    const auto stopped
        = record(store.path(), StartFresh{loraExperiment()}, 1, [](const RunEvent& event, RunControl& control) {
              if (std::holds_alternative<StepFinished>(event.what) && event.at.globalStep == 4)
                  control.requestStop();
          });
    ASSERT_EQ(stopped.finished.outcome, Outcome::Stopped);
    const auto resumed = record(store.path(), StartResume{stopped.number});
    ASSERT_EQ(resumed.finished.outcome, Outcome::Finished) << resumed.finished.failure.value_or(Failure{}).summary;
    const fs::path folder = test::folderOf(store.path(), stopped.number);
    EXPECT_EQ(test::curvesOf(folder), test::curvesOf(m_run));
    EXPECT_EQ(adapterWeights(folder), adapterWeights(m_run));
}

TEST_F(LoraRun, IsExportedMergedOrAsAnAdapter)
{
    const std::vector<float> trained = logProbs(m_checkpoint); // the base is the one that the adapter names
    EXPECT_NE(trained, logProbs(base));
    exportModel(m_checkpoint, m_store.path() / "adapter", {.format = ModelFormat::Peft});
    EXPECT_EQ(logProbs(base, m_store.path() / "adapter"), trained);
    exportModel(m_checkpoint, m_store.path() / "merged", {});
    EXPECT_FALSE(fs::exists(m_store.path() / "merged/adapter_config.json"));
    const std::vector<float> merged = logProbs(m_store.path() / "merged");
    for (std::size_t i = 0; i < trained.size(); ++i)
        EXPECT_NEAR(merged[i], trained[i], 1e-4);
    EXPECT_THROW(exportModel(base, m_store.path() / "none", {.format = ModelFormat::Peft}), InputError);
}

TEST_F(LoraRun, GoesOnFromAnAdapterInAFolder)
{
    config::Experiment experiment = loraExperiment();
    experiment.model.lora.reset();
    experiment.model.adapter = m_checkpoint;
    experiment.stages[0].steps = 2;
    test::TemporaryFolder store;
    const auto run = record(store.path(), StartFresh{experiment});
    ASSERT_EQ(run.finished.outcome, Outcome::Finished) << run.finished.failure.value_or(Failure{}).summary;
    const test::Curves curves = test::curvesOf(test::folderOf(store.path(), run.number));
    EXPECT_GT(curves.at("kl").front().second, 0.0);
}

} // namespace
} // namespace ahascope
