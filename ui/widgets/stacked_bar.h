// A bar of parts against a whole: the memory plan.
#pragma once

#include <QList>
#include <QString>
#include <QWidget>

namespace ahascope::ui {

class StackedBar : public QWidget {
    Q_OBJECT
public:
    struct Part {
        QString name;
        double amount = 0;
        QString text;   // "12.4 MB"
        int colour = 0; // index into Theme::series
    };
    // `help`: what the parts are, for the tooltip.
    StackedBar(const QString& name, const QString& help, QWidget* parent = nullptr);

    // `whole` is what there is; parts above it are drawn in the colour of trouble.
    void show(const QList<Part>& parts, double whole, const QString& caption);
    QString caption() const { return m_caption; }
    QSize sizeHint() const override { return {240, heightForWidth(240)}; }
    QSize minimumSizeHint() const override { return {120, heightForWidth(QWIDGETSIZE_MAX)}; } // its legend in one row
    bool hasHeightForWidth() const override { return true; }
    int heightForWidth(int width) const override;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    // Where each part's entry of the legend stands; as many rows as are needed.
    QList<QPointF> legendPlaces(double width) const;

    QString m_help;
    QList<Part> m_parts;
    double m_whole = 0;
    QString m_caption;
};

// "1.5 MB", binary steps of 1,024.
QString formatBytes(double bytes);

} // namespace ahascope::ui
