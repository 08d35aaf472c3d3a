#include "ui/models/gpu_history.h"

#include <cmath>

#include <gtest/gtest.h>

#include "tests/ui/support/waiting.h"

namespace ahascope::ui {

TEST(GpuHistory, GrowsWhileItIsStartedAndBeginsAnewAfterwards)
{
    GpuHistory history(AHASCOPE_FAKE_NVML);
    const auto known
        = [&] { return history.values(0, [](const kernels::GpuReading& gpu) { return gpu.utilisation; }); };
    history.start();
    ASSERT_TRUE(eventually([&] { return known() == QList<double>({0.87, 0.87}); }));
    EXPECT_TRUE(std::isnan(history.values(1, [](const kernels::GpuReading& gpu) { return gpu.power; }).back()));
    EXPECT_TRUE(std::isnan(history.values(7, [](const kernels::GpuReading& gpu) { return gpu.power; }).back()));
    history.stop();
    history.start();
    EXPECT_TRUE(history.isKnown()) << "until there is something newer";
    EXPECT_TRUE(eventually([&] { return known().size() == 1; }));
}

} // namespace ahascope::ui
