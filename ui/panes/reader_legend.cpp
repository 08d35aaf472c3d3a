#include "ui/panes/reader_legend.h"

#include <QLinearGradient>
#include <QPainter>

#include "ui/theme/theme.h"
#include "ui/widgets/labels.h"

namespace ahascope::ui {

ReaderLegend::ReaderLegend(QWidget* parent) : QWidget(parent)
{
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void ReaderLegend::show(ReaderMode mode, int reflections, const QString& languages, const QString& note)
{
    m_mode = mode;
    m_reflections = reflections;
    m_languages = languages;
    m_note = note;
    setAccessibleName(tr("Legend: %1, second language %2")
                          .arg(counted(reflections, tr("reflection"), tr("reflections")),
                              languages.isEmpty() ? tr("none") : languages));
    update();
}

QSize ReaderLegend::sizeHint() const
{
    return {200, QFontMetrics(typeFont(Type::Caption)).height() + space::m};
}

void ReaderLegend::paintEvent(QPaintEvent*)
{
    const Theme& theme = themeFor(palette());
    QPainter painter(this);
    painter.fillRect(rect(), theme.surface);
    painter.fillRect(QRect(0, 0, width(), 1), theme.border);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setFont(typeFont(Type::Caption));
    const QFontMetricsF metrics(painter.font());
    double x = space::m;
    const double middle = height() / 2.0;
    const auto word = [&](const QString& text, const QColor& ink) {
        painter.setPen(ink);
        const double wide = metrics.horizontalAdvance(text);
        painter.drawText(QRectF(x, 0, wide + 2, height()), Qt::AlignVCenter, text);
        x += wide + space::s;
    };
    const auto swatch = [&](const QBrush& brush, double wide) {
        painter.setPen(Qt::NoPen);
        painter.setBrush(brush);
        painter.drawRoundedRect(QRectF(x, middle - 6, wide, 12), 3, 3);
        x += wide + 6;
    };
    if (m_mode == ReaderMode::Reading) {
        swatch(theme.reflection, 16);
        word(counted(m_reflections, tr("reflection"), tr("reflections")), theme.secondary);
        x += space::s;
        swatch(theme.language, 16);
        word(m_languages.isEmpty() ? tr("no second language") : tr("second language: %1").arg(m_languages),
            theme.secondary);
    } else if (m_mode == ReaderMode::Tokens) {
        swatch(theme.tokenA, 16);
        swatch(theme.tokenB, 16);
        word(tr("tokens; rest on one for its id and probability"), theme.secondary);
    } else {
        word(m_mode == ReaderMode::Entropy ? tr("certain") : tr("expected"), theme.secondary);
        QLinearGradient heat(x, 0, x + 90, 0);
        heat.setColorAt(0, theme.surface);
        heat.setColorAt(1, mix(theme.surface, theme.heat, 0.75));
        swatch(heat, 90);
        word(m_mode == ReaderMode::Entropy ? tr("undecided (3 nats or more)")
                                           : tr("surprising (log-probability −5 or less)"),
            theme.secondary);
    }
    if (!m_note.isEmpty()) {
        x += space::s;
        word(metrics.elidedText(m_note, Qt::ElideRight, std::max(40.0, width() - x - space::m)), theme.warning);
    }
}

} // namespace ahascope::ui
