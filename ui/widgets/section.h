// A heading that folds what is below it.
#pragma once

#include <QWidget>

class QHBoxLayout;
class QLabel;
class QToolButton;
class QVBoxLayout;

namespace ahascope::ui {

class Section : public QWidget {
    Q_OBJECT
public:
    explicit Section(const QString& title, QWidget* parent = nullptr);

    static constexpr int inset = 4; // of the body's left edge, in pixels
    QVBoxLayout* body() const { return m_body; }
    void setOpen(bool open);
    bool isOpen() const;
    // A remark at the heading's right end: "3 changed, 1 problem".
    void setRemark(const QString& text, const char* role = "muted");
    // A widget at the heading's right end: a button that adds or removes.
    void addHeadWidget(QWidget* widget);

Q_SIGNALS:
    void toggled(bool open);

private:
    QToolButton* m_head;
    QWidget* m_holder;
    QVBoxLayout* m_body;
    QLabel* m_remark;
    QHBoxLayout* m_headRow;
};

} // namespace ahascope::ui
