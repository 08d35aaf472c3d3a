#include "ui/panes/rewards_pane.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QMenu>
#include <QPushButton>
#include <QScrollArea>
#include <QSplitter>
#include <QTabWidget>
#include <QToolButton>
#include <QVBoxLayout>

#include "core/config/schema.h"
#include "core/reward/rule.h"
#include "ui/editors/field_row.h"
#include "ui/models/experiment_document.h"
#include "ui/models/rules_model.h"
#include "ui/panes/dry_run_view.h"
#include "ui/panes/rescore_view.h"
#include "ui/widgets/guarded.h"
#include "ui/widgets/labels.h"
#include "ui/widgets/tables.h"
#include "ui/workbench.h"

namespace ahascope::ui {

namespace {

const config::List* ruleList()
{
    for (const config::List& list : config::experimentSchema().lists)
        if (list.key == "rule")
            return &list;
    return nullptr;
}

} // namespace

RewardsPane::RewardsPane(Workbench& workbench, QWidget* parent)
    : QWidget(parent)
    , m_workbench(workbench)
    , m_model(new RulesModel(workbench.document, this))
{
    auto* tabs = new QTabWidget;
    tabs->setDocumentMode(true);
    m_dryRun = new DryRunView(workbench);
    m_rescore = new RescoreView(workbench);
    tabs->addTab(m_dryRun, tr("Dry run"));
    tabs->addTab(m_rescore, tr("Stored samples"));
    tabs->setTabToolTip(0, tr("Score a completion that you paste"));
    tabs->setTabToolTip(1, tr("Score the newest rollout of the current run again, with the rules as they are edited"));
    auto* splitter = new QSplitter(Qt::Horizontal);
    splitter->setChildrenCollapsible(false);
    splitter->addWidget(makeRules());
    splitter->addWidget(tabs);
    splitter->setSizes({420, 580});
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->addWidget(splitter);
    connect(m_rescore, &RescoreView::sampleChosen, this, &RewardsPane::sampleChosen);
    connect(&workbench.document, &ExperimentDocument::changed, this,
        guarded(this, tr("Showing the rules"), [this] { refreshOptions(); }));
    showOptions();
}

QWidget* RewardsPane::makeRules()
{
    auto* holder = new QWidget;
    auto* column = new QVBoxLayout(holder);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    auto* head = new QFrame;
    head->setProperty("role", "bar");
    auto* row = new QHBoxLayout(head);
    row->setContentsMargins(space::m, space::s, space::m, space::s);
    auto* add = button(tr("Add rule"), QStringLiteral("plus"), tr("Add a rule to the reward"));
    add->setProperty("menuButton", true);
    auto* menu = new QMenu(add);
    menu->setToolTipsVisible(true);
    for (const reward::RuleType& type : reward::ruleTypes()) {
        QAction* action = menu->addAction(QString::fromStdString(type.type));
        action->setToolTip(QString::fromStdString(type.help));
        connect(action, &QAction::triggered, this,
            guarded(this, tr("Adding a rule"), [this, name = type.type] { addRule(name); }));
    }
    add->setMenu(menu);
    row->addWidget(add);
    row->addStretch();
    const auto act = [&](const char* iconName, const QString& name, const QString& tip, auto what) {
        auto* made = toolButton(QString::fromLatin1(iconName), name, tip);
        row->addWidget(made);
        connect(made, &QToolButton::clicked, this, guarded(this, name, [this, what] {
            const QModelIndex current = m_table->currentIndex();
            if (current.isValid())
                what(current.row());
        }));
    };
    act("up", tr("Move up"), tr("Move the chosen rule up"), [this](int at) {
        m_model->move(at, at - 1);
        m_table->selectRow(std::max(0, at - 1));
    });
    act("down", tr("Move down"), tr("Move the chosen rule down"), [this](int at) {
        m_model->move(at, at + 1);
        m_table->selectRow(std::min(m_model->rowCount() - 1, at + 1));
    });
    act("trash", tr("Remove rule"), tr("Remove the chosen rule; Ctrl+Z brings it back"),
        [this](int at) { m_model->remove(at); });
    column->addWidget(head);

    m_table = new DataTable(tr("Rules"), QStringLiteral("rules"));
    m_table->setModel(m_model);
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    m_table->setColumns({170, 120, 80});
    column->addWidget(m_table, 2);

    auto* options = new QWidget;
    options->setProperty("scrollContents", true);
    m_options = new QVBoxLayout(options);
    m_options->setContentsMargins(space::m, space::m, space::m, space::m);
    m_options->setSpacing(space::xs);
    auto* scroll = new QScrollArea;
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidget(options);
    column->addWidget(scroll, 3);
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
        guarded(this, tr("Showing a rule"), [this] { showOptions(); }));
    connect(m_model, &QAbstractItemModel::modelReset, this, guarded(this, tr("Showing a rule"), [this] {
        if (m_model->rowCount() > 0 && !m_table->currentIndex().isValid())
            m_table->selectRow(0);
        showOptions();
    }));
    if (m_model->rowCount() > 0)
        m_table->selectRow(0);
    return holder;
}

