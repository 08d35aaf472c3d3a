#include "ui/charts/chart_grid.h"

#include <algorithm>

#include "ui/charts/plot_widget.h"
#include "ui/theme/theme.h"

namespace ahascope::ui {

namespace {
constexpr int gap = space::s;
constexpr int smallWidth = 270;
constexpr int smallHeight = 180;
constexpr int largeWidth = 380;
constexpr int largeHeight = 290;
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

void ChartGrid::arrange()
{
    int y = gap;
    const auto place = [&](const QList<PlotWidget*>& plots, int narrowest, int height, int mostColumns) {
        if (plots.isEmpty())
            return;
        const int inner = width() - gap;
        const int count = static_cast<int>(plots.size());
        const int fitting = std::clamp(inner / (narrowest + gap), 1, mostColumns);
        const int rows = (count + fitting - 1) / fitting;
        const int columns = (count + rows - 1) / rows; // no row with a single straggler
        const int each = inner / columns;
        for (qsizetype k = 0; k < plots.size(); ++k) {
            const int column = static_cast<int>(k) % columns;
            plots[k]->setGeometry(gap + column * each, y, each - gap, height);
            if (column == columns - 1 || k == plots.size() - 1)
                y += height + gap;
        }
    };
    place(m_large, largeWidth, largeHeight, 2);
    place(m_small, smallWidth, smallHeight, 6);
    setMinimumHeight(y);
}

} // namespace ahascope::ui
