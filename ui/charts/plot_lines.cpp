#include "ui/charts/plot_lines.h"

#include <cmath>
#include <vector>

#include <QAreaSeries>
#include <QChart>
#include <QGraphicsScene>
#include <QLineSeries>
#include <QPainter>
#include <QValueAxis>

#include "ui/charts/decimate.h"
#include "ui/charts/plot_scene.h"
#include "ui/theme/theme.h"

namespace ahascope::ui {

namespace {
QValueAxis* bareAxis()
{
    auto* axis = new QValueAxis;
    axis->setLabelsVisible(false);
    axis->setGridLineVisible(false);
    axis->setLineVisible(false);
    axis->setTickCount(2);
    return axis;
}

QList<QPointF> shownPoints(const QList<QPointF>& points, const PlotMap& map)
{
    QList<QPointF> result = decimate(points, map.x.from, map.x.to, std::max(1, static_cast<int>(map.area.width())));
    if (!map.logY)
        return result;
    QList<QPointF> logs;
    for (const QPointF& p : result)
        if (p.y() > 0)
            logs.append({p.x(), std::log10(p.y())});
    return logs;
}

// What is drawn, in order: a line, or an area between two lines.
struct Piece {
    QList<QPointF> upper;
    QList<QPointF> lower; // of an area
    bool area = false;
    QPen pen;
    QColor fill;
};

Piece line(const QList<QPointF>& points, const PlotMap& map, const QColor& colour, double width, Qt::PenStyle dash)
{
    QPen pen(colour, width, dash, Qt::RoundCap, Qt::RoundJoin);
    return {shownPoints(points, map), {}, false, pen, {}};
}

std::vector<Piece> piecesOf(const PlotData& data, const PlotMap& map, const Theme& theme)
{
    std::vector<Piece> bands;
    std::vector<Piece> raws;
    std::vector<Piece> lines;
    QList<QPointF> below;
    for (const Curve& curve : data.stacked ? stack(data.curves) : data.curves) {
        const QColor colour = theme.series[static_cast<std::size_t>(curve.colour) % theme.series.size()];
        QColor soft = colour;
        if (data.stacked) {
            soft.setAlphaF(0.55F);
            QList<QPointF> floor = below;
            if (floor.isEmpty())
                floor = {{map.x.from, 0.0}, {map.x.to, 0.0}};
            bands.push_back({shownPoints(curve.points, map), shownPoints(floor, map), true, QPen(colour, 1), soft});
            below = curve.points;
            continue;
        }
        if (!curve.low.isEmpty()) {
            soft.setAlphaF(theme.dark ? 0.24F : 0.16F);
            bands.push_back({shownPoints(curve.high, map), shownPoints(curve.low, map), true, QPen(Qt::NoPen), soft});
        }
        if (!curve.raw.isEmpty()) {
            soft.setAlphaF(theme.dark ? 0.38F : 0.28F);
            raws.push_back(line(curve.raw, map, soft, 1, Qt::SolidLine));
        }
        lines.push_back(line(curve.points, map, colour, 2, curve.dash));
    }
    bands.insert(bands.end(), raws.begin(), raws.end());
    bands.insert(bands.end(), lines.begin(), lines.end());
    return bands;
}
}

struct PlotLines::Chart {
    QGraphicsScene scene;
    QChart* chart = new QChart; // owned by the scene
    QValueAxis* x = bareAxis();
    QValueAxis* y = bareAxis();
    struct Slot {
        QLineSeries* line = nullptr;
        QLineSeries* lower = nullptr;
        QAreaSeries* area = nullptr;
    };
    std::vector<Slot> pool;

    Chart()
    {
        scene.addItem(chart);
        chart->legend()->hide();
        chart->setBackgroundVisible(false);
        chart->setMargins({});
        chart->addAxis(x, Qt::AlignBottom);
        chart->addAxis(y, Qt::AlignLeft);
    }

    void attach(QAbstractSeries* series)
    {
        chart->addSeries(series);
        series->attachAxis(x);
        series->attachAxis(y);
    }

    static Slot makeSlot(bool area)
    {
        Slot made;
        made.line = new QLineSeries;
        if (area) {
            made.lower = new QLineSeries;
            made.area = new QAreaSeries(made.line, made.lower);
            made.line->setParent(made.area);
            made.lower->setParent(made.area);
        }
        return made;
    }

    // Series keep their kind; when the kinds changed (a band appeared), all are made again.
    void fitPool(const std::vector<Piece>& pieces)
    {
        bool fits = pieces.size() == pool.size();
        for (std::size_t k = 0; fits && k < pieces.size(); ++k)
            fits = pieces[k].area == (pool[k].area != nullptr);
        if (fits)
            return;
        chart->removeAllSeries();
        pool.clear();
        for (const Piece& piece : pieces) {
            pool.push_back(makeSlot(piece.area));
            attach(piece.area ? static_cast<QAbstractSeries*>(pool.back().area) : pool.back().line);
        }
    }
};

PlotLines::PlotLines() : m_chart(std::make_unique<Chart>()) { }
PlotLines::~PlotLines() = default;

void PlotLines::show(const PlotData& data, const PlotMap& map, const QSizeF& size, const Theme& theme)
{
    const std::vector<Piece> pieces = piecesOf(data, map, theme);
    m_chart->scene.setSceneRect(QRectF(QPointF(0, 0), size));
    m_chart->chart->setGeometry(QRectF(QPointF(0, 0), size));
    m_chart->chart->setPlotArea(map.area);
    m_chart->x->setRange(map.x.from, map.x.to);
    m_chart->y->setRange(map.y.from, map.y.to);
    m_chart->fitPool(pieces);
    for (std::size_t k = 0; k < pieces.size(); ++k) {
        Chart::Slot& held = m_chart->pool[k];
        held.line->replace(pieces[k].upper);
        if (held.area == nullptr) {
            held.line->setPen(pieces[k].pen);
            continue;
        }
        held.lower->replace(pieces[k].lower);
        held.area->setPen(pieces[k].pen);
        held.area->setBrush(pieces[k].fill);
    }
}

void PlotLines::render(QPainter& painter, const QSizeF& size)
{
    const QRectF whole(QPointF(0, 0), size);
    m_chart->scene.render(&painter, whole, whole);
}

} // namespace ahascope::ui
