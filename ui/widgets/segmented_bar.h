// A row of choices of which one holds: the workspaces, a filter.
#pragma once

#include <QWidget>

class QButtonGroup;
class QHBoxLayout;

namespace ahascope::ui {

class SegmentedBar : public QWidget {
    Q_OBJECT
public:
    explicit SegmentedBar(const QString& name, QWidget* parent = nullptr);

    void add(const QString& text, const QString& iconName, const QString& tooltip);
    int current() const;
    void setCurrent(int index); // without a signal; -1: none

Q_SIGNALS:
    void chosen(int index);

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QButtonGroup* m_group;
    QHBoxLayout* m_row;
};

} // namespace ahascope::ui
