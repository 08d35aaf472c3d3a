// Charts side by side: the large ones first, two in a row, then small multiples, as many in a row as fit.
#pragma once

#include <QList>
#include <QWidget>

namespace ahascope::ui {

class PlotWidget;

class ChartGrid : public QWidget {
    Q_OBJECT
public:
    explicit ChartGrid(QWidget* parent = nullptr);

    void setCharts(const QList<PlotWidget*>& large, const QList<PlotWidget*>& small);

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void arrange();

    QList<PlotWidget*> m_large;
    QList<PlotWidget*> m_small;
};

} // namespace ahascope::ui
