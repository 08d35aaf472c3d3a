#include "ui/widgets/sparkline.h"

#include <algorithm>
#include <cmath>

#include <QPainter>
#include <QPainterPath>

#include "ui/theme/theme.h"

namespace ahascope::ui {

void paintSparkline(QPainter& painter, const QRectF& rect, const QList<double>& values, const Theme& theme)
{
    const auto finite = std::count_if(values.begin(), values.end(), [](double value) { return std::isfinite(value); });
    if (finite == 0 || values.size() < 2)
        return;
    const QRectF inner = rect.adjusted(2, 3, -4, -3);
    QPainterPath path;
    QPointF last;
    bool started = false;
    for (qsizetype k = 0; k < values.size(); ++k) {
        if (!std::isfinite(values[k]))
            continue;
        last = QPointF(inner.left() + inner.width() * static_cast<double>(k) / static_cast<double>(values.size() - 1),
            inner.bottom() - inner.height() * std::clamp(values[k], 0.0, 1.0));
        started ? path.lineTo(last) : path.moveTo(last);
        started = true;
    }
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(theme.series[0], 1.6, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter.drawPath(path);
    painter.setPen(Qt::NoPen);
    painter.setBrush(theme.series[0]);
    painter.drawEllipse(last, 2.4, 2.4);
    painter.restore();
}

} // namespace ahascope::ui
