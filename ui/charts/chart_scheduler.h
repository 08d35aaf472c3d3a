// When charts are drawn: one per turn of the event loop, only those that can be seen, and new data no more often than
// the window's share of a core allows.
#pragma once

#include <QElapsedTimer>
#include <QList>
#include <QObject>
#include <QPointer>
#include <QTimer>

namespace ahascope::ui {

class PlotWidget;

class ChartScheduler : public QObject {
    Q_OBJECT
public:
    explicit ChartScheduler(QObject* parent = nullptr);

    enum class Reason {
        User, // resized, zoomed, smoothed: as soon as may be
        Data  // new values: within the budget
    };
    void request(PlotWidget* plot, Reason reason);

    // The drawing of one chart, for measurements: milliseconds of this thread's own time.
    double lastCost() const { return m_lastCost; }
    int drawings() const { return m_drawings; } // so far

private:
    void drawNext();
    void arm();

    QList<QPointer<PlotWidget>> m_urgent;
    QList<QPointer<PlotWidget>> m_waiting;
    QTimer m_timer;
    QElapsedTimer m_sinceRound;
    double m_roundCost = 0; // of the data-driven drawings since the last rest, milliseconds
    double m_lastCost = 0;
    int m_drawings = 0;
};

} // namespace ahascope::ui
