#include "ui/panes/log_pane.h"

#include <QClipboard>
#include <QDateTime>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QScrollBar>
#include <QSortFilterProxyModel>
#include <QStackedWidget>
#include <QToolButton>
#include <QVBoxLayout>

#include "ui/models/current_run.h"
#include "ui/models/log_model.h"
#include "ui/models/store_access.h"
#include "ui/widgets/cell_painters.h"
#include "ui/widgets/empty_state.h"
#include "ui/widgets/guarded.h"
#include "ui/widgets/tables.h"
#include "ui/workbench.h"

namespace ahascope::ui {

namespace {

// Text in any column, and warnings alone if asked for.
class LogFilter : public QSortFilterProxyModel {
public:
    using QSortFilterProxyModel::QSortFilterProxyModel;
    void setWarningsOnly(bool on)
    {
        m_warningsOnly = on;
        invalidateFilter();
    }

protected:
    bool filterAcceptsRow(int row, const QModelIndex& parent) const override
    {
        if (m_warningsOnly && !sourceModel()->index(row, 0, parent).data(LogModel::WarningRole).toBool())
            return false;
        return QSortFilterProxyModel::filterAcceptsRow(row, parent);
    }

private:
    bool m_warningsOnly = false;
};

} // namespace

LogPane::LogPane(Workbench& workbench, QWidget* parent)
    : QWidget(parent)
    , m_workbench(workbench)
    , m_table(new DataTable(tr("Log"), QStringLiteral("log")))
    , m_stack(new QStackedWidget)
{
    auto* filter = new LogFilter(this);
    m_proxy = filter;
    filter->setSourceModel(&workbench.log);
    filter->setFilterKeyColumn(LogModel::Text);
    filter->setFilterCaseSensitivity(Qt::CaseInsensitive);
    m_table->setModel(filter);
    m_table->setColumns({92, 64, 96, 400});
    m_table->setItemDelegateForColumn(LogModel::Level,
        new BadgeDelegate(
            [](const QModelIndex& index) {
                return index.data(LogModel::WarningRole).toBool() ? Badge::Tone::Warning : Badge::Tone::Neutral;
            },
            m_table));

    auto* frame = new QFrame;
    frame->setProperty("role", "bar");
    auto* row = new QHBoxLayout(frame);
    row->setContentsMargins(space::m, 6, space::m, 6);
    row->setSpacing(space::s);
    auto* find = new QLineEdit;
    find->setPlaceholderText(tr("Find in the log"));
    find->setClearButtonEnabled(true);
    find->addAction(icon(QStringLiteral("search")), QLineEdit::LeadingPosition);
    describe(find, tr("Find in the log"), tr("Show only the messages that hold this text"));
    auto* warnings = toolButton(QStringLiteral("warning"), tr("Warnings only"), tr("Show only warnings"));
    warnings->setCheckable(true);
    auto* copying = toolButton(QStringLiteral("copy"), tr("Copy the log"), tr("Copy every message"));
    row->addWidget(find, 1);
    row->addWidget(warnings);
    row->addWidget(copying);
    auto* none = new EmptyState(QStringLiteral("log"), tr("Nothing to report"),
        tr("Checkpoints, warnings and the reasons for anything unusual are listed here."));
    m_stack->addWidget(none);
    m_stack->addWidget(m_table);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(frame);
    column->addWidget(m_stack, 1);

    connect(find, &QLineEdit::textChanged, filter, &QSortFilterProxyModel::setFilterFixedString);
    connect(warnings, &QToolButton::toggled, filter, [filter](bool on) { filter->setWarningsOnly(on); });
    connect(copying, &QToolButton::clicked, this,
        guarded(this, tr("Copying"), [this] { QGuiApplication::clipboard()->setText(m_workbench.log.allText()); }));
    const auto update = [this] { m_stack->setCurrentIndex(m_workbench.log.rowCount() > 0 ? 1 : 0); };
    connect(&workbench.log, &QAbstractItemModel::modelReset, this, update);
    connect(&workbench.log, &QAbstractItemModel::rowsInserted, this, [this, update] {
        update();
        const QScrollBar* bar = m_table->verticalScrollBar();
        if (bar->value() >= bar->maximum() - 2) // who has scrolled up is reading
            m_table->scrollToBottom();
    });
    connect(&workbench.current, &CurrentRun::opened, this, guarded(this, tr("Opening a run"), [this] {
        m_workbench.log.clear();
        m_lastEntry = 0;
    }));
    connect(
        &workbench.current, &CurrentRun::logGrew, this, guarded(this, tr("Reading the log"), [this] { readMore(); }));
    update();
}

void LogPane::readMore()
{
    m_workbench.store.askRun(
        m_workbench.current.number(), this, QStringLiteral("log"), tr("Reading the log"),
        [after = m_lastEntry](store::RunReader& reader) { return reader.log(after); },
        [this](const std::vector<store::LogEntry>& entries) {
            QList<LogLine> lines;
            for (const store::LogEntry& entry : entries) {
                lines.append({entry.time, entry.globalStep, entry.warning, QString::fromStdString(entry.text)});
                m_lastEntry = std::max<qint64>(m_lastEntry, entry.id);
            }
            m_workbench.log.add(lines);
        });
}

} // namespace ahascope::ui
