// The command line with the CUDA module beside it, made of the emulated backend: devices are listed, checked and used
// through the module's interface.
#include <cstdlib>
#include <fstream>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "tests/end_to_end/program.h"
#include "tests/end_to_end/tiny_experiment.h"

namespace ahascope {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class DeviceRun : public testing::Test {
protected:
    DeviceRun()
    {
        ::setenv("XDG_CACHE_HOME", (m_folder.path() / "cache").c_str(), 1);
        std::ofstream(m_folder.path() / "tiny.toml") << "device = \"cuda\"\n" << test::tinyExperimentToml();
    }

    std::string experiment() const { return (m_folder.path() / "tiny.toml").string(); }

    test::TemporaryFolder m_folder;
};

TEST_F(DeviceRun, TheGpuIsCheckedOnceAndTrainsInBf16)
{
    const test::Ran checked = test::run({"gpu-check", "--json"});
    ASSERT_EQ(checked.code, 0) << checked.err << checked.out;
    const json device = json::parse(checked.out).at("devices").at(0);
    EXPECT_EQ(device.at("id"), "cuda:0");
    EXPECT_EQ(device.at("compute"), "9.0");
    EXPECT_TRUE(device.at("passed"));
    EXPECT_GT(device.at("cases").size(), 50U);

    const test::Ran validated = test::run({"validate", experiment(), "--json"});
    EXPECT_EQ(validated.code, 0) << validated.err;
    EXPECT_THAT(validated.out, HasSubstr("cuda:0"));

    const test::Ran ran = test::run({"run", experiment(), "--set", "model.dtype=bf16", "--set", "stage.0.steps=6",
        "--set", "stage.1.steps=4", "--store", (m_folder.path() / "store").string(), "--events", "-"});
    ASSERT_EQ(ran.code, 0) << ran.err;
    std::istringstream lines(ran.out);
    std::vector<double> losses;
    for (std::string line; std::getline(lines, line);) {
        const json event = json::parse(line);
        if (event.at("event") != "step")
            continue;
        const json& metrics = event.at("metrics");
        if (event.at("stage") == "base")
            losses.push_back(metrics.at("loss"));
        if (metrics.contains("sampler_trainer_logprob_gap")) {
            EXPECT_LE(metrics.at("sampler_trainer_logprob_gap").get<double>(), 2e-3);
        }
        EXPECT_EQ(metrics.at("non_finite_steps"), 0);
    }
    ASSERT_EQ(losses.size(), 6U);
    EXPECT_LT(losses.back(), losses.front());
}

TEST_F(DeviceRun, ADeviceThatIsNotThereIsRefusedByItsNumber)
{
    const test::Ran ran = test::run({"run", experiment(), "--device", "cuda:1", "--store", m_folder.path().string()});
    EXPECT_EQ(ran.code, 2);
    EXPECT_THAT(ran.err, HasSubstr("cuda:1"));
}

} // namespace
} // namespace ahascope
