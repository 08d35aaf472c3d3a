// A window with settings and a store of its own, for tests of what happens in it.
#pragma once

#include <memory>

#include <gtest/gtest.h>

#include <QApplication>
#include <QSettings>

#include "tests/ui/support/waiting.h"
#include "ui/main_window.h"
#include "ui/models/current_run.h"
#include "ui/theme/appearance.h"

namespace ahascope::ui {

class WindowTest : public testing::Test {
protected:
    void SetUp() override { QSettings().clear(); }

    // In place of the one that was open.
    MainWindow& open(bool restoreLayout = false)
    {
        m_window.reset();
        m_window = std::make_unique<MainWindow>(
            m_appearance, WindowOptions{QString::fromStdString(folder.path().string()), {}, restoreLayout, gpuLibrary});
        m_window->show();
        return *m_window;
    }
    // With a run in it whose curves are there.
    MainWindow& openRun(std::int64_t run)
    {
        MainWindow& window = open();
        window.openRun(run);
        EXPECT_TRUE(eventually([&] { return !window.workbench().current.series("reward").isEmpty(); }));
        return window;
    }
    MainWindow& window() { return *m_window; }
    void closeForGood() { m_window.reset(); }
    Appearance& appearance() { return m_appearance; }

    const TemporaryStore folder;           // of its store
    std::string gpuLibrary = "no library"; // so that what is seen is the same on every machine

private:
    Appearance m_appearance{*static_cast<QApplication*>(QApplication::instance()), Scheme::Light};
    std::unique_ptr<MainWindow> m_window;
};

} // namespace ahascope::ui
