#include "ui/panes/samples_pane.h"

#include <utility>

#include <QComboBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QShortcut>
#include <QStackedWidget>
#include <QToolButton>
#include <QVBoxLayout>

#include "ui/models/current_run.h"
#include "ui/models/number_text.h"
#include "ui/models/samples_model.h"
#include "ui/widgets/empty_state.h"
#include "ui/widgets/guarded.h"
#include "ui/widgets/labels.h"
#include "ui/widgets/segmented_bar.h"
#include "ui/widgets/tables.h"
#include "ui/workbench.h"

namespace ahascope::ui {

namespace {
constexpr int growthEvery = 1500; // milliseconds between looks for more rows of a run that goes on
}

SamplesPane::SamplesPane(Workbench& workbench, QWidget* parent)
    : QWidget(parent)
    , m_workbench(workbench)
    , m_model(new SamplesModel(workbench.store, this))
    , m_table(new DataTable(tr("Samples"), QStringLiteral("samples")))
    , m_stack(new QStackedWidget)
    , m_none(new EmptyState(QStringLiteral("samples"), tr("No samples yet"),
          tr("Every completion of every rollout and evaluation is kept and listed here as soon as it has been "
             "scored.")))
    , m_noMatch(new EmptyState(
          QStringLiteral("filter"), tr("Nothing matches"), tr("No sample of this run passes all of the filters.")))
{
    m_none->setAction(tr("Go to Launch"), QStringLiteral("launch"));
    m_noMatch->setAction(tr("Clear the filters"), QStringLiteral("close"));
    connect(m_none, &EmptyState::actionTriggered, this, &SamplesPane::launchRequested);
    connect(m_noMatch, &EmptyState::actionTriggered, this,
        guarded(this, tr("Clearing filters"), [this] { clearFilters(); }));
    m_table->setModel(m_model);
    m_table->setSelectionMode(QAbstractItemView::ExtendedSelection);
    m_table->setSortingEnabled(false);
    m_table->setColumns({66, 78, 150, 0, 38, 92, 78, 100, 82, 78, 0, 112, 0, 0, 420});
    m_table->horizontalHeader()->setSortIndicatorShown(true);
    m_table->horizontalHeader()->setSectionsClickable(true);
    m_table->horizontalHeader()->setSortIndicator(SamplesModel::Step, Qt::AscendingOrder);
    m_table->installEventFilter(this);
    m_stack->addWidget(m_none);
    m_stack->addWidget(m_noMatch);
    m_stack->addWidget(m_table);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(makeFilters());
    column->addWidget(m_stack, 1);

    connect(m_table->horizontalHeader(), &QHeaderView::sectionClicked, this,
        guarded(this, tr("Sorting"), [this](int section) {
            if (!SamplesModel::sortOf(section))
                return;
            const bool same
                = static_cast<int>(SamplesModel::sortOf(section).value()) == static_cast<int>(m_model->query().sort);
            // What is large is interesting first, except for steps.
            const Qt::SortOrder order = same ? (m_model->query().ascending ? Qt::DescendingOrder : Qt::AscendingOrder)
                : section == SamplesModel::Step ? Qt::AscendingOrder
                                                : Qt::DescendingOrder;
            m_table->horizontalHeader()->setSortIndicator(section, order);
            m_model->sort(section, order);
        }));
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
        guarded(this, tr("Opening a sample"), [this](const QModelIndex& now) { choose(now); }));
    connect(m_model, &SamplesModel::loaded, this, guarded(this, tr("Listing samples"), [this] { loaded(); }));
    connect(m_model, &SamplesModel::loadingChanged, this, [this] { m_count->setEnabled(!m_model->isLoading()); });
    m_pause.setSingleShot(true);
    m_pause.setInterval(200);
    connect(&m_pause, &QTimer::timeout, this, guarded(this, tr("Filtering"), [this] { ask(); }));
    m_growth.setSingleShot(true);
    m_growth.setInterval(growthEvery);
    connect(&m_growth, &QTimer::timeout, this, guarded(this, tr("Listing samples"), [this] {
        if (isVisible())
            m_model->refresh();
    }));
    connect(&workbench.current, &CurrentRun::opened, this, guarded(this, tr("Opening a run"), [this] {
        m_problem.reset();
        m_chosen.reset();
        ask();
    }));
    connect(&workbench.current, &CurrentRun::samplesGrew, this, [this] {
        if (!m_growth.isActive())
            m_growth.start();
    });
    loaded();
}

