#include "ui/panes/launch_summary.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

#include "ui/editors/schema_form.h"
#include "ui/models/experiment_document.h"
#include "ui/run_actions.h"
#include "ui/widgets/guarded.h"
#include "ui/widgets/labels.h"
#include "ui/widgets/stacked_bar.h"
#include "ui/workbench.h"

namespace ahascope::ui {

LaunchSummary::LaunchSummary(Workbench& workbench, RunActions& actions, SchemaForm& form, QWidget* parent)
    : QWidget(parent)
    , m_workbench(workbench)
    , m_actions(actions)
    , m_form(form)
    , m_facts(label({}, Type::Body, "secondary"))
    , m_memory(new StackedBar(tr("Memory plan"), tr("With the largest batch that the experiment allows")))
    , m_problems(new QVBoxLayout)
{
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(space::l, space::m, space::l, space::l);
    column->setSpacing(space::m);
    column->addLayout(makeHead());
    m_facts->setWordWrap(true);
    m_facts->setTextFormat(Qt::RichText);
    column->addWidget(m_facts);
    column->addWidget(m_memory);
    m_problems->setSpacing(space::s);
    column->addLayout(m_problems);
    column->addLayout(makePlace());
    column->addWidget(makeStart());
    column->addStretch();
    const auto refresh = guarded(this, tr("Showing the check"), [this] { update(); });
    connect(&workbench.document, &ExperimentDocument::checked, this, refresh);
    connect(&workbench.document, &ExperimentDocument::changed, this, refresh);
    connect(actions.start(), &QAction::changed, this, refresh);
    connect(&actions, &RunActions::startFailed, this, refresh);
    connect(&actions, &RunActions::placeChanged, this,
        guarded(this, tr("Showing where runs compute"), [this] { showPlace(); }));
    update();
    showPlace();
}

QLayout* LaunchSummary::makeHead()
{
    auto* head = new QHBoxLayout;
    head->addWidget(label(tr("Before the first step"), Type::Title));
    head->addStretch();
    m_ready = new Badge;
    head->addWidget(m_ready);
    return head;
}

QLayout* LaunchSummary::makePlace()
{
    auto* row = new QHBoxLayout;
    row->setSpacing(space::s);
    auto* name = label(tr("&Run in"), Type::Body, "secondary");
    m_place = new QComboBox;
    m_place->addItem(tr("this window"));
    m_place->setItemData(0, tr("The run is saved and stops when the window is closed"), Qt::ToolTipRole);
    m_place->addItem(tr("a process of its own"));
    m_place->setItemData(1, tr("The run goes on when the window is closed or the display is lost"), Qt::ToolTipRole);
    describe(m_place, tr("Run in"),
        tr("In this window a run is saved and stops when the window is closed. In a process of its own it goes on "
           "without window and display, and is followed and steered from here or with ahascope-cli. Default: a process "
           "of its own on a GPU, else this window."));
    name->setBuddy(m_place);
    row->addWidget(name);
    row->addWidget(m_place, 1);
    connect(m_place, &QComboBox::activated, this, guarded(this, tr("Choosing where runs compute"), [this](int index) {
        m_actions.choosePlace(static_cast<RunPlace>(index));
    }));
    return row;
}

QWidget* LaunchSummary::makeStart()
{
    QAction* action = m_actions.start();
    auto* start = button(tr("Start run"), QStringLiteral("play"), action->toolTip(), true);
    start->setMinimumHeight(36);
    const auto follow = [start, action] {
        start->setEnabled(action->isEnabled());
        start->setToolTip(action->toolTip());
        start->setAccessibleDescription(action->toolTip());
    };
    connect(action, &QAction::changed, start, follow);
    connect(start, &QPushButton::clicked, action, &QAction::trigger);
    follow();
    return start;
}

void LaunchSummary::showPlace()
{
    m_place->setCurrentIndex(static_cast<int>(m_actions.place().value_or(RunPlace::ThisWindow)));
}

void LaunchSummary::update()
{
    const bool open = m_workbench.document.isOpen();
    const pipeline::Preflight* check = open ? m_workbench.document.preflight() : nullptr;
    showReady();
    if (check != nullptr)
        showFacts(*check);
    else if (!open)
        m_facts->setText(tr("Choose a preset or open an experiment file; every setting can then be changed here."));
    showMemory(check != nullptr ? check->memory : pipeline::MemoryPlan{});
    showProblems(check);
}

void LaunchSummary::showReady()
{
    const pipeline::Preflight* check = m_workbench.document.preflight();
    if (!m_workbench.document.isOpen())
        m_ready->show(tr("no experiment"), Badge::Tone::Neutral);
    else if (m_actions.isStarting())
        m_ready->show(tr("starting…"), Badge::Tone::Accent);
    else if (!m_workbench.document.isChecked() || check == nullptr)
        m_ready->show(tr("checking…"), Badge::Tone::Neutral);
    else if (!check->problems.empty())
        m_ready->show(
            counted(static_cast<qint64>(check->problems.size()), tr("problem"), tr("problems")), Badge::Tone::Bad);
    else if (!m_actions.startProblem().isEmpty())
        m_ready->show(tr("did not start"), Badge::Tone::Bad);
    else
        m_ready->show(tr("✓ ready"), Badge::Tone::Good);
}

void LaunchSummary::showFacts(const pipeline::Preflight& check)
{
    QStringList facts;
    if (!check.modelSummary.empty())
        facts << QString::fromStdString(check.modelSummary).toHtmlEscaped();
    if (check.trainRows > 0)
        facts << tr("%1 training problems").arg(check.trainRows);
    for (const auto& [set, rows] : check.evalRows)
        facts << tr("%1 held-out problems in %2").arg(rows).arg(QString::fromStdString(set));
    if (!check.firstTokens.empty())
        facts << tr("first prompt: %1")
                     .arg(counted(static_cast<qint64>(check.firstTokens.size()), tr("token"), tr("tokens")));
    m_facts->setText(facts.join(QStringLiteral("<br>")));
}

void LaunchSummary::showMemory(const pipeline::MemoryPlan& memory)
{
    m_memory->setVisible(memory.peak > 0);
    QList<StackedBar::Part> parts;
    const auto add = [&](const QString& name, std::uint64_t bytes) {
        if (bytes > 0)
            parts.append({name, static_cast<double>(bytes), formatBytes(static_cast<double>(bytes)),
                static_cast<int>(parts.size())});
    };
    add(tr("activations"), memory.activations);
    add(tr("rollout"), memory.rolloutCache);
    add(tr("optimizer"), memory.optimizer);
    add(tr("gradients"), memory.gradients);
    add(tr("weights"), memory.weights);
    add(tr("reference"), memory.reference);
    add(tr("saving"), memory.saving);
    m_memory->show(parts, static_cast<double>(memory.available),
        tr("Memory at its peak: %1 of %2")
            .arg(formatBytes(static_cast<double>(memory.peak)), formatBytes(static_cast<double>(memory.available))));
}

void LaunchSummary::showProblems(const pipeline::Preflight* check)
{
    while (QLayoutItem* item = m_problems->takeAt(0)) {
        delete item->widget();
        delete item;
    }
    if (const QString& reason = m_actions.startProblem(); !reason.isEmpty())
        addProblem({tr("The run did not start:").toStdString(), reason.toStdString(), {}});
    if (check == nullptr)
        return;
    const std::vector<Problem> others = m_form.showProblems(check->problems);
    for (const Problem& problem : others)
        addProblem(problem);
    if (const auto beside = check->problems.size() - others.size(); beside > 0)
        addLine(tr("%1 beside the settings").arg(counted(static_cast<qint64>(beside), tr("problem"), tr("problems"))));
}

void LaunchSummary::addProblem(const Problem& problem)
{
    const auto html = [](const std::string& text) {
        return QString::fromStdString(text).toHtmlEscaped().replace(QLatin1Char('\n'), QStringLiteral("<br>"));
    };
    addLine(QStringLiteral("<b>%1</b> %2%3")
                .arg(html(problem.where), html(problem.message),
                    problem.remedy.empty() ? QString() : QStringLiteral("<br><i>%1</i>").arg(html(problem.remedy))));
}

void LaunchSummary::addLine(const QString& html)
{
    QLabel* line = label(html, Type::Body, "bad");
    line->setWordWrap(true);
    line->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_problems->addWidget(line);
}

QString LaunchSummary::text() const
{
    QStringList lines{m_ready->text(), m_facts->text()};
    if (!m_memory->isHidden())
        lines << m_memory->caption();
    for (int k = 0; k < m_problems->count(); ++k)
        if (const auto* line = qobject_cast<QLabel*>(m_problems->itemAt(k)->widget()))
            lines << line->text();
    return lines.join(QLatin1Char('\n'));
}

} // namespace ahascope::ui
