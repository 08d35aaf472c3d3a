// What mouse and keys do on a chart.
#include <algorithm>
#include <cmath>

#include <QContextMenuEvent>
#include <QKeyEvent>
#include <QMenu>
#include <QMouseEvent>

#include "ui/charts/plot_widget.h"
#include "ui/theme/icons.h"

namespace ahascope::ui {

namespace {
constexpr double clickSlop = 4; // pixels a click may wander
}

void PlotWidget::mouseMoveEvent(QMouseEvent* event)
{
    if (m_dragFrom) {
        m_dragTo = event->position().x() - plotRect().left();
        update();
        return;
    }
    const bool inside = plotRect().contains(event->position());
    Q_EMIT stepHovered(inside ? nearestStep(event->position().x()) : std::nullopt);
}

void PlotWidget::mousePressEvent(QMouseEvent* event)
{
    if (event->button() != Qt::LeftButton || !plotRect().contains(event->position()))
        return;
    m_dragFrom = event->position().x() - plotRect().left();
    m_dragTo = *m_dragFrom;
}

void PlotWidget::mouseReleaseEvent(QMouseEvent* event)
{
    if (event->button() != Qt::LeftButton || !m_dragFrom)
        return;
    const double from = *m_dragFrom;
    m_dragFrom.reset();
    update();
    if (!m_scene.map())
        return;
    if (std::abs(m_dragTo - from) > clickSlop) {
        const double a = m_scene.map()->stepAt(std::min(from, m_dragTo));
        const double b = m_scene.map()->stepAt(std::max(from, m_dragTo));
        if (b - a >= 1)
            Q_EMIT zoomChosen(Range{std::max(0.0, a), b});
        return;
    }
    if (const auto step = nearestStep(event->position().x()))
        Q_EMIT stepClicked(static_cast<qint64>(*step));
}

void PlotWidget::mouseDoubleClickEvent(QMouseEvent*)
{
    Q_EMIT zoomChosen(std::nullopt);
}

void PlotWidget::leaveEvent(QEvent*)
{
    Q_EMIT stepHovered(std::nullopt);
}

void PlotWidget::moveCrosshair(int direction)
{
    QList<double> steps;
    for (const Curve& curve : m_data.curves)
        for (const QPointF& p : curve.points)
            steps.append(p.x());
    std::sort(steps.begin(), steps.end());
    steps.erase(std::unique(steps.begin(), steps.end()), steps.end());
    if (steps.isEmpty())
        return;
    if (!m_crosshair) {
        Q_EMIT stepHovered(direction > 0 ? steps.front() : steps.back());
        return;
    }
    auto at = std::lower_bound(steps.begin(), steps.end(), *m_crosshair) - steps.begin();
    at = std::clamp<qsizetype>(at + direction, 0, steps.size() - 1);
    Q_EMIT stepHovered(steps[at]);
}

void PlotWidget::keyPressEvent(QKeyEvent* event)
{
    switch (event->key()) {
    case Qt::Key_Left:
    case Qt::Key_Right:
        moveCrosshair(event->key() == Qt::Key_Right ? 1 : -1);
        setAccessibleDescription(describe(m_data, m_crosshair));
        return;
    case Qt::Key_Return:
    case Qt::Key_Enter:
        if (m_crosshair)
            Q_EMIT stepClicked(static_cast<qint64>(*m_crosshair));
        return;
    case Qt::Key_Escape:
        Q_EMIT stepHovered(std::nullopt);
        return;
    case Qt::Key_L:
        setLogY(!m_logY);
        return;
    case Qt::Key_0:
        Q_EMIT zoomChosen(std::nullopt);
        return;
    default:
        QWidget::keyPressEvent(event);
    }
}

void PlotWidget::contextMenuEvent(QContextMenuEvent* event)
{
    auto* menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    QAction* log = menu->addAction(tr("Logarithmic axis"));
    log->setCheckable(true);
    log->setChecked(m_logY);
    log->setEnabled(!m_data.stacked);
    connect(log, &QAction::toggled, this, &PlotWidget::setLogY);
    connect(menu->addAction(icon(QStringLiteral("reset")), tr("Show all steps")), &QAction::triggered, this,
        [this] { Q_EMIT zoomChosen(std::nullopt); });
    menu->addSeparator();
    connect(menu->addAction(icon(QStringLiteral("image")), tr("Save as PNG…")), &QAction::triggered, this,
        [this] { Q_EMIT exportRequested(this, true); });
    connect(menu->addAction(icon(QStringLiteral("export")), tr("Save values as CSV…")), &QAction::triggered, this,
        [this] { Q_EMIT exportRequested(this, false); });
    menu->popup(event->globalPos());
}

} // namespace ahascope::ui
