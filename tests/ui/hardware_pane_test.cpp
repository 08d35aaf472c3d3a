#include "ui/panes/hardware_pane.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/ui/support/synthetic_run.h"
#include "tests/ui/support/window_fixture.h"
#include "ui/workspaces.h"

namespace ahascope::ui {

namespace {

using testing::HasSubstr;

class Hardware : public WindowTest {
protected:
    HardwarePane& pane() { return window().hardware(); }
    // Once the GPUs have been asked.
    std::string gpus()
    {
        window().workspaces().show(Workspace::Train);
        EXPECT_TRUE(eventually([this] { return !pane().gpuText().startsWith(QStringLiteral("Asking")); }));
        return pane().gpuText().toStdString();
    }
};

} // namespace

TEST_F(Hardware, ShowsWhatEachGpuDoesAndADashForWhatItCannotTell)
{
    gpuLibrary = AHASCOPE_FAKE_NVML;
    open();
    const std::string text = gpus();
    EXPECT_THAT(
        text, HasSubstr("Fake H100\nUtilisation 87 %\nMemory 60 GB of 80 GB\nTemperature 64 °C\nPower 413 of 700 W\n"));
    EXPECT_THAT(text, HasSubstr("Fake slice\nUtilisation —\nMemory 60 GB of 80 GB\nTemperature —\nPower —\n"));
    EXPECT_THAT(text, HasSubstr("GPU 2: GPU is lost\nUtilisation —\n"));
}

TEST_F(Hardware, SaysWhyThereIsNoGpuAndShowsWhatARunCostsAllTheSame)
{
    openRun(writeSyntheticRun(folder.path(), {.steps = 6, .planned = 6, .evaluateEvery = 3, .heldOut = 5}));
    EXPECT_THAT(gpus(), HasSubstr("No GPU to watch: there is no NVIDIA driver on this machine"));
    const std::string text = pane().runText().toStdString();
    EXPECT_THAT(text, HasSubstr("Generating 4"));
    EXPECT_THAT(text, HasSubstr(" tokens/s\nHost peak 3"));
    EXPECT_THAT(text, HasSubstr("Step 6: "));
    EXPECT_THAT(text, HasSubstr("\nscore 50 ms, 2 %\n"));
}

TEST_F(Hardware, OffersToLaunchWhereThereIsNoRun)
{
    open();
    gpus();
    EXPECT_EQ(pane().runText(), QString());
    Q_EMIT pane().launchRequested();
    EXPECT_EQ(window().workspaces().current(), Workspace::Design);
}

} // namespace ahascope::ui
