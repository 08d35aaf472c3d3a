// One model of the playground: which one, and what it answers, thinking and answer apart.
#pragma once

#include <QTimer>
#include <QWidget>

#include "ui/models/playground_side.h"

class QComboBox;
class QLabel;
class QTextEdit;
class QToolButton;

namespace ahascope::ui {

class AnswerView : public QWidget {
    Q_OBJECT
public:
    // `name`: "Model A", for who cannot see. `optional`: there may be no model.
    AnswerView(const QString& name, bool optional, QWidget* parent = nullptr);

    struct Choice {
        QString name;
        QString path;
        bool operator==(const Choice&) const = default;
    };
    void setChoices(const std::vector<Choice>& choices); // keeps what is chosen
    QString model() const;                               // path; empty: none
    void choose(const QString& path);                    // adds it where it is not among the choices

    PlaygroundSide& side() { return *m_side; }
    void showAnswer(std::size_t index);
    std::size_t answer() const { return m_answer; }
    QString stateText() const;
    QString bodyText() const;

Q_SIGNALS:
    void modelChosen();
    void stepRequested(int direction); // to the next or the previous answer

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    void browse();
    void refresh();
    void fill();

    PlaygroundSide* m_side;
    QComboBox* m_models;
    QLabel* m_state;
    QLabel* m_which;
    QToolButton* m_previous;
    QToolButton* m_next;
    QTextEdit* m_body;
    std::size_t m_answer = 0;
    std::size_t m_filled = 0; // tokens
};

} // namespace ahascope::ui
