#include "kernels/devices.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ahascope::kernels {
namespace {

using ::testing::HasSubstr;

TEST(Devices, ListTheProcessorFirst)
{
    const DeviceList list = listDevices();
    ASSERT_FALSE(list.devices.empty());
    EXPECT_EQ(list.devices[0].id, "cpu");
    EXPECT_THAT(list.devices[0].name, HasSubstr(toString(detectInstructionSet())));
    EXPECT_GT(list.devices[0].memory, std::uint64_t(64) << 20);
    EXPECT_GT(list.devices[0].free, 0u);
    EXPECT_LE(list.devices[0].free, list.devices[0].memory);
}

TEST(Devices, SayWhyThereIsNoCudaDevice)
{
    const DeviceList list = listDevices();
    EXPECT_EQ(list.devices.size() > 1, list.cudaNote.empty());
    if (list.devices.size() > 1)
        GTEST_SKIP() << "this machine has a CUDA device";
    EXPECT_GT(list.cudaNote.size(), 20u);
    try {
        makeBackend("cuda");
        FAIL() << "made a backend without a device";
    } catch (const DeviceError& error) {
        EXPECT_EQ(error.what(), list.cudaNote);
    }
}

TEST(Devices, AutoIsTheProcessorWhereNothingElseWorks)
{
    if (listDevices().devices.size() > 1)
        GTEST_SKIP() << "this machine has a CUDA device";
    EXPECT_EQ(makeBackend("auto", {.threads = 1})->name(), makeBackend("cpu", {.threads = 1})->name());
}

TEST(Devices, RefuseNamesThatAreNone)
{
    for (const char* name : {"", "gpu", "cuda:", "cuda:x", "cuda:-1", "cuda:1x", "cuda 0"}) {
        try {
            makeBackend(name);
            FAIL() << name;
        } catch (const DeviceError& error) {
            EXPECT_THAT(error.what(), HasSubstr("\"auto\"")) << name;
        }
    }
}

} // namespace
} // namespace ahascope::kernels
