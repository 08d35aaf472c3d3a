// A run whose model has its matrices in BF16.
#include <gmock/gmock.h>

#include "core/pipeline/policy_model.h"
#include "kernels/bf16.h"
#include "kernels/devices.h"
#include "tests/end_to_end/recorded_run.h"
#include "tests/end_to_end/tiny_experiment.h"
#include "tests/support/temporary_folder.h"

namespace ahascope {
namespace {

using namespace pipeline;
using test::record;

config::Experiment bf16Experiment()
{
    config::Experiment experiment = test::tinyExperiment();
    experiment.model.dtype = "bf16";
    return experiment;
}

class Bf16Run : public testing::Test {
protected:
    Bf16Run()
    {
        const auto run = record(m_store.path(), StartFresh{bf16Experiment()});
        EXPECT_EQ(run.finished.outcome, Outcome::Finished) << run.finished.failure.value_or(Failure{}).summary;
        m_folder = test::folderOf(m_store.path(), run.number);
        m_curves = test::curvesOf(m_folder);
    }

    test::TemporaryFolder m_store;
    std::filesystem::path m_folder;
    test::Curves m_curves;
};

TEST_F(Bf16Run, LearnsAndSamplesWhatItTrains)
{
    EXPECT_LT(m_curves.at("loss")[11].second, 0.8 * m_curves.at("loss").front().second); // of the 12 supervised steps
    for (const auto& [step, gap] : m_curves.at("sampler_trainer_logprob_gap_max"))
        EXPECT_EQ(gap, 0.0) << "step " << step;
}

TEST_F(Bf16Run, SavesItsMatricesExactly)
{
    const auto backend = kernels::makeCpuBackend({.threads = 1});
    const PolicyModel policy
        = loadPolicy(*backend, m_folder / store::RunReader(m_folder).checkpoints().back().path, model::Gradients::None);
    for (const model::NamedTensor& tensor : policy.parameters->tensors()) {
        std::vector<float> values(static_cast<std::size_t>(tensor.count()));
        policy.parameters->get(tensor, values);
        std::size_t rounded = 0;
        for (const float value : values)
            rounded += kernels::fromBf16(kernels::toBf16(value)) == value ? 1 : 0;
        if (tensor.vector)
            EXPECT_LT(rounded, values.size()) << tensor.name << " is trained in F32";
        else
            EXPECT_EQ(rounded, values.size()) << tensor.name;
    }
}

TEST_F(Bf16Run, ResumesBitForBit)
{
    for (const std::int64_t step : {5, 16}) {
        SCOPED_TRACE("stopped at step " + std::to_string(step));
        test::TemporaryFolder store;
        const auto stopped
            = record(store.path(), StartFresh{bf16Experiment()}, 1, [&](const RunEvent& event, RunControl& control) {
                  if (std::holds_alternative<StepFinished>(event.what) && event.at.globalStep == step)
                      control.requestStop();
              });
        ASSERT_EQ(stopped.finished.outcome, Outcome::Stopped);
        const auto resumed = record(store.path(), StartResume{stopped.number});
        ASSERT_EQ(resumed.finished.outcome, Outcome::Finished) << resumed.finished.failure.value_or(Failure{}).summary;
        const auto folder = test::folderOf(store.path(), stopped.number);
        EXPECT_EQ(test::curvesOf(folder), m_curves);
        EXPECT_EQ(test::finalWeights(folder), test::finalWeights(m_folder));
    }
}

} // namespace
} // namespace ahascope
