#include "ui/panes/runs_pane.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QMessageBox>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSortFilterProxyModel>
#include <QSplitter>
#include <QStackedWidget>
#include <QVBoxLayout>

#include "ui/models/runs_model.h"
#include "ui/models/store_access.h"
#include "ui/panes/run_card.h"
#include "ui/run_bridge.h"
#include "ui/widgets/cell_painters.h"
#include "ui/widgets/empty_state.h"
#include "ui/widgets/guarded.h"
#include "ui/widgets/tables.h"
#include "ui/workbench.h"

namespace ahascope::ui {

RunsPane::RunsPane(Workbench& workbench, QWidget* parent)
    : QWidget(parent)
    , m_workbench(workbench)
    , m_proxy(new QSortFilterProxyModel(this))
    , m_table(new DataTable(tr("Runs"), QStringLiteral("runs")))
    , m_stack(new QStackedWidget)
{
    m_proxy->setSourceModel(&workbench.runs);
    m_proxy->setSortRole(RunsModel::SortRole);
    m_proxy->setFilterKeyColumn(-1);
    m_proxy->setFilterCaseSensitivity(Qt::CaseInsensitive);
    m_table->setModel(m_proxy);
    m_table->setSelectionMode(QAbstractItemView::ExtendedSelection);
    m_table->setItemDelegateForColumn(RunsModel::State,
        new BadgeDelegate(
            [](const QModelIndex& index) {
                return toneOf(static_cast<store::RunState>(index.data(RunsModel::StateRole).toInt()));
            },
            m_table));
    m_table->setItemDelegateForColumn(RunsModel::Curve, new CurveDelegate(RunsModel::CurveRole, m_table));
    m_table->setColumns({54, 260, 110, 150, 110, 116, 96, 84, 120, 100, 200});
    m_table->setSortingEnabled(true);
    m_table->sortByColumn(RunsModel::Number, Qt::DescendingOrder);

    auto* none = new EmptyState(QStringLiteral("runs"), tr("No runs yet"),
        tr("Every run that is started here or with ahascope-cli in the same store is listed, with its curve and your "
           "notes."));
    none->setAction(tr("Go to Launch"), QStringLiteral("launch"));
    connect(none, &EmptyState::actionTriggered, this, &RunsPane::launchRequested);
    auto* splitter = new QSplitter(Qt::Vertical);
    splitter->setChildrenCollapsible(false);
    splitter->addWidget(m_table);
    splitter->addWidget(makeNotes());
    splitter->setSizes({400, 130});
    auto* page = new QWidget;
    auto* inner = new QVBoxLayout(page);
    inner->setContentsMargins(0, 0, 0, 0);
    inner->setSpacing(0);
    inner->addWidget(makeBar());
    inner->addWidget(splitter, 1);
    m_stack->addWidget(none);
    m_stack->addWidget(page);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->addWidget(m_stack);

    const auto showList = [this, none] {
        const bool any = m_workbench.runs.rowCount() > 0;
        m_stack->setCurrentIndex(any ? 1 : 0);
        setFocusProxy(any ? static_cast<QWidget*>(m_table) : none); // what is hidden cannot have the focus
    };
    const auto refreshed = guarded(this, tr("Listing runs"), [this, showList] {
        showList();
        updateActions();
        showNotes();
    });
    connect(&workbench.runs, &RunsModel::refreshed, this, refreshed);
    connect(m_table->selectionModel(), &QItemSelectionModel::selectionChanged, this,
        guarded(this, tr("Choosing a run"), [this] {
            updateActions();
            showNotes();
        }));
    connect(m_table, &DataTable::activatedRow, this,
        [this](int row) { Q_EMIT openRequested(m_proxy->index(row, 0).data(RunsModel::NumberRole).toLongLong()); });
    m_pause.setSingleShot(true);
    m_pause.setInterval(800);
    connect(&m_pause, &QTimer::timeout, this, guarded(this, tr("Saving notes"), [this] { saveNotes(); }));
    showList();
    updateActions();
}

QWidget* RunsPane::makeBar()
{
    auto* frame = new QFrame;
    frame->setProperty("role", "bar");
    auto* row = new QHBoxLayout(frame);
    row->setContentsMargins(space::m, 6, space::m, 6);
    row->setSpacing(space::s);
    m_open = button(tr("Open"), QStringLiteral("charts"), tr("Show this run in Train and Inspect (Return)"));
    m_compare = button(tr("Compare"), QStringLiteral("compare"),
        tr("Choose two runs, then compare their curves, settings and answers"));
    m_resume
        = button(tr("Resume"), QStringLiteral("resume"), tr("Go on from the last checkpoint, exactly where it was"));
    m_reuse = button(
        tr("Use settings"), QStringLiteral("duplicate"), tr("Open this run's settings in Design as a new experiment"));
    m_delete = button(
        tr("Delete…"), QStringLiteral("trash"), tr("Delete the chosen runs with their samples and checkpoints"));
    m_delete->setProperty("danger", true);
    auto* find = new QLineEdit;
    find->setPlaceholderText(tr("Find a run"));
    find->setClearButtonEnabled(true);
    find->addAction(icon(QStringLiteral("search")), QLineEdit::LeadingPosition);
    find->setMaximumWidth(220);
    describe(find, tr("Find a run"), tr("In names, states, tags and notes"));
    for (QPushButton* made : {m_open, m_compare, m_resume, m_reuse})
        row->addWidget(made);
    row->addStretch();
    row->addWidget(find);
    row->addWidget(m_delete);
    connect(find, &QLineEdit::textChanged, m_proxy, &QSortFilterProxyModel::setFilterFixedString);
    connect(m_open, &QPushButton::clicked, this, [this] { Q_EMIT openRequested(selected().value(0)); });
    connect(m_compare, &QPushButton::clicked, this, [this] {
        const QList<qint64> runs = selected();
        if (runs.size() == 2) // the older one is A
            Q_EMIT compareRequested(std::min(runs[0], runs[1]), std::max(runs[0], runs[1]));
    });
    connect(m_resume, &QPushButton::clicked, this, [this] { Q_EMIT resumeRequested(selected().value(0)); });
    connect(m_reuse, &QPushButton::clicked, this, [this] { Q_EMIT designRequested(selected().value(0)); });
    connect(m_delete, &QPushButton::clicked, this, guarded(this, tr("Deleting runs"), [this] { confirmDelete(); }));
    return frame;
}

QWidget* RunsPane::makeNotes()
{
    auto* holder = new QWidget;
    auto* column = new QVBoxLayout(holder);
    column->setContentsMargins(space::m, space::s, space::m, space::s);
    column->setSpacing(space::xs);
    m_notesTitle = label(tr("Notes"), Type::Strong);
    m_notes = new QPlainTextEdit;
    m_notes->setPlaceholderText(tr("What you tried, what you saw, what to do next. Kept with the run."));
    m_notes->setTabChangesFocus(true);
    describe(m_notes, tr("Notes"), tr("Stored as you type"));
    column->addWidget(m_notesTitle);
    column->addWidget(m_notes, 1);
    connect(m_notes, &QPlainTextEdit::textChanged, this, [this] { m_pause.start(); });
    return holder;
}

QList<qint64> RunsPane::selected() const
{
    QModelIndexList rows = m_table->selectionModel()->selectedRows();
    std::sort(rows.begin(), rows.end());
    QList<qint64> numbers;
    for (const QModelIndex& row : rows)
        numbers.append(row.data(RunsModel::NumberRole).toLongLong());
    return numbers;
}

void RunsPane::select(const QList<qint64>& numbers)
{
    m_table->clearSelection();
    for (int row = 0; row < m_proxy->rowCount(); ++row)
        if (numbers.contains(m_proxy->index(row, 0).data(RunsModel::NumberRole).toLongLong()))
            m_table->selectionModel()->select(
                m_proxy->index(row, 0), QItemSelectionModel::Select | QItemSelectionModel::Rows);
}

void RunsPane::updateActions()
{
    const QList<qint64> runs = selected();
    const RunRow* one = runs.size() == 1 ? m_workbench.runs.find(runs[0]) : nullptr;
    const bool readable = one != nullptr && one->entry.damage.empty();
    const auto in = [&](std::initializer_list<store::RunState> states) {
        return one != nullptr && std::find(states.begin(), states.end(), one->entry.state) != states.end();
    };
    m_open->setEnabled(readable);
    m_reuse->setEnabled(readable);
    m_compare->setEnabled(runs.size() == 2);
    m_resume->setEnabled(readable && !m_workbench.bridge.active()
        && in({store::RunState::Stopped, store::RunState::Interrupted, store::RunState::Failed}));
    bool deletable = !runs.isEmpty();
    for (const qint64 run : runs)
        if (const RunRow* row = m_workbench.runs.find(run))
            deletable = deletable && row->entry.state != store::RunState::Running
                && row->entry.state != store::RunState::Paused;
    m_delete->setEnabled(deletable);
}

void RunsPane::showNotes()
{
    const QList<qint64> runs = selected();
    const RunRow* one = runs.size() == 1 ? m_workbench.runs.find(runs[0]) : nullptr;
    m_notes->setEnabled(one != nullptr);
    if (one == nullptr) {
        saveNotes();
        m_notesOf = 0;
        const QSignalBlocker quiet(m_notes);
        m_notes->clear();
        m_notesTitle->setText(tr("Notes"));
        return;
    }
    if (m_notesOf == one->entry.number)
        return; // what is being typed is newer than what the store has
    saveNotes();
    m_notesOf = one->entry.number;
    const QSignalBlocker quiet(m_notes);
    m_notes->setPlainText(QString::fromStdString(one->entry.notes));
    m_notesTitle->setText(tr("Notes on %1").arg(QString::fromStdString(one->entry.name)));
}

void RunsPane::saveNotes()
{
    m_pause.stop();
    if (m_notesOf == 0 || !m_notes->document()->isModified())
        return;
    m_notes->document()->setModified(false);
    m_workbench.store.askCatalogue(
        this, {}, tr("Saving notes"),
        [number = m_notesOf, text = m_notes->toPlainText().toStdString()](store::Catalogue& catalogue) {
            catalogue.setNotes(number, text);
            return true;
        },
        [this](bool) { Q_EMIT m_workbench.store.catalogueChanged(); });
}

void RunsPane::confirmDelete()
{
    const QList<qint64> runs = selected();
    if (runs.isEmpty())
        return;
    auto* box = new QMessageBox(QMessageBox::Warning, tr("Delete runs"),
        tr("Delete %1 with all samples and checkpoints?").arg(counted(runs.size(), tr("run"), tr("runs"))),
        QMessageBox::Cancel, this);
    box->setInformativeText(tr("This cannot be undone."));
    box->setIconPixmap(icon(QStringLiteral("warning"), Tint::Warning).pixmap(36, 36));
    QPushButton* sure = box->addButton(tr("Delete"), QMessageBox::DestructiveRole);
    box->setDefaultButton(QMessageBox::Cancel);
    box->setAttribute(Qt::WA_DeleteOnClose);
    connect(sure, &QPushButton::clicked, this, guarded(this, tr("Deleting runs"), [this, runs] { deleteRuns(runs); }));
    box->open();
}

void RunsPane::deleteRuns(const QList<qint64>& numbers)
{
    m_workbench.store.askCatalogue(
        this, {}, tr("Deleting runs"),
        [numbers](store::Catalogue& catalogue) {
            for (const qint64 number : numbers)
                catalogue.remove(number);
            return true;
        },
        [this](bool) { Q_EMIT m_workbench.store.catalogueChanged(); });
}

} // namespace ahascope::ui
