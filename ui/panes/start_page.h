// What the window opens with: the demo, recent runs, ways in.
#pragma once

#include <QWidget>

class QLabel;
class QListView;
class QStackedWidget;

namespace ahascope::ui {

struct Workbench;

class StartPage : public QWidget {
    Q_OBJECT
public:
    explicit StartPage(Workbench& workbench, QWidget* parent = nullptr);

    int recentCount() const;

Q_SIGNALS:
    void demoRequested();                      // "Try R1-Zero here"
    void openRequested();                      // asks for a file
    void presetRequested(const QString& file); // into Design
    void runRequested(qint64 run);
    void filesDropped(const QStringList& files);

protected:
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dragLeaveEvent(QDragLeaveEvent* event) override;
    void dropEvent(QDropEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    QWidget* makeWelcome();
    QWidget* makeRecent();
    QWidget* makeDropArea();
    void refresh();

    Workbench& m_workbench;
    class DropArea;
    DropArea* m_drop = nullptr;
    QListView* m_list = nullptr;
    QStackedWidget* m_recent = nullptr;
};

} // namespace ahascope::ui
