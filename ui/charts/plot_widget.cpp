#include "ui/charts/plot_widget.h"

#include <algorithm>
#include <cmath>

#include <QEvent>
#include <QPainter>

#include "ui/theme/theme.h"

namespace ahascope::ui {

namespace {
constexpr int padding = space::m;
constexpr double clickSlop = 4;
}

PlotWidget::PlotWidget(const QString& title, const QString& help, ChartScheduler& scheduler, QWidget* parent)
    : QWidget(parent)
    , m_scheduler(scheduler)
    , m_header{title, false}
{
    setMouseTracking(true);
    setFocusPolicy(Qt::StrongFocus);
    setAttribute(Qt::WA_OpaquePaintEvent);
    setMinimumSize(200, 130);
    setAccessibleName(title);
    setToolTip(QStringLiteral("<b>%1</b><br>%2").arg(title.toHtmlEscaped(), help.toHtmlEscaped()));
    m_empty = tr("No values yet");
}

void PlotWidget::setData(PlotData data, ChartScheduler::Reason reason)
{
    m_data = std::move(data);
    m_data.logY = m_logY && !m_data.stacked;
    m_stale = true;
    setAccessibleDescription(describe(m_data, std::nullopt));
    m_scheduler.request(this, reason);
}

void PlotWidget::setSource(std::function<PlotData()> source)
{
    m_source = std::move(source);
    invalidate(ChartScheduler::Reason::User);
}

void PlotWidget::invalidate(ChartScheduler::Reason reason)
{
    m_fetched = false;
    m_stale = true;
    m_scheduler.request(this, reason);
}

void PlotWidget::fetch()
{
    if (m_fetched || !m_source)
        return;
    m_fetched = true;
    m_data = m_source();
    m_data.logY = m_logY && !m_data.stacked;
    setAccessibleDescription(describe(m_data, std::nullopt));
}

void PlotWidget::setLarge(bool large)
{
    m_header.large = large;
    setMinimumHeight(large ? 220 : 130);
}

void PlotWidget::setLogY(bool on)
{
    if (m_logY == on)
        return;
    m_logY = on;
    m_data.logY = on && !m_data.stacked;
    m_stale = true;
    m_scheduler.request(this, ChartScheduler::Reason::User);
}

void PlotWidget::setZoom(const std::optional<Range>& zoom)
{
    if (m_zoom == zoom)
        return;
    m_zoom = zoom;
    m_stale = true;
    m_scheduler.request(this, ChartScheduler::Reason::User);
}

void PlotWidget::setCrosshair(std::optional<double> step)
{
    if (m_crosshair == step)
        return;
    m_crosshair = step;
    update();
}

void PlotWidget::setEmptyText(const QString& text)
{
    m_empty = text;
    update();
}

QSize PlotWidget::sizeHint() const
{
    return m_header.large ? QSize(520, 300) : QSize(280, 170);
}

QRectF PlotWidget::plotRect() const
{
    const QRectF inner = QRectF(rect()).adjusted(padding, padding - 2, -padding, -space::s);
    return inner.adjusted(0, m_header.height(m_data, inner.width()), 0, 0);
}

void PlotWidget::drawPixmap()
{
    fetch();
    m_pixmap = m_scene.draw(
        m_data, m_zoom, plotRect().size(), devicePixelRatioF(), themeFor(palette()), typeFont(Type::Caption));
    m_stale = false;
    update();
}

QImage PlotWidget::picture(double scale)
{
    const Theme& theme = themeFor(palette());
    QImage image((QSizeF(size()) * scale).toSize(), QImage::Format_RGB32);
    image.setDevicePixelRatio(scale);
    image.fill(theme.surface);
    QPainter painter(&image);
    painter.setRenderHints(QPainter::Antialiasing | QPainter::TextAntialiasing);
    const QRectF inner = QRectF(rect()).adjusted(padding, padding - 2, -padding, -space::s);
    m_header.paint(painter, inner, m_data, std::nullopt, theme);
    PlotScene scene;
    painter.drawPixmap(
        plotRect().topLeft(), scene.draw(m_data, m_zoom, plotRect().size(), scale, theme, typeFont(Type::Caption)));
    return image;
}

void PlotWidget::paintEvent(QPaintEvent*)
{
    const Theme& theme = themeFor(palette());
    QPainter painter(this);
    painter.fillRect(rect(), theme.window);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(hasFocus() ? QPen(theme.accent, 1.5) : QPen(theme.border, 1));
    painter.setBrush(theme.surface);
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.75, 0.75, -0.75, -0.75), 8, 8);
    const QRectF inner = QRectF(rect()).adjusted(padding, padding - 2, -padding, -space::s);
    m_header.paint(painter, inner, m_data, m_crosshair, theme);
    const QRectF area = plotRect();
    if (m_pixmap.isNull() || !m_scene.map()) {
        painter.setFont(typeFont(Type::Caption));
        painter.setPen(theme.muted);
        painter.drawText(area, Qt::AlignCenter | Qt::TextWordWrap, m_empty);
    } else {
        painter.drawPixmap(area, m_pixmap, QRectF(m_pixmap.rect()));
        paintCrosshair(painter, theme);
    }
    if (m_stale) // it may have been scrolled away when its turn came
        m_scheduler.request(this, m_pixmap.isNull() ? ChartScheduler::Reason::User : ChartScheduler::Reason::Data);
}

