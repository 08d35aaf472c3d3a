// Light or dark, for the whole program.
#pragma once

#include <vector>

#include <QObject>
#include <QPointer>
#include <QString>
#include <QTimer>

class QApplication;
class QWidget;

namespace ahascope::ui {

enum class Scheme { System, Light, Dark };

QString nameOf(Scheme scheme);          // "system", "light", "dark": as stored
Scheme schemeFrom(const QString& name); // System for anything unknown

// Sets style, font, palette and style sheet. Widgets that paint hear of a change as QEvent::PaletteChange.
//
// Qt restyles all widgets in one go, for longer than a handler may take. A change therefore goes in slices: widgets are
// taken out of the old style, style sheet and palette change, and widgets are put into the new style, those that are
// seen first; windows are not painted until then.
class Appearance : public QObject {
    Q_OBJECT
public:
    explicit Appearance(QApplication& application, Scheme scheme = Scheme::System, QObject* parent = nullptr);

    Scheme scheme() const { return m_scheme; }
    void setScheme(Scheme scheme);
    bool isDark() const { return m_dark; }
    bool isChanging() const { return m_slices.isActive(); }

private:
    void apply();
    void setStyle();
    void nextSlice();
    void paintWindows(bool painted);
    void askDesktop();

    QApplication& m_application;
    Scheme m_scheme;
    bool m_systemDark = false;
    bool m_dark = false;
    bool m_applied = false;

    std::vector<QPointer<QWidget>> m_widgets; // the visible ones first
    std::size_t m_visible = 0;                // so many
    std::size_t m_next = 0;
    bool m_styled = false; // the new style is set: widgets are put into it
    QTimer m_slices;
};

} // namespace ahascope::ui
