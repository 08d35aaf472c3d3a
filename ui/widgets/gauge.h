// A figure of the machine: its name and value, a bar of how much of the whole it is, and how it went lately.
#pragma once

#include <optional>

#include <QList>
#include <QWidget>

namespace ahascope::ui {

class Gauge : public QWidget {
    Q_OBJECT
public:
    enum class Bar { None, Share };
    struct Figure {
        QString value;               // "61 of 80 GB"
        std::optional<double> share; // of the bar, 0 to 1
        QList<double> history;       // shares, the newest last; NaN where there is none
    };
    // `help`: what it is and its unit.
    Gauge(const QString& name, const QString& help, Bar bar, QWidget* parent = nullptr);

    void show(const Figure& figure);
    QString text() const; // "Memory 61 of 80 GB"
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return {96, sizeHint().height()}; }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QString m_name;
    QString m_help;
    Bar m_bar;
    Figure m_figure;
};

} // namespace ahascope::ui
