// Choosing among GPUs, through the module's interface.
#include <cstdlib>

#include <gmock/gmock.h>

#include "core/pipeline/device.h"
#include "core/problem.h"
#include "tests/support/temporary_folder.h"

namespace ahascope::pipeline {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

class FakeGpu : public testing::Test {
protected:
    FakeGpu() { ::setenv("XDG_CACHE_HOME", m_folder.path().c_str(), 1); }

    static void machine(int gpus, int broken = 0)
    {
        ::setenv("FAKE_GPUS", std::to_string(gpus).c_str(), 1);
        ::setenv("FAKE_BROKEN", std::to_string(broken).c_str(), 1);
    }
    static std::string refusal(const std::string& device)
    {
        try {
            openDevice(device, 1);
        } catch (const InputError& error) {
            return error.what();
        }
        return "it was let through";
    }

    test::TemporaryFolder m_folder;
};

TEST_F(FakeGpu, AllAreListedAndOneIsChosen)
{
    machine(3);
    const kernels::DeviceList list = kernels::listDevices();
    ASSERT_EQ(list.devices.size(), 4u);
    EXPECT_EQ(list.devices[3].id, "cuda:2");
    EXPECT_EQ(list.devices[3].compute, "9.0");
    EXPECT_EQ(list.devices[3].runtime, "CUDA 12.2");
    EXPECT_THAT(list.devices[3].driver, HasSubstr("CUDA 12.4"));
    EXPECT_EQ(kernels::openDevice("cuda:1").chosen.device.name, "Fake 1");
    EXPECT_EQ(kernels::chooseDevice("cuda").device.id, "cuda:0");
    EXPECT_EQ(kernels::chooseDevice("auto").device.id, "cuda:0");
    EXPECT_EQ(kernels::chooseDevice("cpu").device.id, "cpu");
}

TEST_F(FakeGpu, OneThatIsNotThereIsRefusedWithWhatIsThere)
{
    machine(2);
    EXPECT_THAT(refusal("cuda:2"), AllOf(HasSubstr("no device cuda:2"), HasSubstr("this machine has 2")));
    machine(0);
    EXPECT_THAT(refusal("cuda"), HasSubstr("finds no GPU"));
}

TEST_F(FakeGpu, OneThatDoesNotWorkIsRefusedByNameAndPassedOverByAuto)
{
    machine(2, 1);
    EXPECT_THAT(refusal("cuda:0"), HasSubstr("GPU 0 has fallen off the bus"));
    const kernels::OpenedDevice opened = kernels::openDevice("auto");
    EXPECT_EQ(opened.chosen.device.id, "cuda:1");
    EXPECT_EQ(opened.chosen.fallback, "");
}

TEST_F(FakeGpu, AutoThatComesToTheProcessorSaysWhy)
{
    machine(0);
    EXPECT_THAT(openDevice("auto", 1).notes, ElementsAre(HasSubstr("finds no GPU")));
    machine(2, 2);
    EXPECT_THAT(openDevice("auto", 1).notes, ElementsAre(HasSubstr("cuda:1: GPU 1 has fallen off the bus")));
}

TEST_F(FakeGpu, IsCheckedOnItsFirstUse)
{
    machine(1);
    std::vector<std::string> progress;
    const auto tell = [&](const std::string& text) { progress.push_back(text); };
    const ReadyDevice ready = openDevice("auto", 1, tell);
    EXPECT_THAT(ready.notes, ElementsAre(HasSubstr("cuda:0 (Fake 0) computes what the processor does")));
    EXPECT_EQ(progress.size(), 4u);
    const bool kept = !buildId().ends_with("-dirty"); // a build of changed sources keeps nothing
    EXPECT_EQ(PassedChecks().holds(kernels::chooseDevice("cuda:0").device), kept);
    EXPECT_EQ(openDevice("cuda:0", 1, tell).notes.empty(), kept);
    EXPECT_EQ(progress.size(), kept ? 4u : 8u);
}

} // namespace
} // namespace ahascope::pipeline