QWidget* SamplesPane::makeFilters()
{
    auto* frame = new QFrame;
    frame->setProperty("role", "bar");
    auto* rows = new QVBoxLayout(frame);
    rows->setContentsMargins(space::m, 6, space::m, 6);
    rows->setSpacing(6);
    auto* top = new QHBoxLayout;
    auto* row = new QHBoxLayout;
    for (QHBoxLayout* each : {top, row}) {
        each->setSpacing(space::s);
        rows->addLayout(each);
    }
    m_text = new QLineEdit;
    m_text->setPlaceholderText(tr("Search the completions"));
    m_text->setClearButtonEnabled(true);
    m_text->addAction(icon(QStringLiteral("search")), QLineEdit::LeadingPosition);
    m_text->setMinimumWidth(130);
    describe(m_text, tr("Search the completions"),
        tr("Words in any order; \"several words\" stand together; wait* matches a beginning (Ctrl+F)"));
    top->addWidget(m_text, 1);
    m_kind = new SegmentedBar(tr("Where samples are from"));
    m_kind->add(tr("All"), {}, tr("Rollouts and evaluations"));
    m_kind->add(tr("Rollouts"), {}, tr("Completions that were trained on"));
    m_kind->add(tr("Held-out"), {}, tr("Completions of evaluations"));
    m_kind->setCurrent(0);
    row->addWidget(m_kind);
    m_verdict = new QComboBox;
    m_verdict->addItems({tr("Any verdict"), tr("✓ Right"), tr("✗ Wrong"), tr("? Ungraded")});
    describe(m_verdict, tr("Verdict"), tr("By the accuracy rules; ungraded: the grader could not decide"));
    row->addWidget(m_verdict);
    const auto stepEdit = [&](const QString& name, const QString& hint) {
        auto* line = new QLineEdit;
        line->setPlaceholderText(hint);
        line->setFixedWidth(64);
        describe(line, name, tr("Global steps, both ends included"));
        return line;
    };
    m_from = stepEdit(tr("First step"), tr("step"));
    m_to = stepEdit(tr("Last step"), tr("to"));
    row->addWidget(m_from);
    row->addWidget(m_to);
    m_problemChip = new QToolButton;
    m_problemChip->setIcon(icon(QStringLiteral("close")));
    m_problemChip->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    m_problemChip->setText(tr("one problem"));
    describe(m_problemChip, tr("Only one problem"), tr("Show all problems again"));
    m_problemChip->hide();
    row->addWidget(m_problemChip);
    m_count = label({}, Type::Caption, "secondary");
    m_count->setMinimumWidth(70);
    m_count->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    top->addWidget(m_count);
    m_clear = toolButton(QStringLiteral("reset"), tr("Clear filters"), tr("Show every sample of the run"));
    auto* columns = toolButton(QStringLiteral("columns"), tr("Columns"), tr("Choose the columns"));
    top->addWidget(m_clear);
    top->addWidget(columns);
    row->addStretch();

    for (QLineEdit* line : {m_text, m_from, m_to})
        connect(line, &QLineEdit::textChanged, this, [this] { m_pause.start(); });
    connect(m_kind, &SegmentedBar::chosen, this, guarded(this, tr("Filtering"), [this] { ask(); }));
    connect(m_verdict, &QComboBox::currentIndexChanged, this, guarded(this, tr("Filtering"), [this] { ask(); }));
    connect(m_problemChip, &QToolButton::clicked, this, guarded(this, tr("Filtering"), [this] {
        m_problem.reset();
        ask();
    }));
    connect(m_clear, &QToolButton::clicked, this, guarded(this, tr("Clearing filters"), [this] { clearFilters(); }));
    connect(columns, &QToolButton::clicked, this, guarded(this, tr("Choosing columns"), [this, columns] {
        QMenu* menu = m_table->columnMenu();
        menu->setAttribute(Qt::WA_DeleteOnClose);
        menu->popup(columns->mapToGlobal(columns->rect().bottomLeft()));
    }));
    auto* find = new QShortcut(QKeySequence::Find, this);
    find->setContext(Qt::WidgetWithChildrenShortcut);
    connect(find, &QShortcut::activated, m_text, [this] {
        m_text->setFocus();
        m_text->selectAll();
    });
    return frame;
}

store::SampleQuery SamplesPane::query() const
{
    store::SampleQuery query;
    query.firstGlobalStep = parseInteger(m_from->text());
    query.lastGlobalStep = parseInteger(m_to->text());
    if (m_kind->current() == 1)
        query.kind = store::SampleKind::Rollout;
    else if (m_kind->current() == 2)
        query.kind = store::SampleKind::Evaluation;
    query.verdict = static_cast<store::Verdict>(m_verdict->currentIndex());
    query.text = m_text->text().trimmed().toStdString();
    query.problem = m_problem;
    return query;
}

