// Exceptions must not leave a slot: Qt cannot carry them through its event loop.
#pragma once

#include <exception>
#include <type_traits>
#include <utility>

#include <QEvent>
#include <QPointer>
#include <QWidget>

#include "core/problem.h"

namespace ahascope::ui {

// Sent to the window of the widget where something went wrong; the main window shows it as a banner and logs it.
class TroubleEvent : public QEvent {
public:
    TroubleEvent(QString title, QString text, bool internal);
    static QEvent::Type eventType();

    const QString title;
    const QString text;
    const bool internal; // a mistake of the program, not of the input
};

// Property of an object without a widget above it: the QObject* of the window that shows its trouble.
inline constexpr const char* windowProperty = "ahascope_window";

// Tells the window of `where` what the exception in flight says. Call only inside a catch block.
void reportCurrentException(const QObject* where, const QString& doing);
void reportTrouble(const QObject* where, const QString& title, const QString& text, bool internal = false);

// Calls f with as many of the arguments as it takes: all, the first, none. As Qt does for slots of its own.
template <typename F>
void callWithFitting(const F& f)
{
    f();
}
template <typename F, typename First, typename... Rest>
void callWithFitting(const F& f, First&& first, Rest&&... rest)
{
    if constexpr (std::is_invocable_v<const F&, First, Rest...>)
        f(std::forward<First>(first), std::forward<Rest>(rest)...);
    else if constexpr (std::is_invocable_v<const F&, First>)
        f(std::forward<First>(first));
    else
        f();
}

// A slot that never throws: connect(button, &QPushButton::clicked, this, guarded(this, tr("Saving"), [this] { ... })).
template <typename F>
auto guarded(const QObject* where, QString doing, F f)
{
    return [where = QPointer<const QObject>(where), doing = std::move(doing), f = std::move(f)](auto&&... arguments) {
        try {
            callWithFitting(f, std::forward<decltype(arguments)>(arguments)...);
        } catch (...) {
            reportCurrentException(where, doing);
        }
    };
}

} // namespace ahascope::ui
