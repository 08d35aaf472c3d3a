// GoogleTest inside a Qt application without a screen.
#include <cstdlib>

#include <gtest/gtest.h>

#include <QSettings>
#include <QStandardPaths>
#include <QTemporaryDir>

#include "ui/theme/appearance.h"
#include "ui/widgets/handler_clock.h"

int main(int argc, char** argv)
{
    setenv("QT_QPA_PLATFORM", "offscreen", 0);
    unsetenv("DBUS_SESSION_BUS_ADDRESS");
    QStandardPaths::setTestModeEnabled(true);
    const QTemporaryDir settings; // of this process alone: tests run side by side
    QSettings::setPath(QSettings::NativeFormat, QSettings::UserScope, settings.path());
    testing::InitGoogleTest(&argc, argv);
    ahascope::ui::Application application(argc, argv);
    QApplication::setApplicationName(QStringLiteral("ahascope_tests"));
    const ahascope::ui::Appearance appearance(application, ahascope::ui::Scheme::Light);
    return RUN_ALL_TESTS();
}
