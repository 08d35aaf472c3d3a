// A change of theme while the window is open.
#include <vector>

#include <gtest/gtest.h>

#include <QImage>

#include "tests/ui/support/synthetic_run.h"
#include "tests/ui/support/window_fixture.h"
#include "ui/widgets/handler_clock.h"
#include "ui/workspaces.h"

namespace ahascope::ui {

namespace {

class ThemeInWindow : public WindowTest {
protected:
    // Every workspace after the other.
    std::vector<QImage> pictures()
    {
        std::vector<QImage> images;
        for (const Workspace workspace :
            {Workspace::Start, Workspace::Design, Workspace::Train, Workspace::Inspect, Workspace::Compare}) {
            window().workspaces().show(workspace);
            QTest::qWait(100);
            images.push_back(window().grab().toImage());
        }
        return images;
    }
};

} // namespace

// Also the panes that were hidden meanwhile. Slices keep every handler short.
TEST_F(ThemeInWindow, LooksAfterAChangeOfThemeAsIfStartedWithIt)
{
    const std::int64_t run = writeSyntheticRun(
        folder.path(), {.steps = 6, .planned = 6, .evaluateEvery = 3, .prompts = 2, .generations = 4, .heldOut = 5});
    openRun(run);
    pictures();
    auto& application = *static_cast<Application*>(QApplication::instance());
    application.resetHandlerTimes();
    appearance().setScheme(Scheme::Dark);
    ASSERT_TRUE(eventually([&] { return !appearance().isChanging(); }));
    EXPECT_LT(application.handlerTimes().longest, Application::limit)
        << application.handlerTimes().longestWhat.toStdString();
    const auto changed = pictures();
    openRun(run);
    pictures();
    const auto started = pictures();
    for (std::size_t i = 0; i < started.size(); ++i)
        EXPECT_TRUE(changed[i] == started[i]) << "workspace " << i;
    appearance().setScheme(Scheme::Light);
    appearance().setScheme(Scheme::Dark); // on the way
    appearance().setScheme(Scheme::Light);
    EXPECT_TRUE(eventually([&] { return !appearance().isChanging(); }));
    EXPECT_FALSE(appearance().isDark());
    EXPECT_FALSE(changed == pictures());
}

} // namespace ahascope::ui
