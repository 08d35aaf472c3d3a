// A prompt for one or two models, side by side: base and tuned, before and after.
#pragma once

#include <QWidget>

class QComboBox;
class QDoubleSpinBox;
class QLabel;
class QPlainTextEdit;
class QPushButton;
class QSpinBox;

namespace ahascope::ui {

class AnswerView;
struct Workbench;

class PlaygroundPane : public QWidget {
    Q_OBJECT
public:
    explicit PlaygroundPane(Workbench& workbench, QWidget* parent = nullptr);

    enum class PromptKind { Question, Conversation, Plain };
    void setPrompt(PromptKind kind, const QString& text);
    void setDrawing(double temperature, int samples, int seed, int longest);
    AnswerView& first() { return *m_first; }
    AnswerView& second() { return *m_second; }
    void ask(); // or stop, where an answer is under way

protected:
    void showEvent(QShowEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    QWidget* makeQuestion();
    QWidget* makeDrawing();
    void offerModels();
    void offerCheckpoints();
    std::string templateText() const;
    void showState();
    void step(int direction);
    bool isBusy() const;

    Workbench& m_workbench;
    QComboBox* m_kind = nullptr;
    QPlainTextEdit* m_prompt = nullptr;
    QDoubleSpinBox* m_temperature = nullptr;
    QDoubleSpinBox* m_topP = nullptr;
    QSpinBox* m_longest = nullptr;
    QSpinBox* m_samples = nullptr;
    QSpinBox* m_seed = nullptr;
    QPushButton* m_ask = nullptr;
    AnswerView* m_first;
    AnswerView* m_second;
    QList<QPair<QString, QString>> m_checkpoints; // name, path; of the open run
};

} // namespace ahascope::ui
