// The memory plan against what runs take.
#include <algorithm>
#include <gtest/gtest.h>

#include "core/pipeline/preflight.h"
#include "tests/end_to_end/recorded_run.h"
#include "tests/end_to_end/tiny_experiment.h"
#include "tests/support/temporary_folder.h"

namespace ahascope {
namespace {

using namespace pipeline;

struct Variant {
    const char* name;
    bool lora;
    bool checkpointing;
    const char* optim;
    double beta;
    bool supervised;
    const char* dtype = "f32";
};

class Memory : public testing::TestWithParam<Variant> {
protected:
    static config::Experiment experiment()
    {
        const Variant& variant = GetParam();
        config::Experiment experiment = test::tinyExperiment();
        experiment.model.create.reset();
        experiment.model.path = std::string(AHASCOPE_SOURCE_DIR) + "/resources/models/running-sum-tiny";
        experiment.model.dtype = variant.dtype;
        if (variant.lora)
            experiment.model.lora.emplace();
        auto& grpo = std::get<config::GrpoStage>(experiment.stages[1].options);
        auto& pretrain = std::get<config::PretrainStage>(experiment.stages[0].options);
        grpo.beta = variant.beta;
        grpo.refModelSyncSteps = 0;
        for (config::Optimization* optimization : {&grpo.optimization, &pretrain.optimization}) {
            optimization->gradientCheckpointing = variant.checkpointing;
            optimization->optim = variant.optim;
        }
        experiment.stages.erase(experiment.stages.begin() + (variant.supervised ? 1 : 0));
        experiment.stages[0].steps = 2;
        return experiment;
    }

    static double peakOf(const test::RecordedRun& run)
    {
        double peak = 0;
        for (const RunEvent& event : run.events)
            if (const auto* step = std::get_if<StepFinished>(&event.what))
                peak = std::max(peak, find(step->metrics, "memory/device_peak").value_or(0));
        return peak;
    }
};

TEST_P(Memory, IsPlannedWithinFivePercent)
{
    const Preflight check = preflight(experiment());
    ASSERT_TRUE(check.problems.empty()) << toString(check.problems.front());
    test::TemporaryFolder store;
    const auto run = test::record(store.path(), StartFresh{experiment()}, 2);
    ASSERT_EQ(run.finished.outcome, Outcome::Finished) << run.finished.failure.value_or(Failure{}).summary;
    const double peak = peakOf(run);
    EXPECT_NEAR(static_cast<double>(check.memory.peak - check.memory.saving), peak, 0.05 * peak);
}

INSTANTIATE_TEST_SUITE_P(Runs, Memory,
    testing::Values(Variant{"Full", false, false, "adamw", 0.0, false},
        Variant{"FullWithReference", false, false, "adamw", 0.1, false},
        Variant{"FullWithEverything", false, true, "adamw_8bit", 0.0, false},
        Variant{"Adapter", true, false, "adamw", 0.1, false},
        Variant{"AdapterCheckpointed", true, true, "adamw_8bit", 0.1, false},
        Variant{"Supervised", false, false, "adamw_8bit", 0.0, true},
        Variant{"FullInBf16WithReference", false, false, "adamw_8bit", 0.1, false, "bf16"},
        Variant{"AdapterOnBf16", true, false, "adamw", 0.1, false, "bf16"}),
    [](const auto& info) { return info.param.name; });

} // namespace
} // namespace ahascope
