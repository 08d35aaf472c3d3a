#include "ui/widgets/share_columns.h"

#include <algorithm>
#include <numeric>

#include <QHelpEvent>
#include <QKeyEvent>
#include <QPainter>
#include <QToolTip>

#include "ui/theme/theme.h"
#include "ui/widgets/labels.h"

namespace ahascope::ui {

namespace {
constexpr double narrowest = 8; // of a column with its gap
constexpr double widest = 24;
constexpr double lowest = 32;
}

ShareColumns::ShareColumns(
    const QString& name, QList<int> colours, std::function<QString(const Column&)> words, QWidget* parent)
    : QWidget(parent)
    , m_colours(std::move(colours))
    , m_words(std::move(words))
{
    setAccessibleName(name);
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
}

QSize ShareColumns::minimumSizeHint() const
{
    return {120, static_cast<int>(lowest + space::xs + QFontMetricsF(typeFont(Type::Caption)).height())};
}

void ShareColumns::show(const QList<Column>& columns)
{
    m_columns = columns;
    tell();
}

const ShareColumns::Column* ShareColumns::current() const
{
    for (const Column& column : m_columns)
        if (m_chosen && column.at == *m_chosen)
            return &column;
    return m_columns.isEmpty() ? nullptr : &m_columns.back();
}

ShareColumns::Frame ShareColumns::frame() const
{
    Frame frame;
    frame.count = std::min(m_columns.size(), static_cast<qsizetype>(width() / narrowest));
    frame.first = m_columns.size() - frame.count;
    frame.pitch = frame.count > 0 ? std::clamp(width() / static_cast<double>(frame.count), narrowest, widest) : 0;
    frame.height = height() - space::xs - QFontMetricsF(typeFont(Type::Caption)).height();
    return frame;
}

std::optional<qsizetype> ShareColumns::columnAt(double x) const
{
    const Frame drawn = frame();
    const auto place = drawn.pitch > 0 && x >= 0 ? static_cast<qsizetype>(x / drawn.pitch) : drawn.count;
    return place < drawn.count ? std::optional(drawn.first + place) : std::nullopt;
}

void ShareColumns::choose(std::optional<qsizetype> index)
{
    m_chosen = index ? std::optional(m_columns[*index].at) : std::nullopt;
    tell();
}

void ShareColumns::tell()
{
    setAccessibleDescription(current() != nullptr ? m_words(*current()) : QString());
    update();
    Q_EMIT currentChanged();
}

bool ShareColumns::event(QEvent* event)
{
    if (event->type() != QEvent::ToolTip)
        return QWidget::event(event);
    const auto* help = static_cast<QHelpEvent*>(event);
    if (const auto index = columnAt(help->pos().x()))
        QToolTip::showText(help->globalPos(), m_words(m_columns[*index]), this);
    else
        QToolTip::hideText();
    return true;
}

void ShareColumns::mouseMoveEvent(QMouseEvent* event)
{
    choose(columnAt(event->position().x()));
}

void ShareColumns::leaveEvent(QEvent*)
{
    choose(std::nullopt);
}

void ShareColumns::keyPressEvent(QKeyEvent* event)
{
    const Frame drawn = frame();
    const qsizetype now = current() != nullptr ? current() - m_columns.constData() : -1;
    const auto go = [&](qsizetype to) {
        if (drawn.count > 0)
            choose(std::clamp(to, drawn.first, m_columns.size() - 1));
    };
    switch (event->key()) {
    case Qt::Key_Left:
        return go(now - 1);
    case Qt::Key_Right:
        return go(now + 1);
    case Qt::Key_Home:
        return go(drawn.first);
    case Qt::Key_End:
    case Qt::Key_Escape:
        return choose(std::nullopt);
    default:
        QWidget::keyPressEvent(event);
    }
}

void ShareColumns::paintEvent(QPaintEvent*)
{
    const Theme& theme = themeFor(palette());
    QPainter painter(this);
    const Frame drawn = frame();
    for (qsizetype k = 0; k < drawn.count; ++k)
        paintColumn(painter, m_columns[drawn.first + k], static_cast<double>(k) * drawn.pitch, drawn);
    paintSteps(painter, drawn);
    if (hasFocus()) {
        painter.setPen(QPen(theme.accent, 1));
        painter.setBrush(Qt::NoBrush);
        painter.drawRect(QRectF(0.5, 0.5, static_cast<double>(drawn.count) * drawn.pitch - 1, drawn.height - 1));
    }
}

void ShareColumns::paintColumn(QPainter& painter, const Column& column, double x, const Frame& frame) const
{
    const Theme& theme = themeFor(palette());
    const double whole = std::accumulate(column.amounts.begin(), column.amounts.end(), 0.0);
    const bool chosen = m_chosen && column.at == *m_chosen;
    painter.setPen(Qt::NoPen);
    double y = frame.height;
    for (qsizetype k = 0; k < column.amounts.size() && whole > 0; ++k) {
        const double high = column.amounts[k] / whole * frame.height;
        const QColor& colour = theme.series[static_cast<std::size_t>(m_colours[k])];
        painter.setBrush(m_chosen && !chosen ? mix(theme.surface, colour, 0.45) : colour);
        painter.drawRect(QRectF(x, y - high, frame.pitch - 1, high));
        y -= high;
    }
}

void ShareColumns::paintSteps(QPainter& painter, const Frame& frame) const
{
    if (frame.count == 0)
        return;
    painter.setFont(typeFont(Type::Caption));
    painter.setPen(themeFor(palette()).muted);
    const QRectF line(0, frame.height + space::xs, width(), height() - frame.height - space::xs);
    const QString first = tr("step %1").arg(m_columns[frame.first].at);
    const QString last = QString::number(m_columns.back().at);
    const QFontMetricsF metrics(painter.font());
    painter.drawText(line, Qt::AlignLeft, first);
    const double end = static_cast<double>(frame.count) * frame.pitch;
    if (frame.count > 1 && end > metrics.horizontalAdvance(first + last) + space::s)
        painter.drawText(QRectF(0, line.top(), end, line.height()), Qt::AlignRight, last);
}

} // namespace ahascope::ui
