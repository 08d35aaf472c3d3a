#include "ui/widgets/gauge_row.h"

#include <algorithm>

#include <QGridLayout>
#include <QResizeEvent>
#include <QStringList>

#include "ui/theme/theme.h"
#include "ui/widgets/gauge.h"

namespace ahascope::ui {

namespace {
constexpr int comfortable = 140; // pixels of one gauge
}

GaugeRow::GaugeRow(const QList<Gauge*>& gauges, QWidget* parent)
    : QWidget(parent)
    , m_gauges(gauges)
    , m_grid(new QGridLayout(this))
{
    m_grid->setContentsMargins(0, 0, 0, 0);
    m_grid->setHorizontalSpacing(space::l);
    m_grid->setVerticalSpacing(space::s);
    layOut(static_cast<int>(gauges.size()));
}

void GaugeRow::resizeEvent(QResizeEvent* event)
{
    const int all = static_cast<int>(m_gauges.size());
    const bool fits = event->size().width() >= all * comfortable + (all - 1) * space::l;
    layOut(fits ? all : std::max(1, all / 2));
}

void GaugeRow::layOut(int columns)
{
    if (columns == m_columns)
        return;
    for (int column = 0; column < static_cast<int>(m_gauges.size()); ++column)
        m_grid->setColumnStretch(column, column < columns ? 1 : 0);
    for (int k = 0; k < static_cast<int>(m_gauges.size()); ++k)
        m_grid->addWidget(m_gauges[k], k / columns, k % columns);
    m_columns = columns;
}

QString GaugeRow::text() const
{
    QStringList lines;
    for (const Gauge* gauge : m_gauges)
        lines << gauge->text();
    return lines.join(QLatin1Char('\n'));
}

} // namespace ahascope::ui
