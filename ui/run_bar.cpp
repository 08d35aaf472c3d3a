#include "ui/run_bar.h"

#include <algorithm>

#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QProgressBar>
#include <QToolButton>

#include "ui/charts/plot_data.h"
#include "ui/models/current_run.h"
#include "ui/models/runs_model.h"
#include "ui/panes/run_card.h"
#include "ui/run_actions.h"
#include "ui/run_bridge.h"
#include "ui/widgets/guarded.h"
#include "ui/widgets/labels.h"
#include "ui/workbench.h"

namespace ahascope::ui {

namespace {

std::int64_t totalSteps(const CurrentRun& run)
{
    std::int64_t total = 0;
    for (const store::StageInfo& stage : run.stages())
        total += stage.steps;
    return total;
}

// The last point of any curve: where the run is.
std::int64_t lastStep(const CurrentRun& run)
{
    double last = 0;
    for (const char* metric : {"step_time", "reward", "loss", "eval/pass@1", "eval/accuracy"})
        if (const QList<QPointF> points = run.series(metric); !points.isEmpty())
            last = std::max(last, points.back().x());
    return static_cast<std::int64_t>(last);
}

QString change(const CurrentRun& run, const char* metric, NumberFormat format)
{
    const QList<QPointF> points = run.series(metric);
    if (points.isEmpty())
        return noValue();
    const QString now = formatNumber(points.back().y(), format);
    const auto first = run.atStart(metric);
    return first && points.size() > 1 ? QStringLiteral("%1 → <b>%2</b>").arg(formatNumber(*first, format), now)
                                      : QStringLiteral("<b>%1</b>").arg(now);
}

} // namespace

RunBar::RunBar(Workbench& workbench, RunActions& actions, QWidget* parent)
    : QFrame(parent)
    , m_workbench(workbench)
    , m_name(new ElidedLabel)
    , m_state(new Badge)
    , m_progressText(label({}, Type::Caption, "secondary"))
    , m_progress(new QProgressBar)
    , m_figures(label({}, Type::Body, "secondary"))
{
    setProperty("role", "bar");
    setAccessibleName(tr("Current run"));
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(space::m, 6, space::m, 6);
    row->setSpacing(space::m);
    m_name->setFont(typeFont(Type::Strong));
    m_name->setMinimumWidth(120);
    row->addWidget(m_name, 2);
    row->addWidget(m_state);
    auto* middle = new QVBoxLayout;
    middle->setSpacing(3);
    middle->setContentsMargins(0, 0, 0, 0);
    m_progress->setTextVisible(false);
    m_progress->setMinimumWidth(140);
    describe(m_progress, tr("Progress"), tr("Steps done of all stages begun"));
    middle->addWidget(m_progressText);
    middle->addWidget(m_progress);
    row->addLayout(middle, 4);
    m_figures->setTextFormat(Qt::RichText);
    describe(m_figures, tr("Key figures"), tr("Held-out pass@1 and mean response length: base model → now"));
    row->addWidget(m_figures);
    row->addSpacing(space::s);
    addButton(actions.start());
    addButton(actions.pause());
    addButton(actions.resume());
    addButton(actions.stop());
    auto* menu = new QMenu(this);
    menu->setToolTipsVisible(true);
    menu->addAction(actions.stop());
    menu->addAction(actions.stopNow());
    menu->addSeparator();
    menu->addAction(actions.checkpoint());
    auto* ways = toolButton(QStringLiteral("more"), tr("Ways to stop"),
        tr("Stop with a checkpoint or without one, or save a checkpoint and go on"));
    ways->setParent(this);
    ways->setMenu(menu);
    ways->setPopupMode(QToolButton::InstantPopup);
    ways->setIconSize(QSize(18, 18));
    for (QToolButton* made : findChildren<QToolButton*>())
        row->addWidget(made);

    const auto refresh = guarded(this, tr("Showing the run"), [this] { update(); });
    connect(&workbench.bridge, &RunBridge::changed, this, refresh);
    connect(&workbench.current, &CurrentRun::opened, this, refresh);
    connect(&workbench.current, &CurrentRun::infoChanged, this, refresh);
    connect(&workbench.current, &CurrentRun::stateChanged, this, refresh);
    connect(&workbench.current, &CurrentRun::seriesChanged, this, refresh);
    m_tick.setInterval(1000);
    connect(&m_tick, &QTimer::timeout, this, refresh);
    update();
}

QToolButton* RunBar::addButton(QAction* action)
{
    auto* made = new QToolButton(this);
    made->setDefaultAction(action);
    made->setProperty("flat", true);
    made->setIconSize(QSize(18, 18));
    made->setAccessibleName(action->text().remove(QLatin1Char('&')));
    return made;
}

QString RunBar::progressText() const
{
    const CurrentRun& run = m_workbench.current;
    const std::int64_t total = totalSteps(run);
    const std::int64_t step = lastStep(run);
    if (total == 0)
        return tr("not started");
    QString text = tr("step %1 of %2").arg(step).arg(total);
    const store::StageInfo* stage = run.stages().empty() ? nullptr : &run.stages().back();
    if (stage != nullptr && !stage->name.empty())
        text = QString::fromStdString(stage->name) + QStringLiteral(" · ") + text;
    const QList<QPointF> times = run.series("step_time");
    if (run.info().state == store::RunState::Running && times.size() >= 3 && step < total) {
        const qsizetype recent = std::min<qsizetype>(20, times.size());
        double sum = 0;
        for (qsizetype k = times.size() - recent; k < times.size(); ++k)
            sum += times[k].y();
        const double each = sum / static_cast<double>(recent);
        text += tr(" · %1 per step, about %2 left")
                    .arg(formatNumber(each, NumberFormat::Seconds),
                        formatNumber(each * static_cast<double>(std::max<std::int64_t>(0, total - step)),
                            NumberFormat::Seconds));
    }
    return text;
}

void RunBar::update()
{
    const CurrentRun& run = m_workbench.current;
    const RunBridge& bridge = m_workbench.bridge;
    const bool own = bridge.active() && (bridge.status().run == 0 || bridge.status().run == run.number());
    const bool any = run.isKnown() || own;
    m_state->setVisible(any);
    m_progress->setVisible(any);
    m_progressText->setVisible(any);
    m_figures->setVisible(run.isKnown());
    if (!any) {
        m_name->setText(tr("No run is open"));
        m_tick.stop();
        return;
    }
    m_name->setText(run.isKnown() ? QString::fromStdString(run.info().name) : bridge.status().name);
    // The window's own run answers at once; the store follows a moment later.
    if (own && bridge.status().state != RunState::Running)
        m_state->show(describe(bridge.status().state),
            bridge.status().state == RunState::Paused ? Badge::Tone::Warning : Badge::Tone::Accent);
    else
        m_state->show(stateText(run.info().state), toneOf(run.info().state));
    const std::int64_t total = totalSteps(run);
    m_progress->setRange(0, total > 0 ? static_cast<int>(total) : (own ? 0 : 1));
    m_progress->setValue(static_cast<int>(std::min(total, lastStep(run))));
    m_progressText->setText(progressText());
    m_figures->setText(tr("pass@1 %1 &nbsp;&nbsp; length %2")
                           .arg(change(run, "eval/pass@1", NumberFormat::Percent),
                               change(run, "eval/mean_length", NumberFormat::Plain)));
    own ? m_tick.start() : m_tick.stop();
}

QString RunBar::text() const
{
    QString figures = m_figures->isHidden() ? QString() : m_figures->text();
    figures.remove(QStringLiteral("<b>")).remove(QStringLiteral("</b>")).replace(QStringLiteral("&nbsp;"), QString());
    return QStringList{m_name->text(), m_state->isHidden() ? QString() : m_state->text(),
        m_progressText->isHidden() ? QString() : m_progressText->text(), figures.simplified()}
        .join(QStringLiteral(" | "));
}

} // namespace ahascope::ui
