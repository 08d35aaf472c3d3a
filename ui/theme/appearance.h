// Light or dark, for the whole program.
#pragma once

#include <QObject>
#include <QString>

class QApplication;

namespace ahascope::ui {

enum class Scheme { System, Light, Dark };

QString nameOf(Scheme scheme);          // "system", "light", "dark": as stored
Scheme schemeFrom(const QString& name); // System for anything unknown

// Sets style, font, palette and style sheet. Widgets that paint hear of a change as QEvent::PaletteChange.
class Appearance : public QObject {
    Q_OBJECT
public:
    explicit Appearance(QApplication& application, Scheme scheme = Scheme::System, QObject* parent = nullptr);

    Scheme scheme() const { return m_scheme; }
    void setScheme(Scheme scheme);
    bool isDark() const { return m_dark; }

Q_SIGNALS:
    void changed();

private:
    void apply();
    void askDesktop();

    QApplication& m_application;
    Scheme m_scheme;
    bool m_systemDark = false;
    bool m_dark = false;
    bool m_applied = false;
};

} // namespace ahascope::ui
