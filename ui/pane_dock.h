// A pane's frame: can be moved, floated, closed, and laid over others as a tab.
#pragma once

#include <QDockWidget>

namespace ahascope::ui {

// Property of a pane that keeps the window's background instead of that of lists and texts.
inline constexpr const char* ownBackground = "ahascope_own_background";

class PaneDock : public QDockWidget {
    Q_OBJECT
public:
    PaneDock(const QString& id, const QString& title, const QString& iconName, QWidget* pane, QWidget* parent);

    // A pane among tabs has its name on the tab; the bar would say it twice.
    void updateTitleBar();

private:
    QWidget* m_bar;
    QWidget* m_noBar;
};

} // namespace ahascope::ui
