#include "ui/widgets/gauge.h"

#include <algorithm>

#include <QPainter>

#include "ui/theme/theme.h"
#include "ui/widgets/labels.h"
#include "ui/widgets/sparkline.h"

namespace ahascope::ui {

namespace {
constexpr double barHeight = 4;
constexpr double curveHeight = 20;

double lineHeight()
{
    return QFontMetricsF(typeFont(Type::Caption)).height();
}
}

Gauge::Gauge(const QString& name, const QString& help, Bar bar, QWidget* parent)
    : QWidget(parent)
    , m_name(name)
    , m_help(help)
    , m_bar(bar)
{
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    show({});
}

void Gauge::show(const Figure& figure)
{
    m_figure = figure;
    if (m_figure.value.isEmpty())
        m_figure.value = QStringLiteral("—");
    describe(this, m_name, text() + QStringLiteral(". ") + m_help);
    update();
}

QString Gauge::text() const
{
    return m_name + QLatin1Char(' ') + m_figure.value;
}

QSize Gauge::sizeHint() const
{
    const double bar = m_bar == Bar::Share ? barHeight + space::xs : 0;
    return {150, static_cast<int>(lineHeight() + space::xs + bar + curveHeight)};
}

void Gauge::paintEvent(QPaintEvent*)
{
    const Theme& theme = themeFor(palette());
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QFont font = typeFont(Type::Caption);
    const QFontMetricsF metrics(font);
    painter.setFont(font);
    const QRectF line(0, 0, width(), metrics.height());
    painter.setPen(theme.text);
    painter.drawText(line, Qt::AlignRight, m_figure.value);
    painter.setPen(theme.secondary);
    const double room = line.width() - metrics.horizontalAdvance(m_figure.value) - space::s;
    painter.drawText(line, Qt::AlignLeft, metrics.elidedText(m_name, Qt::ElideRight, room));
    double y = line.bottom() + space::xs;
    if (m_bar == Bar::Share) {
        painter.setPen(Qt::NoPen);
        painter.setBrush(theme.sunken);
        painter.drawRoundedRect(QRectF(0, y, width(), barHeight), 2, 2);
        painter.setBrush(theme.series[0]);
        if (const double wide = width() * std::clamp(m_figure.share.value_or(0), 0.0, 1.0); wide >= 1)
            painter.drawRoundedRect(QRectF(0, y, wide, barHeight), 2, 2);
        y += barHeight + space::xs;
    }
    paintSparkline(painter, QRectF(0, y, width(), curveHeight), m_figure.history, theme);
}

} // namespace ahascope::ui
