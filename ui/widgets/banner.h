// A line across the window about something that needs attention, with up to one action.
#pragma once

#include <functional>

#include <QFrame>

class QLabel;
class QPushButton;
class QToolButton;

namespace ahascope::ui {

class Banner : public QFrame {
    Q_OBJECT
public:
    enum class Tone { Info, Warning, Error, Done };
    explicit Banner(QWidget* parent = nullptr);

    void show(Tone tone, const QString& title, const QString& text = {});
    void setAction(const QString& text, std::function<void()> action);
    QString title() const;
    QString text() const;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    Tone m_tone = Tone::Info;
    QLabel* m_title;
    QLabel* m_text;
    QPushButton* m_button;
    std::function<void()> m_action;
};

} // namespace ahascope::ui
