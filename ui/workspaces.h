// Which panes are seen together: a start page and four workspaces, each with a layout that a person may change.
#pragma once

#include <array>
#include <map>

#include <QByteArray>
#include <QObject>
#include <QString>
#include <QStringList>

class QDockWidget;
class QMainWindow;

namespace ahascope::ui {

class PaneDock;

enum class Workspace { Start, Design, Train, Inspect, Compare };

class Workspaces : public QObject {
    Q_OBJECT
public:
    explicit Workspaces(QMainWindow& window);

    void add(PaneDock* dock);
    PaneDock* dock(const QString& id) const;
    const std::map<QString, PaneDock*>& docks() const { return m_docks; }

    Workspace current() const { return m_current; }
    void show(Workspace workspace);
    // Shows the workspace, and the pane in it even when it was closed.
    void showPane(Workspace workspace, const QString& id);
    void resetLayout(); // of the current workspace

    void save(); // to the settings
    void restore();

Q_SIGNALS:
    void changed(ahascope::ui::Workspace workspace);

private:
    // A layout as a person left it. Qt's own state says where panes are; taken for the word on which panes there are,
    // it brings in those of another workspace.
    struct Layout {
        QByteArray state;
        QStringList panes;
    };
    bool restoreLayout(const Layout& layout);
    void removeAll();
    void layOut(Workspace workspace);
    void resizeLater(const QList<QDockWidget*>& docks, const QList<int>& sizes, Qt::Orientation orientation);
    void remember();
    void updateTitleBars();

    QMainWindow& m_window;
    std::map<QString, PaneDock*> m_docks;
    Workspace m_current = Workspace::Start;
    std::array<Layout, 5> m_layouts;
};

} // namespace ahascope::ui
