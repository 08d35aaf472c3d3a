// The models on this machine: what each is, what it fits for, and the way into an experiment.
#pragma once

#include <QWidget>

class QLabel;
class QPushButton;
class QSortFilterProxyModel;
class QStackedWidget;

namespace ahascope::ui {

class DataTable;
class EmptyState;
class ModelsModel;
struct Workbench;

class ModelsPane : public QWidget {
    Q_OBJECT
public:
    explicit ModelsPane(Workbench& workbench, QWidget* parent = nullptr);

    QString countText() const;
    QString detailText() const; // of the chosen model

Q_SIGNALS:
    void useRequested(const QString& path);

protected:
    void showEvent(QShowEvent* event) override;

private:
    QWidget* makeBar();
    QWidget* makeDetail();
    void choosePlace();
    QString chosen() const; // path
    void showFound();
    void showChosen();

    ModelsModel& m_model;
    QSortFilterProxyModel* m_proxy;
    DataTable* m_table;
    EmptyState* m_none;
    QStackedWidget* m_stack;
    QPushButton* m_use = nullptr;
    QLabel* m_count = nullptr;
    QLabel* m_detailTitle = nullptr;
    QLabel* m_detail = nullptr;
};

} // namespace ahascope::ui
