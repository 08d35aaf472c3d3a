// What the run and the window report.
#pragma once

#include <QWidget>

class QSortFilterProxyModel;
class QStackedWidget;

namespace ahascope::ui {

class DataTable;
struct Workbench;

class LogPane : public QWidget {
    Q_OBJECT
public:
    explicit LogPane(Workbench& workbench, QWidget* parent = nullptr);

private:
    void readMore();

    Workbench& m_workbench;
    QSortFilterProxyModel* m_proxy;
    DataTable* m_table;
    QStackedWidget* m_stack;
    qint64 m_lastEntry = 0; // of the store's log of the current run
};

} // namespace ahascope::ui
