// The check before a GPU is used, with a processor in the GPU's place.
#include <fstream>

#include <gmock/gmock.h>

#include "core/pipeline/device.h"
#include "core/problem.h"
#include "kernels/error.h"
#include "tests/support/temporary_folder.h"

namespace ahascope::pipeline {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

const kernels::Device gpu{
    .id = "cuda:0", .name = "Test GPU", .compute = "9.0", .driver = "550.54.15, CUDA 12.4", .runtime = "CUDA 12.4"};

kernels::OpenedDevice open(const kernels::Device& device)
{
    return {kernels::makeCpuBackend({.threads = 1}), {device, {}}};
}

class GpuCheck : public testing::Test {
protected:
    std::filesystem::path file() const { return m_folder.path() / "cache" / "gpu_checks.json"; }
    PassedChecks passed(const std::string& build = "1.0 abc") const { return PassedChecks(file(), build); }

    // What a run would be told of it.
    std::string check(const kernels::OpenedDevice& opened)
    {
        m_progress.clear();
        return ensureChecked(opened, passed(), 1, [&](const std::string& text) { m_progress.push_back(text); });
    }
    std::string refusal(const kernels::OpenedDevice& opened)
    {
        try {
            check(opened);
        } catch (const InputError& error) {
            return error.what();
        }
        return "it was let through";
    }

    test::TemporaryFolder m_folder;
    std::vector<std::string> m_progress;
};

TEST_F(GpuCheck, IsMadeOnceForADeviceADriverAndABuild)
{
    EXPECT_THAT(check(open(gpu)), HasSubstr("cuda:0 (Test GPU) computes what the processor does"));
    EXPECT_EQ(m_progress.size(), 4u);
    EXPECT_THAT(m_progress.front(), AllOf(HasSubstr("Test GPU"), HasSubstr("0 %")));
    const kernels::OpenedDevice again = open(gpu);
    EXPECT_EQ(check(again), "");
    EXPECT_THAT(m_progress, IsEmpty());
    EXPECT_THAT(again.backend->totals(), IsEmpty());
}

TEST_F(GpuCheck, IsMadeAnewWhenAnythingIsAnother)
{
    passed().add(gpu);
    for (std::string kernels::Device::*part :
        {&kernels::Device::name, &kernels::Device::compute, &kernels::Device::driver, &kernels::Device::runtime}) {
        kernels::Device other = gpu;
        other.*part = "other";
        EXPECT_FALSE(passed().holds(other));
        passed().add(other);
        EXPECT_TRUE(passed().holds(other));
    }
    EXPECT_FALSE(passed("1.0 abd").holds(gpu));
    EXPECT_TRUE(passed().holds(gpu)) << "the others stand beside it";
}

TEST_F(GpuCheck, OfABuildOfChangedSourcesIsNotKept)
{
    passed("1.0 abc-dirty").add(gpu);
    EXPECT_FALSE(passed("1.0 abc-dirty").holds(gpu));
    EXPECT_FALSE(std::filesystem::exists(file()));
}

TEST_F(GpuCheck, RefusesADeviceThatComputesWronglyByTheOperationsNames)
{
    const kernels::OpenedDevice wrong = open(gpu);
    wrong.backend->setFaultHook([](std::string_view operation) {
        if (operation == "swiglu" || operation == "sumOfSquares")
            throw std::logic_error("wrong");
    });
    EXPECT_THAT(refusal(wrong),
        AllOf(HasSubstr("Test GPU"), HasSubstr("swiglu, sumOfSquares"), HasSubstr("\"cpu\""), HasSubstr("gpu-check")));
    EXPECT_FALSE(passed().holds(gpu));
    wrong.backend->setFaultHook({});
    EXPECT_NE(check(wrong), "") << "what failed is checked again";
    EXPECT_TRUE(passed().holds(gpu));
}

TEST_F(GpuCheck, RefusesADeviceThatIsLost)
{
    const kernels::OpenedDevice lost = open(gpu);
    lost.backend->setFaultHook([](std::string_view operation) {
        if (operation == "attention")
            throw kernels::DeviceError("illegal access");
    });
    EXPECT_THAT(refusal(lost), AllOf(HasSubstr("lost"), HasSubstr("attention"), HasSubstr("illegal access")));
    EXPECT_FALSE(passed().holds(gpu));
}

TEST_F(GpuCheck, IsMadeAnewWhenWhatIsKeptCannotBeRead)
{
    passed().add(gpu);
    for (const char* contents : {"", "{", "[]", R"({"version": 2, "passed": []})", R"({"version": 1})",
             R"({"version": 1, "passed": [{"device": 1}]})", R"({"version": 1, "passed": 3})"}) {
        std::ofstream(file(), std::ios::trunc) << contents;
        EXPECT_FALSE(passed().holds(gpu)) << contents;
    }
    passed().add(gpu);
    EXPECT_TRUE(passed().holds(gpu));
}

TEST_F(GpuCheck, KeepsTheLastOnesOnly)
{
    for (int i = 0; i < 40; ++i)
        passed("build " + std::to_string(i)).add(gpu);
    EXPECT_FALSE(passed("build 0").holds(gpu));
    EXPECT_TRUE(passed("build 39").holds(gpu));
    EXPECT_TRUE(passed("build 10").holds(gpu));
}

TEST_F(GpuCheck, NeedsNoFolderThatCanBeWritten)
{
    const PassedChecks nowhere("/proc/ahascope/gpu_checks.json", "1.0 abc");
    nowhere.add(gpu);
    EXPECT_FALSE(nowhere.holds(gpu));
}

TEST_F(GpuCheck, LeavesTheProcessorAlone)
{
    kernels::Device processor = gpu;
    processor.id = "cpu";
    EXPECT_EQ(check(open(processor)), "");
}

TEST(OpenDevice, SaysWhyAutoIsTheProcessor)
{
    if (kernels::listDevices().devices.size() > 1)
        GTEST_SKIP() << "this machine has a CUDA device";
    const ReadyDevice ready = openDevice("auto", 1);
    EXPECT_NE(ready.backend, nullptr);
    EXPECT_THAT(ready.notes, testing::ElementsAre(HasSubstr(kernels::listDevices().cudaNote)));
    EXPECT_THAT(openDevice("cpu", 1).notes, IsEmpty());
    EXPECT_THROW(openDevice("cuda:1", 1), InputError);
}

} // namespace
} // namespace ahascope::pipeline