void PlotWidget::paintCrosshair(QPainter& painter, const Theme& theme) const
{
    const PlotMap& map = *m_scene.map();
    painter.translate(plotRect().topLeft());
    if (m_dragFrom) {
        QColor wash = theme.accent;
        wash.setAlphaF(0.15F);
        const double from = std::clamp(*m_dragFrom, map.area.left(), map.area.right());
        const double to = std::clamp(m_dragTo, map.area.left(), map.area.right());
        if (std::abs(to - from) > clickSlop)
            painter.fillRect(QRectF(QPointF(from, map.area.top()), QPointF(to, map.area.bottom())).normalized(), wash);
    }
    const QList<Curve> curves = m_data.stacked ? stack(m_data.curves) : m_data.curves;
    if (m_crosshair && map.x.contains(*m_crosshair)) {
        const double x = std::round(map.toX(*m_crosshair)) + 0.5;
        painter.setPen(QPen(theme.secondary, 1));
        painter.drawLine(QPointF(x, map.area.top()), QPointF(x, map.area.bottom()));
    }
    for (const Curve& curve : curves) {
        if (curve.points.isEmpty() || m_data.stacked)
            continue;
        const QColor colour = theme.series[static_cast<std::size_t>(curve.colour) % theme.series.size()];
        painter.setBrush(colour);
        painter.setPen(QPen(theme.surface, 1.5));
        const auto dot = [&](const QPointF& p, double radius) {
            if (map.x.contains(p.x()) && (!map.logY || p.y() > 0))
                painter.drawEllipse(QPointF(map.toX(p.x()), map.toY(p.y())), radius, radius);
        };
        if (curve.markers && curve.points.size() <= 60)
            for (const QPointF& p : curve.points)
                dot(p, 3.2);
        if (m_crosshair) {
            if (const auto p = nearestPoint(curve.points, *m_crosshair))
                dot(*p, 4.5);
        } else {
            dot(curve.points.back(), 4);
        }
    }
    painter.resetTransform();
}

std::optional<double> PlotWidget::nearestStep(double pixel) const
{
    if (!m_scene.map())
        return std::nullopt;
    const double wanted = m_scene.map()->stepAt(pixel - plotRect().left());
    std::optional<double> best;
    for (const Curve& curve : m_data.curves) {
        const auto after = std::lower_bound(curve.points.begin(), curve.points.end(), wanted,
            [](const QPointF& p, double value) { return p.x() < value; });
        for (auto at : {after, after == curve.points.begin() ? after : after - 1})
            if (at != curve.points.end() && (!best || std::abs(at->x() - wanted) < std::abs(*best - wanted)))
                best = at->x();
    }
    return best;
}

void PlotWidget::resizeEvent(QResizeEvent*)
{
    m_stale = true;
    m_scheduler.request(this, ChartScheduler::Reason::User);
}

void PlotWidget::showEvent(QShowEvent*)
{
    if (m_stale)
        m_scheduler.request(this, ChartScheduler::Reason::User);
}

void PlotWidget::changeEvent(QEvent* event)
{
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange) {
        m_stale = true;
        m_scheduler.request(this, ChartScheduler::Reason::User);
    }
    QWidget::changeEvent(event);
}

} // namespace ahascope::ui
