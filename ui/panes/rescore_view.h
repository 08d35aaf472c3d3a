// The newest rollout of the current run under the rules as they are edited: what would have been rewarded otherwise.
#pragma once

#include <QAbstractTableModel>
#include <QWidget>

#include "ui/models/dry_run.h"

class QLabel;
class QPushButton;

namespace ahascope::ui {

class DataTable;
struct Workbench;

class RescoreModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column { Before, After, Verdict, Reason, Completion, ColumnCount };
    explicit RescoreModel(QObject* parent = nullptr) : QAbstractTableModel(parent) { }
    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
    // The samples whose reward is another one come first.
    void setSamples(std::vector<Rescored> samples);
    std::int64_t idAt(int row) const { return m_samples[static_cast<std::size_t>(row)].id; }

private:
    std::vector<Rescored> m_samples;
};

class RescoreView : public QWidget {
    Q_OBJECT
public:
    explicit RescoreView(Workbench& workbench, QWidget* parent = nullptr);
    QString summary() const;

Q_SIGNALS:
    void sampleChosen(qint64 id);

private:
    void start();
    void show(Rescoring result);

    Workbench& m_workbench;
    RescoreModel* m_model;
    DataTable* m_table;
    QLabel* m_summary;
    QPushButton* m_button;
};

} // namespace ahascope::ui
