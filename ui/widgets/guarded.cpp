#include "ui/widgets/guarded.h"

#include <stdexcept>

#include <QCoreApplication>
#include <QStringList>
#include <QWidget>

namespace ahascope::ui {

TroubleEvent::TroubleEvent(QString title_, QString text_, bool internal_)
    : QEvent(eventType())
    , title(std::move(title_))
    , text(std::move(text_))
    , internal(internal_)
{
}

QEvent::Type TroubleEvent::eventType()
{
    static const int type = QEvent::registerEventType();
    return static_cast<QEvent::Type>(type);
}

void reportTrouble(const QObject* where, const QString& title, const QString& text, bool internal)
{
    const QObject* target = where;
    // What is no widget and has none above it (a model) may name its window.
    for (const QObject* at = where; at != nullptr; at = at->parent()) {
        target = at;
        if (at->isWidgetType())
            break;
        target = at->property(windowProperty).value<QObject*>();
        if (target != nullptr)
            break;
    }
    if (target == nullptr) {
        qWarning("%s: %s", qUtf8Printable(title), qUtf8Printable(text));
        return;
    }
    const auto* widget = static_cast<const QWidget*>(target);
    QWidget* window = widget->window();
    while (window->parentWidget() != nullptr) // a dialog or floating pane belongs to the main window
        window = window->parentWidget()->window();
    QCoreApplication::postEvent(window, new TroubleEvent(title, text, internal));
}

void reportCurrentException(const QObject* where, const QString& doing)
{
    try {
        throw;
    } catch (const InputError& error) {
        QStringList lines;
        for (const Problem& problem : error.problems())
            lines << QString::fromStdString(toString(problem));
        reportTrouble(where, doing, lines.join(QLatin1Char('\n')));
    } catch (const std::runtime_error& error) {
        reportTrouble(where, doing, QString::fromUtf8(error.what()));
    } catch (const std::exception& error) {
        reportTrouble(where, doing, QString::fromUtf8(error.what()), true);
    } catch (...) {
        reportTrouble(where, doing, QStringLiteral("unknown error"), true);
    }
}

} // namespace ahascope::ui
