// Turning the event loop until something holds, for tests.
#pragma once

#include <filesystem>

#include <QTemporaryDir>
#include <QTest>

namespace ahascope::ui {

// Far above what anything takes, so that a loaded machine fails no test.
template <typename Condition>
bool eventually(Condition condition)
{
    return QTest::qWaitFor(condition, 20'000);
}

// A store folder that goes with the test.
class TemporaryStore {
public:
    std::filesystem::path path() const { return m_folder.path().toStdString(); }

private:
    QTemporaryDir m_folder;
};

} // namespace ahascope::ui
