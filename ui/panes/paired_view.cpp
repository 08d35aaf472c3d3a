#include "ui/panes/paired_view.h"

#include <cmath>

#include <QHBoxLayout>
#include <QLabel>
#include <QSplitter>
#include <QTextEdit>
#include <QVBoxLayout>

#include "ui/charts/plot_data.h"
#include "ui/editors/reader_document.h"
#include "ui/models/store_access.h"
#include "ui/widgets/labels.h"
#include "ui/widgets/segmented_bar.h"
#include "ui/widgets/tables.h"
#include "ui/workbench.h"

namespace ahascope::ui {

namespace {

// As rich text.
QString chance(double p)
{
    return p < 0.0001 ? QStringLiteral("p &lt; 0.0001") : QStringLiteral("p = %1").arg(p, 0, 'g', 2);
}

QString titleOf(const QString& run, const ReaderContent& content)
{
    if (content.members.empty())
        return run;
    const store::SampleRow& row = content.members[content.chosen].detail.row;
    return QStringLiteral("%1 · %2 · %3 tokens")
        .arg(run, row.correct ? QStringLiteral("✓ right") : QStringLiteral("✗ wrong"))
        .arg(row.length);
}

} // namespace

PairedView::PairedView(Workbench& workbench, QWidget* parent)
    : QWidget(parent)
    , m_workbench(workbench)
    , m_model(new PairedModel(this))
    , m_table(new DataTable(tr("Problems"), QStringLiteral("paired")))
    , m_summary(label({}, Type::Body, "secondary"))
    , m_cells(new QWidget)
{
    auto* left = new QWidget;
    auto* column = new QVBoxLayout(left);
    column->setContentsMargins(space::m, space::s, 0, 0);
    column->setSpacing(space::s);
    m_summary->setWordWrap(true);
    column->addWidget(m_summary);
    auto* holder = new QHBoxLayout(m_cells);
    holder->setContentsMargins(0, 0, 0, 0);
    column->addWidget(m_cells);
    m_table->setModel(m_model);
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    m_table->setColumns({164, 72, 72, 84, 84});
    column->addWidget(m_table, 1);
    auto* splitter = new QSplitter(Qt::Horizontal);
    splitter->setChildrenCollapsible(false);
    splitter->addWidget(left);
    splitter->addWidget(makeSide(m_textA, m_titleA, tr("A")));
    splitter->addWidget(makeSide(m_textB, m_titleB, tr("B")));
    splitter->setSizes({520, 400, 400});
    auto* outer = new QVBoxLayout(this);
    outer->setContentsMargins(0, 0, 0, 0);
    outer->addWidget(splitter);
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
        guarded(this, tr("Opening a problem"), [this](const QModelIndex& now) {
            if (now.isValid())
                openProblem(now.row());
        }));
}

QWidget* PairedView::makeSide(QTextEdit*& text, QLabel*& title, const QString& name)
{
    auto* holder = new QWidget;
    auto* column = new QVBoxLayout(holder);
    column->setContentsMargins(0, space::s, 0, 0);
    column->setSpacing(space::xs);
    title = label(name, Type::Strong);
    title->setContentsMargins(space::m, 0, 0, 0);
    text = new QTextEdit;
    text->setReadOnly(true);
    text->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    text->setProperty("frameless", true);
    text->setPlaceholderText(tr("Choose a problem to read both completions"));
    describe(text, tr("Completion of run %1").arg(name), QString());
    column->addWidget(title);
    column->addWidget(text, 1);
    return holder;
}

