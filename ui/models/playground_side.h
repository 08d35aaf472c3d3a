// One model of the playground: it is loaded and asked on a thread of its own, its answers come back as they grow.
#pragma once

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <QObject>
#include <QTimer>

#include "core/pipeline/interactive_model.h"
#include "ui/models/reader_content.h"

namespace ahascope::ui {

struct PlaygroundQuestion {
    QString model;            // path
    std::string templateText; // the question goes through it; empty: the question is the prompt as it stands
    std::string question;
    pipeline::AnswerRequest request; // its prompt is filled in
    int threads = 1;
};

struct PlaygroundAnswer {
    std::vector<ReaderToken> tokens;
    bool finished = false;
    bool endedByItself = false;
};

class PlaygroundSide : public QObject {
    Q_OBJECT
public:
    enum class State { Idle, Loading, Answering, Done, Stopped, Failed };

    explicit PlaygroundSide(QObject* parent = nullptr);
    ~PlaygroundSide() override; // stops and waits

    // Not while it is busy.
    void ask(PlaygroundQuestion question);
    void stop(); // soon
    bool isBusy() const { return m_state == State::Loading || m_state == State::Answering; }

    State state() const { return m_state; }
    const std::string& problem() const { return m_problem; }
    const std::string& prompt() const { return m_prompt; } // as the model saw it
    const std::vector<PlaygroundAnswer>& answers() const { return m_answers; }
    // Tokens per second of all answers together.
    double speed() const;
    // An answer as the reader shows it, with the probability of each token.
    ReaderMember member(std::size_t answer) const;

Q_SIGNALS:
    void changed();

private:
    struct Mailbox;
    static void work(std::stop_token stop, Mailbox& mailbox, const PlaygroundQuestion& question);
    void take();

    std::shared_ptr<Mailbox> m_mailbox; // and the model, which stays loaded
    std::jthread m_worker;
    QTimer m_poll;
    State m_state = State::Idle;
    std::string m_problem;
    std::string m_prompt;
    text::CompletionFormat m_format;
    std::vector<PlaygroundAnswer> m_answers;
    double m_seconds = 0; // of answering
    std::size_t m_tokens = 0;
};

} // namespace ahascope::ui
