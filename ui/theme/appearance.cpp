#include "ui/theme/appearance.h"

#include <algorithm>
#include <utility>

#include <QApplication>
#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusPendingCallWatcher>
#include <QDBusPendingReply>
#include <QDBusVariant>
#include <QFontDatabase>
#include <QFontInfo>
#include <QStyle>
#include <QStyleFactory>
#include <QWidget>

#include "ui/theme/style_sheet.h"
#include "ui/theme/theme.h"

static void initResources()
{
    Q_INIT_RESOURCE(resources); // a static library's resources are not found by themselves
}

namespace ahascope::ui {

namespace {
// DejaVu is what X11 falls back to, no one's choice; a face drawn for screens reads better where one is installed.
QString betterFamily(const QFont& font)
{
    const QString used = QFontInfo(font).family();
    if (!used.startsWith(QLatin1String("DejaVu")))
        return {};
    for (const char* family : {"Inter", "Noto Sans", "Cantarell", "Source Sans 3", "Noto Sans CJK SC"})
        if (QFontDatabase::hasFamily(QString::fromLatin1(family)))
            return QString::fromLatin1(family);
    return {};
}

// Widgets of a slice: some milliseconds of work.
constexpr std::size_t widgetsOfSlice = 200;

// QApplication::setStyleSheet() then passes over the widget.
void takeOutOfStyle(QWidget& widget)
{
    widget.style()->unpolish(&widget);
    widget.setAttribute(Qt::WA_WState_Polished, false);
    widget.setAttribute(Qt::WA_SetStyle);
}

void putIntoStyle(QWidget& widget)
{
    widget.style()->polish(&widget);
    widget.setAttribute(Qt::WA_WState_Polished);
    widget.setAttribute(Qt::WA_SetStyle, false);
    QEvent change(QEvent::StyleChange);
    QApplication::sendEvent(&widget, &change);
}
}

QString nameOf(Scheme scheme)
{
    switch (scheme) {
    case Scheme::Light:
        return QStringLiteral("light");
    case Scheme::Dark:
        return QStringLiteral("dark");
    case Scheme::System:
        break;
    }
    return QStringLiteral("system");
}

Scheme schemeFrom(const QString& name)
{
    if (name == QLatin1String("light"))
        return Scheme::Light;
    return name == QLatin1String("dark") ? Scheme::Dark : Scheme::System;
}

Appearance::Appearance(QApplication& application, Scheme scheme, QObject* parent)
    : QObject(parent)
    , m_application(application)
    , m_scheme(scheme)
{
    initResources();
    m_systemDark = QApplication::palette().color(QPalette::Window).lightness() < 128;
    QApplication::setStyle(QStyleFactory::create(QStringLiteral("Fusion")));
    QFont font = QApplication::font();
    if (const QString family = betterFamily(font); !family.isEmpty())
        font.setFamily(family);
    if (font.pointSizeF() < 10)
        font.setPointSizeF(10);
    QApplication::setFont(font);
    connect(&m_slices, &QTimer::timeout, this, &Appearance::nextSlice);
    apply();
    askDesktop();
}

void Appearance::setScheme(Scheme scheme)
{
    m_scheme = scheme;
    apply();
}

void Appearance::apply()
{
    const bool dark = m_scheme == Scheme::Dark || (m_scheme == Scheme::System && m_systemDark);
    if (m_applied && dark == m_dark)
        return;
    m_dark = dark;
    if (!std::exchange(m_applied, true)) {
        setStyle();
        return;
    }
    if (isChanging() && !m_styled)
        return; // what is to come will see it
    while (isChanging())
        nextSlice();
    const QWidgetList all = QApplication::allWidgets();
    m_widgets.assign(all.begin(), all.end());
    const auto hidden = std::stable_partition(
        m_widgets.begin(), m_widgets.end(), [](QWidget* widget) { return widget->isVisible(); });
    m_visible = static_cast<std::size_t>(hidden - m_widgets.begin());
    m_next = 0;
    m_styled = false;
    paintWindows(false);
    m_slices.start(0);
}

void Appearance::setStyle()
{
    const Theme& theme = m_dark ? darkTheme() : lightTheme();
    QApplication::setPalette(paletteOf(theme));
    m_application.setStyleSheet({}); // Qt does far less to set one than to replace one
    m_application.setStyleSheet(styleSheetOf(theme));
}

void Appearance::nextSlice()
{
    const std::size_t end
        = std::min(m_next + widgetsOfSlice, m_styled && m_next < m_visible ? m_visible : m_widgets.size());
    for (; m_next < end; ++m_next) {
        if (QWidget* widget = m_widgets[m_next])
            m_styled ? putIntoStyle(*widget) : takeOutOfStyle(*widget);
    }
    if (m_styled && m_next == m_visible)
        paintWindows(true);
    if (m_next < m_widgets.size())
        return;
    if (std::exchange(m_styled, true)) {
        m_slices.stop();
        return;
    }
    setStyle();
    m_next = 0;
}

void Appearance::paintWindows(bool painted)
{
    for (QWidget* window : QApplication::topLevelWidgets())
        if (painted || window->isVisible())
            window->setUpdatesEnabled(painted);
}

// Qt 6.4 does not report the desktop's preference; the settings portal does (GNOME, KDE, sway). The answer comes later
// or never: nothing waits for it.
void Appearance::askDesktop()
{
    if (qEnvironmentVariableIsEmpty("DBUS_SESSION_BUS_ADDRESS"))
        return;
    auto call = QDBusMessage::createMethodCall(QStringLiteral("org.freedesktop.portal.Desktop"),
        QStringLiteral("/org/freedesktop/portal/desktop"), QStringLiteral("org.freedesktop.portal.Settings"),
        QStringLiteral("Read"));
    call << QStringLiteral("org.freedesktop.appearance") << QStringLiteral("color-scheme");
    auto* watcher = new QDBusPendingCallWatcher(QDBusConnection::sessionBus().asyncCall(call, 3000), this);
    connect(watcher, &QDBusPendingCallWatcher::finished, this, [this, watcher] {
        watcher->deleteLater();
        const QDBusPendingReply<QDBusVariant> reply = *watcher;
        if (reply.isError())
            return;
        QVariant value = reply.value().variant();
        if (value.canConvert<QDBusVariant>())
            value = value.value<QDBusVariant>().variant();
        constexpr uint preferDark = 1;
        m_systemDark = m_systemDark || value.toUInt() == preferDark;
        apply();
    });
}

} // namespace ahascope::ui