void PairedView::show(std::int64_t a, std::int64_t b, PairedResult result)
{
    m_runA = a;
    m_runB = b;
    m_result = std::move(result);
    m_contentA = {};
    m_contentB = {};
    fill();
    delete m_bar;
    m_bar = nullptr;
    if (m_result.problems.empty()) {
        m_summary->setText(m_result.stepA < 0 ? tr("The two runs have no evaluated held-out set in common.")
                                              : tr("The two runs were evaluated on different problems."));
        m_model->show({}, m_cell);
        return;
    }
    const analysis::PairedTable& t = m_result.table;
    const auto percent = [](double share) {
        return (share < 0 ? QStringLiteral("\u2212") : QString()) + QString::number(std::abs(share) * 100, 'f', 1);
    };
    m_summary->setText(
        tr("<b>B − A: %1 points</b> of pass@1 (95 % interval %2 to %3) on %4 held-out problems, A at step %5, B at "
           "step %6. A problem counts as solved when at least half of its samples are right. "
           "McNemar's exact test: %7.")
            .arg((m_result.difference.mean > 0 ? QStringLiteral("+") : QString()) + percent(m_result.difference.mean),
                percent(m_result.difference.low), percent(m_result.difference.high))
            .arg(m_result.problems.size())
            .arg(m_result.stepA)
            .arg(m_result.stepB)
            .arg(chance(m_result.pValue)));
    m_bar = new SegmentedBar(tr("Solved by"));
    m_bar->add(tr("Both %1").arg(t.both), {}, tr("Problems that both runs solved"));
    m_bar->add(tr("Only A %1").arg(t.onlyFirst), {}, tr("Problems that only A solved"));
    m_bar->add(tr("Only B %1").arg(t.onlySecond), {}, tr("Problems that only B solved"));
    m_bar->add(tr("Neither %1").arg(t.neither), {}, tr("Problems that neither run solved"));
    static_cast<QHBoxLayout*>(m_cells->layout())->insertWidget(0, m_bar, 0, Qt::AlignLeft);
    connect(m_bar, &SegmentedBar::chosen, this,
        guarded(this, tr("Listing problems"), [this](int cell) { showCell(static_cast<PairedCell>(cell)); }));
    showCell(t.onlySecond > 0 ? PairedCell::OnlyB : t.onlyFirst > 0 ? PairedCell::OnlyA : PairedCell::Both);
}

void PairedView::showCell(PairedCell cell)
{
    m_cell = cell;
    if (m_bar != nullptr)
        m_bar->setCurrent(static_cast<int>(cell));
    m_model->show(m_result.problems, cell);
    if (m_model->rowCount() > 0)
        m_table->selectRow(0);
}

void PairedView::openProblem(int row)
{
    const PairedProblem& problem = m_model->at(row);
    struct Both {
        ReaderContent a;
        ReaderContent b;
    };
    m_workbench.store.jobs().run(
        this, QStringLiteral("both"), tr("Reading samples"),
        [state = m_workbench.store.state(), a = m_runA, b = m_runB, idA = problem.a.firstSample,
            idB = problem.b.firstSample] {
            std::shared_ptr<const text::Tokenizer> none;
            Both both;
            both.a = readerContent(StoreAccess::readerOf(*state, a), a, idA, none);
            none.reset();
            both.b = readerContent(StoreAccess::readerOf(*state, b), b, idB, none);
            return both;
        },
        [this](Both both) {
            m_contentA = std::move(both.a);
            m_contentB = std::move(both.b);
            fill();
        });
}

void PairedView::fill()
{
    const auto side = [this](QTextEdit* text, const ReaderContent& content, bool prompt) {
        if (content.members.empty()) {
            text->clear();
            return;
        }
        ReaderLook look;
        look.prompt = prompt;
        fillReader(*text->document(), content.members[content.chosen], look, palette());
    };
    side(m_textA, m_contentA, false);
    side(m_textB, m_contentB, false);
    m_titleA->setText(titleOf(tr("A"), m_contentA));
    m_titleB->setText(titleOf(tr("B"), m_contentB));
}

QString PairedView::summary() const
{
    return m_summary->text();
}

QString PairedView::completionText(bool ofA) const
{
    return (ofA ? m_textA : m_textB)->toPlainText();
}

void PairedView::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange && m_textB != nullptr)
        fill();
}

} // namespace ahascope::ui
