// Design: the rules of the reward, and what they say of a completion before anything is trained.
#pragma once

#include <QWidget>

class QVBoxLayout;

namespace ahascope::ui {

class DataTable;
class DryRunView;
class FieldRow;
class RescoreView;
class RulesModel;
struct Workbench;

class RewardsPane : public QWidget {
    Q_OBJECT
public:
    explicit RewardsPane(Workbench& workbench, QWidget* parent = nullptr);

    DryRunView* dryRunView() const { return m_dryRun; }

Q_SIGNALS:
    void sampleChosen(qint64 id); // of the current run

private:
    QWidget* makeRules();
    void showOptions();
    void refreshOptions();
    void addRule(const std::string& type);

    Workbench& m_workbench;
    RulesModel* m_model;
    DataTable* m_table = nullptr;
    QVBoxLayout* m_options = nullptr;
    QList<FieldRow*> m_rows;
    QString m_shownRule; // "0 accuracy": the place and type that the options are of
    DryRunView* m_dryRun = nullptr;
    RescoreView* m_rescore = nullptr;
};

} // namespace ahascope::ui
