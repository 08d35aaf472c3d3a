#include "ui/widgets/handler_clock.h"

#include <algorithm>
#include <utility>

#include <QEvent>
#include <QMetaEnum>

#include "ui/widgets/cpu_clock.h"
#include "ui/widgets/guarded.h"

namespace ahascope::ui {

namespace {
// The receiver may be gone by now; its class was noted before.
QString nameOfHandler(const char* className, const QObject* receiver, int eventType)
{
    const char* event = QMetaEnum::fromType<QEvent::Type>().valueToKey(eventType);
    QString name = QString::fromLatin1(className);
    if (receiver != nullptr && !receiver->objectName().isEmpty())
        name += QLatin1Char('(') + receiver->objectName() + QLatin1Char(')');
    return name + QLatin1Char(' ') + (event ? QString::fromLatin1(event) : QString::number(eventType));
}
}

void HandlerTimes::add(double milliseconds, const char* className, const QObject* receiver, int eventType)
{
    ++events;
    total += milliseconds;
    constexpr std::array<double, 4> borders{1, 10, 25, Application::limit};
    const auto bucket = std::upper_bound(borders.begin(), borders.end(), milliseconds) - borders.begin();
    ++buckets[static_cast<std::size_t>(bucket)];
    if (milliseconds > longest) {
        longest = milliseconds;
        longestWhat = nameOfHandler(className, receiver, eventType);
    }
}

QString HandlerTimes::summary() const
{
    return QStringLiteral(
        "handlers: %1 events, %2 ms of CPU time; longest %3 ms (%4); below 1 ms %5, 10 ms %6, 25 ms %7, "
        "50 ms %8, above %9")
        .arg(events)
        .arg(total, 0, 'f', 1)
        .arg(longest, 0, 'f', 1)
        .arg(longestWhat)
        .arg(buckets[0])
        .arg(buckets[1])
        .arg(buckets[2])
        .arg(buckets[3])
        .arg(buckets[4]);
}

Application::Application(int& argc, char** argv) : QApplication(argc, argv) { }

bool Application::notify(QObject* receiver, QEvent* event)
{
    // Inner events (a repaint sent from a handler) are part of the outer one's time.
    struct Depth {
        int& depth;
        explicit Depth(int& d) : depth(d) { ++depth; }
        ~Depth() { --depth; }
    } const depth(m_depth);
    const CpuClock clock;
    const int type = event->type();
    const char* className = receiver->metaObject()->className();
    const QPointer<QObject> alive(receiver);
    bool handled = false;
    try {
        handled = QApplication::notify(receiver, event);
    } catch (...) {
        reportCurrentException(alive, tr("Internal error"));
    }
    if (m_depth > 1)
        return handled;
    const double spent = clock.milliseconds();
    m_times.add(spent, className, alive, type);
    if (type == QEvent::Expose && m_firstFrame)
        std::exchange(m_firstFrame, {})();
    if (spent > limit && m_report)
        m_report(QStringLiteral("slow handler: %1 ms in %2")
                     .arg(spent, 0, 'f', 1)
                     .arg(nameOfHandler(className, alive, type)));
    return handled;
}

} // namespace ahascope::ui
