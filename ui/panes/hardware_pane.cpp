#include "ui/panes/hardware_pane.h"

#include <QLabel>
#include <QScrollArea>
#include <QVBoxLayout>

#include "ui/models/current_run.h"
#include "ui/models/gpu_history.h"
#include "ui/panes/gpu_view.h"
#include "ui/panes/step_costs_view.h"
#include "ui/run_bridge.h"
#include "ui/widgets/empty_state.h"
#include "ui/widgets/guarded.h"
#include "ui/widgets/labels.h"
#include "ui/workbench.h"

namespace ahascope::ui {

HardwarePane::HardwarePane(Workbench& workbench, const std::string& gpuLibrary, QWidget* parent)
    : QWidget(parent)
    , m_workbench(workbench)
    , m_history(new GpuHistory(gpuLibrary, this))
    , m_scroll(new QScrollArea)
    , m_gpuColumn(new QVBoxLayout)
    , m_note(label({}, Type::Caption, "secondary"))
    , m_empty(new EmptyState(QStringLiteral("hardware"), tr("No run to show"),
          tr("The phases of each step, tokens per second and memory of a run are shown here.")))
    , m_costs(new StepCostsView(workbench.current))
{
    m_empty->setAction(tr("Go to Launch"), QStringLiteral("launch"), tr("Choose an experiment and start it"));
    connect(m_empty, &EmptyState::actionTriggered, this, &HardwarePane::launchRequested);
    m_scroll->setWidgetResizable(true);
    m_scroll->setFrameShape(QFrame::NoFrame);
    m_scroll->setWidget(makeContent());
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->addWidget(m_scroll);
    connect(m_history, &GpuHistory::changed, this, guarded(this, tr("Showing the GPUs"), [this] { showGpus(); }));
    const auto run = guarded(this, tr("Showing what a run costs"), [this] { showRun(); });
    connect(&workbench.current, &CurrentRun::opened, this, run);
    connect(&workbench.current, &CurrentRun::seriesChanged, this, run);
    const auto state = guarded(this, tr("Watching the GPUs"), [this] { watch(); });
    connect(&workbench.current, &CurrentRun::infoChanged, this, state);
    connect(&workbench.current, &CurrentRun::stateChanged, this, state);
    showRun();
}

QWidget* HardwarePane::makeContent()
{
    auto* content = new QWidget;
    content->setProperty("scrollContents", true);
    m_gpuColumn->setSpacing(space::m);
    m_note->setWordWrap(true);
    m_note->setText(tr("Asking the GPUs…"));
    auto* column = new QVBoxLayout(content);
    column->setContentsMargins(space::m, space::xs, space::m, space::xs);
    column->setSpacing(space::s);
    column->addLayout(m_gpuColumn);
    column->addWidget(m_note);
    column->addWidget(m_empty, 1);
    column->addWidget(m_costs, 1);
    return content;
}

void HardwarePane::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    showRun();
    watch();
}

void HardwarePane::hideEvent(QHideEvent* event)
{
    QWidget::hideEvent(event);
    watch();
}

// Also while a run is under way, so that its last minutes are there when one comes back.
void HardwarePane::watch()
{
    const store::RunState state = m_workbench.current.info().state;
    if (isVisible() || (m_history->isKnown() && state == store::RunState::Running))
        m_history->start();
    else
        m_history->stop();
}

void HardwarePane::showGpus()
{
    const qsizetype count = static_cast<qsizetype>(m_history->newest().gpus.size());
    while (m_gpus.size() > count)
        delete m_gpus.takeLast();
    while (m_gpus.size() < count) {
        m_gpus.append(new GpuView);
        m_gpuColumn->addWidget(m_gpus.back());
    }
    for (qsizetype k = 0; k < count; ++k)
        m_gpus[k]->show(*m_history, static_cast<std::size_t>(k));
    showNote();
}

void HardwarePane::showNote()
{
    const std::string& note = m_history->newest().note;
    if (!note.empty())
        m_note->setText(tr("No GPU to watch: %1.").arg(QString::fromStdString(note)));
    else
        m_note->setText(tr("Runs compute on the processor: %1.").arg(QString::fromStdString(m_history->cudaNote())));
    m_note->setVisible(!note.empty() || !m_history->cudaNote().empty());
}

void HardwarePane::showRun()
{
    const bool none = m_workbench.current.number() == 0 && !m_workbench.bridge.active();
    m_empty->setVisible(none);
    m_costs->setVisible(!none);
    setFocusProxy(none ? static_cast<QWidget*>(m_empty) : m_costs); // what is hidden cannot have the focus
    if (!none && isVisible())
        m_costs->refresh();
}

QString HardwarePane::gpuText() const
{
    QStringList parts;
    for (const GpuView* gpu : m_gpus)
        parts << gpu->text();
    if (!m_note->isHidden())
        parts << m_note->text();
    return parts.join(QLatin1Char('\n'));
}

QString HardwarePane::runText() const
{
    return m_costs->isHidden() ? QString() : m_costs->text();
}

} // namespace ahascope::ui
