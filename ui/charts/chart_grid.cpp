#include "ui/charts/chart_grid.h"

#include <algorithm>

#include "ui/charts/plot_widget.h"
#include "ui/theme/theme.h"

namespace ahascope::ui {

namespace {
constexpr int gap = space::s;
constexpr int smallWidth = 270;
constexpr int largeWidth = 380;
constexpr int largeHeight = 290;
constexpr double mostGrowth = 1.5; // of the rows, where there is more height than they need
}

ChartGrid::ChartGrid(QWidget* parent) : QWidget(parent) { }

void ChartGrid::setCharts(const QList<PlotWidget*>& large, const QList<PlotWidget*>& small)
{
    m_large = large;
    m_small = small;
    for (PlotWidget* plot : m_large + m_small)
        plot->setParent(this);
    arrange();
    for (PlotWidget* plot : m_large + m_small)
        plot->show();
}

void ChartGrid::resizeEvent(QResizeEvent*)
{
    arrange();
}

namespace {
struct Rows {
    int columns = 1;
    int rows = 0;
};

Rows rowsOf(qsizetype plots, int inner, int narrowest, int mostColumns)
{
    if (plots == 0)
        return {};
    const int count = static_cast<int>(plots);
    const int fitting = std::clamp(inner / (narrowest + gap), 1, mostColumns);
    const int rows = (count + fitting - 1) / fitting;
    return {(count + rows - 1) / rows, rows}; // no row with a single straggler
}
}

void ChartGrid::arrange()
{
    const int inner = width() - gap;
    const Rows large = rowsOf(m_large.size(), inner, largeWidth, 2);
    const Rows small = rowsOf(m_small.size(), inner, smallWidth, 6);
    const int needed = gap + large.rows * (largeHeight + gap) + small.rows * (m_smallHeight + gap);
    const double grow = std::clamp(static_cast<double>(height()) / needed, 1.0, mostGrowth);
    setMinimumHeight(needed);
    int y = gap;
    const auto place = [&](const QList<PlotWidget*>& plots, const Rows& shape, int lowest) {
        const int each = inner / shape.columns;
        const int high = static_cast<int>((lowest + gap) * grow) - gap;
        for (qsizetype k = 0; k < plots.size(); ++k) {
            const int column = static_cast<int>(k) % shape.columns;
            plots[k]->setGeometry(gap + column * each, y, each - gap, high);
            if (column == shape.columns - 1 || k == plots.size() - 1)
                y += high + gap;
        }
    };
    place(m_large, large, largeHeight);
    place(m_small, small, m_smallHeight);
}

} // namespace ahascope::ui
