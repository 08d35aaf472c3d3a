// A real run inside the window, as small as can be: started, paused, resumed, stopped, closed over, resumed again.
#include <memory>

#include <gtest/gtest.h>

#include <QMessageBox>
#include <QPushButton>
#include <QSettings>

#include "tests/end_to_end/tiny_experiment.h"
#include "tests/ui/support/waiting.h"
#include "ui/main_window.h"
#include "ui/models/current_run.h"
#include "ui/models/experiment_document.h"
#include "ui/models/runs_model.h"
#include "ui/run_bridge.h"
#include "ui/theme/appearance.h"
#include "ui/widgets/banner.h"

namespace ahascope::ui {

namespace {

class RunInWindow : public testing::Test {
protected:
    void SetUp() override
    {
        QSettings().clear();
        open();
    }

    void open()
    {
        m_window.reset();
        m_window = std::make_unique<MainWindow>(
            m_appearance, WindowOptions{QString::fromStdString(m_folder.path().string()), {"cpu", 1}, false});
        m_window->show();
    }
    // So long that it never ends by itself during a test.
    void start()
    {
        config::Experiment experiment = test::tinyExperiment();
        experiment.stages.back().steps = 100'000;
        window().workbench().document.take(std::move(experiment));
        ASSERT_TRUE(eventually([this] { return window().actions().start()->isEnabled(); }));
        window().actions().start()->trigger();
        ASSERT_TRUE(eventually([this] { return steps() > 0; }));
    }
    qsizetype steps() { return window().workbench().current.series("reward").size(); }
    RunState state() { return window().workbench().bridge.status().state; }
    store::RunState stored() { return window().workbench().current.info().state; }
    MainWindow& window() { return *m_window; }

    // The button of the question that is open.
    QAbstractButton* answer(const QString& text)
    {
        for (QMessageBox* box : window().findChildren<QMessageBox*>())
            for (QAbstractButton* button : box->buttons())
                if (button->text() == text)
                    return button;
        return nullptr;
    }

private:
    const TemporaryStore m_folder;
    Appearance m_appearance{*static_cast<QApplication*>(QApplication::instance()), Scheme::Light};
    std::unique_ptr<MainWindow> m_window;
};

} // namespace

TEST_F(RunInWindow, PausesGoesOnAndStopsWithACheckpointThatCanBeResumed)
{
    start();
    window().actions().pause()->trigger();
    ASSERT_TRUE(eventually([this] { return state() == RunState::Paused; }));
    EXPECT_TRUE(window().actions().resume()->isEnabled());
    window().actions().resume()->trigger();
    ASSERT_TRUE(eventually([this] { return state() == RunState::Running; }));
    window().actions().stop()->trigger();
    ASSERT_TRUE(eventually([this] { return state() == RunState::Stopped; }));
    EXPECT_EQ(window().banner().title(), QStringLiteral("Stopped"));
    ASSERT_TRUE(eventually([this] { return window().actions().resume()->isEnabled(); }));
    window().actions().resume()->trigger();
    EXPECT_TRUE(eventually([this] { return state() == RunState::Running; }));
}

TEST_F(RunInWindow, StopsAtOnceWithoutACheckpoint)
{
    start();
    bool othersRun = false; // as the store goes on saying for a moment
    QObject::connect(&window().workbench().bridge, &RunBridge::ended, &window(),
        [&] { othersRun = window().actions().stop()->isEnabled(); });
    window().actions().stopNow()->trigger();
    ASSERT_TRUE(eventually([this] { return state() == RunState::Stopped; }));
    EXPECT_FALSE(othersRun);
    EXPECT_TRUE(eventually([this] { return stored() == store::RunState::Stopped; }));
}

TEST_F(RunInWindow, AsksBeforeItIsClosedSavesAndOffersToResumeNextTime)
{
    start();
    window().close();
    EXPECT_TRUE(window().isVisible());
    QAbstractButton* stop = answer(QStringLiteral("Stop and save"));
    ASSERT_NE(stop, nullptr);
    stop->click();
    ASSERT_TRUE(eventually([this] { return !window().isVisible(); }));
    open();
    ASSERT_TRUE(eventually([this] { return window().banner().isVisible(); }));
    EXPECT_EQ(window().banner().title(), QStringLiteral("Stopped when the window was closed"));
    EXPECT_TRUE(window().banner().text().contains(QStringLiteral("tiny can go on from step")))
        << window().banner().text().toStdString();
}

TEST_F(RunInWindow, GoesOnWhenClosingIsCancelled)
{
    start();
    window().close();
    for (QMessageBox* box : window().findChildren<QMessageBox*>())
        box->reject();
    const qsizetype now = steps();
    EXPECT_TRUE(eventually([&] { return steps() > now; }));
    EXPECT_EQ(state(), RunState::Running);
}

} // namespace ahascope::ui
