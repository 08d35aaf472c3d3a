#include "ui/panes/dry_run_view.h"

#include <QCheckBox>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QScrollArea>
#include <QVBoxLayout>

#include "ui/charts/plot_data.h"
#include "ui/models/experiment_document.h"
#include "ui/widgets/labels.h"
#include "ui/widgets/read_jobs.h"
#include "ui/widgets/score_list.h"
#include "ui/workbench.h"

namespace ahascope::ui {

namespace {

// What breaks rewards in practice; %1 is an answer that is right.
struct Example {
    const char* name;
    const char* text;
};
constexpr Example examples[] = {
    {QT_TRANSLATE_NOOP("DryRunView", "Right, in the format"),
        "<think> I try a few ways and check each. </think> <answer> %1 </answer>"},
    {QT_TRANSLATE_NOOP("DryRunView", "Right, nothing thought"), "<think></think> <answer> %1 </answer>"},
    {QT_TRANSLATE_NOOP("DryRunView", "Right, no tags"), "The answer is %1"},
    {QT_TRANSLATE_NOOP("DryRunView", "Answer inside the thinking"), "<think> It is <answer> %1 </answer> </think>"},
    {QT_TRANSLATE_NOOP("DryRunView", "Two answers"),
        "<think> Either. </think> <answer> 0 </answer> <answer> %1 </answer>"},
    {QT_TRANSLATE_NOOP("DryRunView", "Tag never closed"), "<think> I am not sure yet <answer> %1 </answer>"},
    {QT_TRANSLATE_NOOP("DryRunView", "Wrong, in the format"), "<think> I guess. </think> <answer> 0 </answer>"},
};

Badge::Tone toneOf(const DryRunRule& rule)
{
    if (rule.status != "graded")
        return rule.status == "error" ? Badge::Tone::Bad : Badge::Tone::Warning;
    return rule.score.value_or(0) > 0 ? Badge::Tone::Good : Badge::Tone::Bad;
}

QString scoreText(const DryRunRule& rule)
{
    if (rule.status != "graded")
        return QString::fromStdString(rule.status).replace(QLatin1Char('_'), QLatin1Char(' '));
    return (rule.score.value_or(0) > 0 ? QStringLiteral("✓ ") : QStringLiteral("✗ "))
        + formatNumber(rule.score, NumberFormat::Plain);
}

} // namespace

DryRunView::DryRunView(Workbench& workbench, QWidget* parent) : QWidget(parent), m_workbench(workbench)
{
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(space::m, space::m, space::m, space::m);
    column->setSpacing(space::s);
    column->addWidget(makeInputs(), 3);
    auto* results = new QWidget;
    results->setProperty("scrollContents", true);
    auto* below = new QVBoxLayout(results);
    below->setContentsMargins(0, 0, 0, 0);
    m_hint = label(tr("Each rule's score and its reason appear here."), Type::Body, "muted");
    m_results = new ScoreList;
    below->addWidget(m_hint);
    below->addWidget(m_results);
    below->addStretch();
    auto* scroll = new QScrollArea;
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidget(results);
    column->addWidget(scroll, 2);
    m_pause.setSingleShot(true);
    m_pause.setInterval(120);
    connect(&m_pause, &QTimer::timeout, this, guarded(this, tr("Scoring"), [this] { score(); }));
    connect(&workbench.document, &ExperimentDocument::changed, this, guarded(this, tr("Scoring"), [this] {
        askRow();
        m_pause.start();
    }));
    askRow();
    m_pause.start();
}

QWidget* DryRunView::makeInputs()
{
    auto* holder = new QWidget;
    auto* column = new QVBoxLayout(holder);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(space::s);
    m_question = new QLineEdit;
    m_answer = new QLineEdit;
    describe(m_question, tr("Question"),
        tr("The question that the completion answers; the first of the data unless you type another"));
    describe(m_answer, tr("Right answer"), tr("The answer that the rules compare with"));
    auto* form = new QFormLayout;
    form->setHorizontalSpacing(space::m);
    form->setVerticalSpacing(space::s);
    form->addRow(label(tr("Question"), Type::Body, "secondary"), m_question);
    form->addRow(label(tr("Right answer"), Type::Body, "secondary"), m_answer);
    column->addLayout(form);
    auto* row = new QHBoxLayout;
    row->addWidget(label(tr("Completion"), Type::Strong));
    row->addStretch();
    m_ended = new QCheckBox(tr("ended by itself"));
    m_ended->setChecked(true);
    describe(m_ended, tr("Ended by itself"), tr("Off: it was cut off at the length limit, which breaks the format"));
    row->addWidget(m_ended);
    auto* use = button(tr("Examples"), QString(), tr("Completions that show how a reward can be fooled"));
    use->setProperty("menuButton", true);
    auto* menu = new QMenu(use);
    for (const Example& example : examples)
        connect(menu->addAction(tr(example.name)), &QAction::triggered, this,
            guarded(this, tr("Using an example"),
                [this, pattern = QString::fromUtf8(example.text)] { useExample(pattern); }));
    use->setMenu(menu);
    row->addWidget(use);
    column->addLayout(row);
    m_completion = new QPlainTextEdit;
    m_completion->setFont(codeFont());
    m_completion->setPlaceholderText(
        tr("Paste what a model said, or choose an example. The rules are applied as you type."));
    m_completion->setTabChangesFocus(true);
    describe(m_completion, tr("Completion"), QString());
    column->addWidget(m_completion, 1);
    for (QLineEdit* line : {m_question, m_answer})
        connect(line, &QLineEdit::textEdited, this, [this] {
            m_ownInputs = true;
            m_pause.start();
        });
    connect(m_completion, &QPlainTextEdit::textChanged, this, [this] { m_pause.start(); });
    connect(m_ended, &QCheckBox::toggled, this, [this] { m_pause.start(); });
    return holder;
}

void DryRunView::useExample(const QString& pattern)
{
    const QString right = m_ownInputs ? m_answer->text() : QString::fromStdString(workingAnswer(m_row));
    m_completion->setPlainText(QString(pattern).replace(QStringLiteral("%1"), right));
}

void DryRunView::setCompletion(const QString& text)
{
    m_completion->setPlainText(text);
}

void DryRunView::askRow()
{
    m_workbench.checks.run(
        this, QStringLiteral("row"), tr("Reading the data"),
        [experiment = m_workbench.document.experiment()] { return previewTemplate(experiment, 1); },
        [this](const TemplatePreview& preview) {
            if (preview.rows.empty())
                return;
            m_row = preview.rows.front();
            if (!m_ownInputs) {
                m_question->setText(QString::fromStdString(m_row.question));
                m_answer->setText(QString::fromStdString(m_row.answer));
            }
            m_pause.start();
        });
}

void DryRunView::score()
{
    if (m_completion->toPlainText().isEmpty()) {
        show({});
        return;
    }
    DryRunInput input{m_row.prompt, m_completion->toPlainText().toStdString(), m_answer->text().toStdString(),
        m_row.columns, m_ended->isChecked()};
    m_workbench.checks.run(
        this, QStringLiteral("score"), tr("Scoring"),
        [experiment = m_workbench.document.experiment(), input = std::move(input)] {
            return dryRun(experiment, input);
        },
        [this](const DryRun& result) { show(result); });
}

void DryRunView::show(const DryRun& result)
{
    std::vector<ScoreLine> lines;
    for (const Problem& problem : result.problems)
        lines.push_back({tr("problem"), Badge::Tone::Bad, QString::fromStdString(problem.where),
            QString::fromStdString(
                problem.remedy.empty() ? problem.message : problem.message + " — " + problem.remedy)});
    if (!result.rules.empty()) {
        const QString verdict = !result.correct ? tr("correctness is not known")
            : *result.correct                   ? tr("counts as right")
                                                : tr("counts as wrong");
        const QString read = result.extracted.empty()
            ? tr("no answer was found")
            : tr("answer read as %1").arg(QString::fromStdString(result.extracted));
        lines.push_back({formatNumber(result.reward, NumberFormat::Plain),
            result.reward ? Badge::Tone::Accent : Badge::Tone::Warning, tr("Reward"),
            result.reward ? QStringLiteral("%1; %2").arg(verdict, read)
                          : tr("could not be graded: the sample would be left out of its group")});
    }
    for (const DryRunRule& rule : result.rules)
        lines.push_back({scoreText(rule), toneOf(rule),
            QStringLiteral("%1 × %2").arg(
                QString::fromStdString(rule.name), formatNumber(rule.weight, NumberFormat::Plain)),
            QString::fromStdString(rule.reason)});
    m_hint->setVisible(lines.empty());
    m_results->show(lines);
}

QString DryRunView::resultText() const
{
    return m_results->text();
}

} // namespace ahascope::ui
