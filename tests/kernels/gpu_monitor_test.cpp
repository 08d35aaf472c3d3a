#include "kernels/gpu_monitor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ahascope::kernels {
namespace {

using ::testing::HasSubstr;

GpuReadings readFrom(const std::string& variant)
{
    return GpuMonitor(std::string(AHASCOPE_FAKE_NVML_FOLDER) + "/libfake_nvml" + variant + ".so").read();
}

TEST(GpuMonitor, TellsWhatACardTells)
{
    const GpuReadings readings = readFrom("");
    ASSERT_EQ(readings.gpus.size(), 3u) << readings.note;
    EXPECT_EQ(readings.note, "");
    const GpuReading& gpu = readings.gpus[0];
    EXPECT_EQ(gpu.name, "Fake H100");
    EXPECT_EQ(gpu.utilisation, 0.87);
    EXPECT_EQ(gpu.memoryUsed, std::uint64_t{60} << 30);
    EXPECT_EQ(gpu.memoryTotal, std::uint64_t{80} << 30);
    EXPECT_EQ(gpu.temperature, 64.0);
    EXPECT_EQ(gpu.power, 412.5);
    EXPECT_EQ(gpu.powerLimit, 700.0);
}

TEST(GpuMonitor, LeavesOutWhatACardCannotTell)
{
    const GpuReading gpu = readFrom("").gpus.at(1);
    EXPECT_EQ(gpu.name, "Fake slice");
    EXPECT_EQ(gpu.memoryTotal, std::uint64_t{80} << 30);
    EXPECT_FALSE(gpu.utilisation || gpu.temperature || gpu.power || gpu.powerLimit);
}

TEST(GpuMonitor, SaysWhyACardCannotBeAsked)
{
    const GpuReading gpu = readFrom("").gpus.at(2);
    EXPECT_EQ(gpu.name, "GPU 2: GPU is lost");
    EXPECT_FALSE(gpu.utilisation || gpu.memoryUsed || gpu.temperature || gpu.power);
}

TEST(GpuMonitor, LeavesOutWhatADriverHasNoFunctionFor)
{
    const GpuReading gpu = readFrom("_old").gpus.at(0);
    EXPECT_EQ(gpu.utilisation, 0.87);
    EXPECT_FALSE(gpu.power || gpu.powerLimit);
}

TEST(GpuMonitor, SaysWhyThereIsNoCard)
{
    EXPECT_THAT(readFrom("_absent").note, HasSubstr("there is no NVIDIA driver on this machine"));
    EXPECT_THAT(readFrom("_ancient").note, HasSubstr("NVML has no nvmlInit_v2"));
    EXPECT_EQ(readFrom("_not_loaded").note, "the NVIDIA driver is installed but not loaded");
    EXPECT_EQ(readFrom("_no_cards").note, "the NVIDIA driver finds no GPU on this machine");
    for (const char* variant : {"_absent", "_ancient", "_not_loaded", "_no_cards"})
        EXPECT_TRUE(readFrom(variant).gpus.empty()) << variant;
}

} // namespace
} // namespace ahascope::kernels
