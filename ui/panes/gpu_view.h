// One GPU in the Hardware pane: its name and what it does.
#pragma once

#include <QWidget>

class QLabel;

namespace ahascope::ui {

class Gauge;
class GaugeRow;
class GpuHistory;

class GpuView : public QWidget {
    Q_OBJECT
public:
    explicit GpuView(QWidget* parent = nullptr);

    void show(const GpuHistory& history, std::size_t gpu);
    QString text() const; // its name and figures, one line each

private:
    QLabel* m_name;
    QList<Gauge*> m_gauges;
    GaugeRow* m_row;
};

} // namespace ahascope::ui
