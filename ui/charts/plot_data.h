// What a chart shows, as plain values.
#pragma once

#include <optional>

#include <QList>
#include <QPointF>
#include <QString>
#include <Qt>

namespace ahascope::ui {

enum class NumberFormat {
    Plain,     // 3 significant digits, thousands as "1.2k"
    Percent,   // 0.823 is "82.3 %"
    Seconds,   // "340 ms", "2.1 s"
    Scientific // small numbers as "1.0e-4"
};

struct Range {
    double from = 0;
    double to = 1;
    bool operator==(const Range&) const = default;
    double span() const { return to - from; }
    bool contains(double value) const { return value >= from && value <= to; }
};

// One line. Points are ordered by x (a step); steps without a value have no point.
struct Curve {
    QString name;
    QList<QPointF> points;
    QList<QPointF> raw; // the unsmoothed values, drawn faintly behind; may be empty
    QList<QPointF> low; // of a confidence band, same x as `high`; may be empty
    QList<QPointF> high;
    int colour = 0; // index into Theme::series
    Qt::PenStyle dash = Qt::SolidLine;
    bool markers = false; // a dot at each point, for sparse values
};

struct Marker {
    double x = 0;
    QString label;
};

struct PlotData {
    QList<Curve> curves;
    std::optional<Range> steps; // the axis covers at least these, so that charts side by side line up
    NumberFormat format = NumberFormat::Plain;
    bool logY = false;
    bool stacked = false;           // curves are areas on top of each other
    bool fromZero = true;           // the axis includes 0 (not with logY)
    std::optional<double> baseline; // the base model's value, a dashed line
    QList<Marker> markers;          // stage borders, pauses
};

// "—" for a value that is not there.
QString noValue();
QString formatNumber(double value, NumberFormat format);
QString formatNumber(const std::optional<double>& value, NumberFormat format);

// The y of the point nearest to x within half the distance to its neighbours; none where the curve has no value.
std::optional<QPointF> nearestPoint(const QList<QPointF>& points, double x);

// Smallest ranges that hold every finite value that would be drawn; nothing when there is none.
std::optional<Range> xRange(const PlotData& data);
std::optional<Range> yRange(const PlotData& data, const Range& x);

// The stacked version of curves: each curve's points raised by those below it, over the x values all of them have.
QList<Curve> stack(const QList<Curve>& curves);

} // namespace ahascope::ui
