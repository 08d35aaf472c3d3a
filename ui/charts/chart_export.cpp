#include "ui/charts/chart_export.h"

#include <map>
#include <vector>

namespace ahascope::ui {

namespace {
QByteArray quoted(const QString& text)
{
    QByteArray bytes = text.toUtf8();
    if (!bytes.contains(',') && !bytes.contains('"') && !bytes.contains('\n'))
        return bytes;
    bytes.replace('"', "\"\"");
    return '"' + bytes + '"';
}
}

QByteArray toCsv(const PlotData& data)
{
    struct Column {
        QString name;
        const QList<QPointF>* points;
    };
    std::vector<Column> columns;
    for (const Curve& curve : data.curves) {
        if (!curve.raw.isEmpty())
            columns.push_back({curve.name, &curve.raw});
        columns.push_back(
            {curve.raw.isEmpty() ? curve.name : curve.name + QStringLiteral(" (smoothed)"), &curve.points});
        if (!curve.low.isEmpty()) {
            columns.push_back({curve.name + QStringLiteral(" low"), &curve.low});
            columns.push_back({curve.name + QStringLiteral(" high"), &curve.high});
        }
    }
    std::map<double, std::vector<QByteArray>> rows;
    for (std::size_t k = 0; k < columns.size(); ++k)
        for (const QPointF& p : *columns[k].points) {
            auto& row = rows[p.x()];
            row.resize(columns.size());
            row[k] = QByteArray::number(p.y(), 'g', 17);
        }
    QByteArray csv = "step";
    for (const Column& column : columns)
        csv += ',' + quoted(column.name);
    csv += '\n';
    for (const auto& [step, values] : rows) {
        csv += QByteArray::number(step, 'g', 17);
        for (const QByteArray& value : values)
            csv += ',' + value;
        csv += '\n';
    }
    return csv;
}

} // namespace ahascope::ui
