// The application object: it measures how long each handler of the GUI thread computes, and is the last to catch what a
// handler throws.
#pragma once

#include <array>
#include <cstdint>
#include <functional>

#include <QApplication>
#include <QString>

namespace ahascope::ui {

// CPU time of the thread per outermost event, so that a busy machine does not count against the window.
struct HandlerTimes {
    std::uint64_t events = 0;
    double total = 0; // milliseconds
    double longest = 0;
    QString longestWhat;
    std::array<std::uint64_t, 5> buckets{}; // below 1, 10, 25, 50 ms, and above

    void add(double milliseconds, const char* className, const QObject* receiver, int eventType);
    QString summary() const;
};

class Application : public QApplication {
    Q_OBJECT
public:
    Application(int& argc, char** argv);

    bool notify(QObject* receiver, QEvent* event) override;

    const HandlerTimes& handlerTimes() const { return m_times; }
    void resetHandlerTimes() { m_times = {}; }
    // Called after a handler that took more than 50 ms.
    void onSlowHandler(std::function<void(const QString&)> report) { m_report = std::move(report); }

    // Called once, after the first window has been painted and handed to the display.
    void onFirstFrame(std::function<void()> report) { m_firstFrame = std::move(report); }

    static constexpr double limit = 50.0; // milliseconds

private:
    HandlerTimes m_times;
    std::function<void(const QString&)> m_report;
    std::function<void()> m_firstFrame;
    int m_depth = 0;
};

} // namespace ahascope::ui