void RewardsPane::addRule(const std::string& type)
{
    m_model->add(type);
    m_table->selectRow(m_model->rowCount() - 1);
}

void RewardsPane::refreshOptions()
{
    const QModelIndex current = m_table->currentIndex();
    config::Experiment experiment = m_workbench.document.experiment();
    const auto row = static_cast<std::size_t>(std::max(0, current.row()));
    const QString shown = current.isValid() && row < experiment.rules.size()
        ? QStringLiteral("%1 %2").arg(row).arg(QString::fromStdString(experiment.rules[row].type))
        : QString();
    if (shown != m_shownRule) {
        showOptions();
        return;
    }
    if (!shown.isEmpty())
        for (FieldRow* field : m_rows)
            field->show(field->field().get(&experiment.rules[row]));
}

void RewardsPane::showOptions()
{
    while (QLayoutItem* item = m_options->takeAt(0)) {
        delete item->widget();
        delete item;
    }
    m_rows.clear();
    m_shownRule.clear();
    const QModelIndex current = m_table->currentIndex();
    config::Experiment experiment = m_workbench.document.experiment();
    const config::List* list = ruleList();
    const auto row = static_cast<std::size_t>(std::max(0, current.row()));
    if (!current.isValid() || row >= experiment.rules.size() || list == nullptr) {
        auto* hint
            = label(experiment.rules.empty() ? tr("The reward has no rules yet. R1-Zero uses two: accuracy and format.")
                                             : tr("Choose a rule to see its options."),
                Type::Body, "secondary");
        hint->setWordWrap(true);
        m_options->addWidget(hint);
        m_options->addStretch();
        return;
    }
    const config::Rule& rule = experiment.rules[row];
    m_shownRule = QStringLiteral("%1 %2").arg(row).arg(QString::fromStdString(rule.type));
    const config::Schema schema = list->schema(&rule);
    auto* help = label(QString::fromStdString(schema.help), Type::Body, "secondary");
    help->setWordWrap(true);
    m_options->addWidget(help);
    for (const config::Field& field : schema.fields) {
        auto* made = new FieldRow(field, QStringLiteral("rule.%1.%2").arg(row).arg(QString::fromStdString(field.key)));
        made->show(field.get(&rule));
        connect(made, &FieldRow::edited, this,
            guarded(this, tr("Changing a rule"), [this, made, row](const config::Value& value) {
                m_workbench.document.edit(tr("Change %1").arg(made->path()), made->path(), [&](config::Experiment& e) {
                    if (row < e.rules.size())
                        made->field().set(&e.rules[row], value);
                });
            }));
        m_rows.append(made);
        m_options->addWidget(made);
    }
    m_options->addStretch();
}

} // namespace ahascope::ui
