#include "ui/models/playground_side.h"

#include <chrono>
#include <mutex>

#include "core/formats/model_chat.h"
#include "core/text/prompt_template.h"
#include "ui/widgets/guarded.h"

namespace ahascope::ui {

using Clock = std::chrono::steady_clock;

namespace {
constexpr int pollEvery = 60; // milliseconds
}

// What the worker leaves for the window. The model is the worker's alone; one worker follows another.
struct PlaygroundSide::Mailbox {
    struct Piece {
        std::size_t sample = 0;
        ReaderToken token;
        bool finished = false; // instead: the sample has ended, with this rest of text
        bool endedByItself = false;
    };
    std::mutex mutex;
    std::vector<Piece> pieces;
    State state = State::Idle;
    std::string problem;
    std::string prompt;
    text::CompletionFormat format;
    Clock::time_point began;
    Clock::time_point latest;

    std::unique_ptr<pipeline::InteractiveModel> model;
    QString path;
    int threads = 0;

    template <typename Change>
    void with(Change change)
    {
        const std::lock_guard lock(mutex);
        change();
    }
};

PlaygroundSide::PlaygroundSide(QObject* parent) : QObject(parent), m_mailbox(std::make_shared<Mailbox>())
{
    m_poll.setInterval(pollEvery);
    connect(&m_poll, &QTimer::timeout, this, guarded(this, tr("Reading an answer"), [this] { take(); }));
}

PlaygroundSide::~PlaygroundSide() = default;

void PlaygroundSide::ask(PlaygroundQuestion question)
{
    if (isBusy())
        return;
    m_state = State::Loading;
    m_problem.clear();
    m_prompt.clear();
    m_answers.assign(static_cast<std::size_t>(question.request.samples), {});
    m_tokens = 0;
    m_seconds = 0;
    m_mailbox->with([&] {
        m_mailbox->pieces.clear();
        m_mailbox->state = State::Loading;
        m_mailbox->problem.clear();
    });
    m_worker = std::jthread([mailbox = m_mailbox, question = std::move(question)](std::stop_token stop) {
        try {
            work(stop, *mailbox, question);
        } catch (const std::exception& error) {
            mailbox->with([&] {
                mailbox->problem = error.what();
                mailbox->state = State::Failed;
            });
        }
    });
    m_poll.start();
    Q_EMIT changed();
}

void PlaygroundSide::work(std::stop_token stop, Mailbox& mailbox, const PlaygroundQuestion& question)
{
    if (mailbox.path != question.model || mailbox.threads != question.threads) {
        mailbox.model.reset(); // its memory first
        mailbox.path.clear();
        mailbox.model
            = std::make_unique<pipeline::InteractiveModel>(question.model.toStdString(), "cpu", question.threads);
        mailbox.path = question.model;
        mailbox.threads = question.threads;
    }
    pipeline::AnswerRequest request = question.request;
    request.prompt = question.question;
    text::CompletionFormat format;
    if (!question.templateText.empty()) {
        auto prompt = text::PromptTemplate::parse(question.templateText, "template");
        if (prompt.chat() != nullptr)
            prompt = prompt.withModel(formats::readModelChat(question.model.toStdString()));
        request.prompt = prompt.render(question.question);
        request.stop = prompt.stop();
        format = prompt.format();
    }
    mailbox.with([&] {
        mailbox.prompt = request.prompt;
        mailbox.format = format;
        mailbox.state = State::Answering;
        mailbox.began = mailbox.latest = Clock::now();
    });
    const auto put = [&](Mailbox::Piece piece) {
        mailbox.with([&] {
            mailbox.pieces.push_back(std::move(piece));
            mailbox.latest = Clock::now();
        });
    };
    mailbox.model->answer(request,
        {.token =
                [&](std::size_t sample, pipeline::AnswerToken token) {
                    put({sample, {token.id, std::move(token.text), token.logProb, token.entropy}});
                },
            .finished =
                [&](std::size_t sample, rollout::FinishReason reason, std::string rest) {
                    put({sample, {0, std::move(rest)}, true, reason == rollout::FinishReason::Stop});
                },
            .cancelled = [&] { return stop.stop_requested(); }});
    mailbox.with([&] { mailbox.state = stop.stop_requested() ? State::Stopped : State::Done; });
}

void PlaygroundSide::stop()
{
    m_worker.request_stop();
}

void PlaygroundSide::take()
{
    std::vector<Mailbox::Piece> pieces;
    m_mailbox->with([&] {
        pieces = std::exchange(m_mailbox->pieces, {});
        m_state = m_mailbox->state;
        m_problem = m_mailbox->problem;
        m_prompt = m_mailbox->prompt;
        m_format = m_mailbox->format;
        m_seconds = std::chrono::duration<double>(m_mailbox->latest - m_mailbox->began).count();
    });
    for (Mailbox::Piece& piece : pieces) {
        PlaygroundAnswer& answer = m_answers[piece.sample];
        if (!piece.finished) {
            answer.tokens.push_back(std::move(piece.token));
            ++m_tokens;
            continue;
        }
        if (!answer.tokens.empty())
            answer.tokens.back().text += piece.token.text;
        answer.finished = true;
        answer.endedByItself = piece.endedByItself;
    }
    if (!isBusy())
        m_poll.stop();
    Q_EMIT changed();
}

double PlaygroundSide::speed() const
{
    return m_seconds > 0 ? static_cast<double>(m_tokens) / m_seconds : 0;
}

ReaderMember PlaygroundSide::member(std::size_t index) const
{
    const PlaygroundAnswer& answer = m_answers.at(index);
    ReaderMember member;
    pipeline::Sample& sample = member.detail.sample;
    sample.prompt = m_prompt;
    sample.finish = answer.endedByItself ? pipeline::FinishReason::Stop : pipeline::FinishReason::Length;
    for (const ReaderToken& token : answer.tokens)
        sample.completion += token.text;
    member.tokens = answer.tokens;
    member.pieces
        = withProbabilities(piecesOf(sample, m_format, member.formatReason, member.mainLanguage), answer.tokens);
    return member;
}

} // namespace ahascope::ui
