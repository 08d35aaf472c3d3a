// Columns of parts, each column stretched to the same height: how a whole was shared out, time after time.
#pragma once

#include <functional>
#include <optional>

#include <QList>
#include <QWidget>

class QPainter;

namespace ahascope::ui {

class ShareColumns : public QWidget {
    Q_OBJECT
public:
    struct Column {
        qint64 at = 0;         // a step
        QList<double> amounts; // from the bottom up
    };
    // `colours`: of the amounts, indices into Theme::series. `words`: a column's tooltip.
    ShareColumns(const QString& name, QList<int> colours, std::function<QString(const Column&)> words,
        QWidget* parent = nullptr);

    // The newest last; as many of them are drawn as there is room for.
    void show(const QList<Column>& columns);
    // The column under the pointer or chosen by keys, else the newest; null where there is none.
    const Column* current() const;

    QSize sizeHint() const override { return {240, minimumSizeHint().height()}; }
    QSize minimumSizeHint() const override;

Q_SIGNALS:
    void currentChanged();

protected:
    bool event(QEvent* event) override; // tooltips
    void paintEvent(QPaintEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    struct Frame { // of what is drawn
        qsizetype first = 0;
        qsizetype count = 0;
        double pitch = 0;
        double height = 0;
    };
    Frame frame() const;
    std::optional<qsizetype> columnAt(double x) const;
    void choose(std::optional<qsizetype> index);
    void tell(); // that the current column may be another
    void paintColumn(QPainter& painter, const Column& column, double x, const Frame& frame) const;
    void paintSteps(QPainter& painter, const Frame& frame) const;

    QList<int> m_colours;
    std::function<QString(const Column&)> m_words;
    QList<Column> m_columns;
    std::optional<qint64> m_chosen; // its step: columns move on
};

} // namespace ahascope::ui
