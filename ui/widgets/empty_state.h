// What a pane shows while it has nothing to show: why, and what to do about it.
#pragma once

#include <QWidget>

class QLabel;
class QPushButton;

namespace ahascope::ui {

class EmptyState : public QWidget {
    Q_OBJECT
public:
    EmptyState(const QString& iconName, const QString& title, const QString& sentence, QWidget* parent = nullptr);

    // A button below the sentence; empty text hides it.
    void setAction(const QString& text, const QString& iconName = {}, const QString& tooltip = {});
    void setText(const QString& title, const QString& sentence);
    QSize minimumSizeHint() const override; // a page of a stack must not keep its pane large

Q_SIGNALS:
    void actionTriggered();

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    QWidget* m_emblem;
    QLabel* m_title;
    QLabel* m_sentence;
    QPushButton* m_action;
};

} // namespace ahascope::ui
