// Gauges in columns of one width: side by side where there is room, else in several rows.
#pragma once

#include <QList>
#include <QWidget>

class QGridLayout;

namespace ahascope::ui {

class Gauge;

class GaugeRow : public QWidget {
    Q_OBJECT
public:
    explicit GaugeRow(const QList<Gauge*>& gauges, QWidget* parent = nullptr);

    QString text() const; // of all of them, one line each

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void layOut(int columns);

    QList<Gauge*> m_gauges;
    QGridLayout* m_grid;
    int m_columns = 0;
};

} // namespace ahascope::ui