void SamplesPane::ask()
{
    m_pause.stop();
    for (QLineEdit* line : {m_from, m_to}) {
        const bool wrong = !line->text().isEmpty() && !parseInteger(line->text());
        line->setProperty("invalid", wrong);
        line->style()->unpolish(line);
        line->style()->polish(line);
    }
    m_problemChip->setVisible(m_problem.has_value());
    m_asked = true;
    m_model->show(m_workbench.current.number(), query());
}

void SamplesPane::clearFilters()
{
    for (QLineEdit* line : {m_text, m_from, m_to}) {
        const QSignalBlocker quiet(line);
        line->clear();
    }
    const QSignalBlocker quiet(m_verdict);
    m_verdict->setCurrentIndex(0);
    m_kind->setCurrent(0);
    m_problem.reset();
    ask();
}

void SamplesPane::showStep(qint64 step, bool heldOut)
{
    {
        const QSignalBlocker a(m_from);
        const QSignalBlocker b(m_to);
        const QSignalBlocker c(m_text);
        const QSignalBlocker d(m_verdict);
        m_from->setText(QString::number(step));
        m_to->setText(QString::number(step));
        m_text->clear();
        m_verdict->setCurrentIndex(0);
        m_kind->setCurrent(heldOut ? 2 : 1);
    }
    m_problem.reset();
    m_chosen.reset();
    ask();
}

void SamplesPane::showProblem(std::uint64_t problem, const QString& question)
{
    clearFilters();
    m_problem = problem;
    m_problemChip->setText(question.size() > 30 ? question.left(30) + QStringLiteral("…") : question);
    ask();
}

void SamplesPane::showText(const QString& text)
{
    clearFilters();
    m_text->setText(text);
    ask();
}

void SamplesPane::loaded()
{
    const store::SampleQuery& asked = m_model->query();
    const bool filtered = asked.kind || asked.firstGlobalStep || asked.lastGlobalStep || !asked.text.empty()
        || asked.problem || asked.verdict != store::Verdict::Any;
    m_clear->setEnabled(filtered);
    const int rows = m_model->rowCount();
    m_count->setText(m_model->run() == 0 ? QString() : counted(rows, tr("sample"), tr("samples")));
    m_stack->setCurrentWidget(rows > 0        ? static_cast<QWidget*>(m_table)
            : filtered && m_model->run() != 0 ? m_noMatch
                                              : m_none);
    setFocusProxy(rows > 0 ? static_cast<QWidget*>(m_table) : m_text); // what is hidden cannot have the focus
    const bool otherQuestion = std::exchange(m_asked, false);
    if (rows == 0)
        return;
    const int row = m_chosen ? m_model->rowOf(*m_chosen) : -1;
    if (row >= 0) {
        const QSignalBlocker quiet(m_table->selectionModel());
        m_table->selectRow(row);
    } else if (!m_chosen || otherQuestion) { // new rows of a run take nobody away from what is read
        m_table->selectRow(0);
    }
}

void SamplesPane::choose(const QModelIndex& index)
{
    const auto id = m_model->idAt(index.row());
    if (!index.isValid() || !id || id == m_chosen)
        return;
    m_chosen = id;
    Q_EMIT sampleChosen(*id);
}

void SamplesPane::select(std::int64_t id)
{
    m_chosen = id;
    if (const int row = m_model->rowOf(id); row >= 0)
        m_table->selectRow(row);
}

void SamplesPane::step(int direction)
{
    const int now = m_chosen ? m_model->rowOf(*m_chosen) : -1;
    const int next = std::clamp(now + direction, 0, m_model->rowCount() - 1);
    if (m_model->rowCount() > 0)
        m_table->selectRow(next);
}

QString SamplesPane::countText() const
{
    return m_count->text();
}

bool SamplesPane::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == m_table && event->type() == QEvent::KeyPress) {
        const int key = static_cast<QKeyEvent*>(event)->key();
        if (key == Qt::Key_J || key == Qt::Key_K) {
            step(key == Qt::Key_J ? 1 : -1);
            return true;
        }
        if (key == Qt::Key_BracketLeft || key == Qt::Key_BracketRight) {
            Q_EMIT groupStepRequested(key == Qt::Key_BracketRight ? 1 : -1);
            return true;
        }
    }
    return QWidget::eventFilter(watched, event);
}

} // namespace ahascope::ui
