// Charts side by side: the large ones first, two in a row, then small multiples, as many in a row as fit. Rows grow
// into height that is left over.
#pragma once

#include <QList>
#include <QWidget>

namespace ahascope::ui {

class PlotWidget;

class ChartGrid : public QWidget {
    Q_OBJECT
public:
    explicit ChartGrid(QWidget* parent = nullptr);

    // The least height of a row of small multiples, in pixels.
    void setSmallHeight(int height) { m_smallHeight = height; }
    void setCharts(const QList<PlotWidget*>& large, const QList<PlotWidget*>& small);

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void arrange();

    QList<PlotWidget*> m_large;
    QList<PlotWidget*> m_small;
    int m_smallHeight = 180;
};

} // namespace ahascope::ui
