#include "ui/panes/playground_pane.h"

#include <algorithm>
#include <thread>

#include <QComboBox>
#include <QDoubleSpinBox>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSpinBox>
#include <QSplitter>
#include <QVBoxLayout>

#include "core/text/prompt_template.h"
#include "ui/models/current_run.h"
#include "ui/models/experiment_document.h"
#include "ui/models/models_model.h"
#include "ui/models/store_access.h"
#include "ui/panes/answer_view.h"
#include "ui/widgets/guarded.h"
#include "ui/widgets/labels.h"
#include "ui/workbench.h"

namespace ahascope::ui {

namespace {

// The plain conversation: the question as the user's message.
constexpr const char* chatTemplate = "+++\n[chat]\n+++\n";

template <typename Spin, typename Number>
Spin* spin(Number low, Number high, Number step, Number value, const QString& name, const QString& tooltip)
{
    auto* made = new Spin;
    made->setRange(low, high);
    made->setSingleStep(step);
    made->setValue(value);
    made->setMaximumWidth(110);
    describe(made, name, tooltip);
    return made;
}

} // namespace

PlaygroundPane::PlaygroundPane(Workbench& workbench, QWidget* parent)
    : QWidget(parent)
    , m_workbench(workbench)
    , m_first(new AnswerView(tr("Model A"), false))
    , m_second(new AnswerView(tr("Model B"), true))
{
    auto* sides = new QSplitter(Qt::Horizontal);
    sides->setChildrenCollapsible(false);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(makeQuestion());
    column->addWidget(sides, 1);
    for (AnswerView* view : {m_first, m_second}) {
        sides->addWidget(view);
        connect(&view->side(), &PlaygroundSide::changed, this,
            guarded(this, tr("Following an answer"), [this] { showState(); }));
        connect(view, &AnswerView::stepRequested, this,
            guarded(this, tr("Showing an answer"), [this](int direction) { step(direction); }));
    }
    connect(&workbench.models, &ModelsModel::searched, this,
        guarded(this, tr("Listing models"), [this] { offerModels(); }));
    for (const auto signal : {&CurrentRun::opened, &CurrentRun::stateChanged})
        connect(
            &workbench.current, signal, this, guarded(this, tr("Listing checkpoints"), [this] { offerCheckpoints(); }));
    setFocusProxy(m_prompt);
    showState();
}

QWidget* PlaygroundPane::makeQuestion()
{
    auto* frame = new QFrame;
    frame->setProperty("role", "bar");
    auto* column = new QVBoxLayout(frame);
    column->setContentsMargins(space::m, space::s, space::m, space::s);
    column->setSpacing(space::s);
    m_prompt = new QPlainTextEdit;
    m_prompt->setPlaceholderText(tr("Ask something"));
    m_prompt->setTabChangesFocus(true);
    m_prompt->setFixedHeight(4 * fontMetrics().lineSpacing() + 2 * space::s);
    m_prompt->installEventFilter(this);
    describe(m_prompt, tr("Prompt"), tr("Ctrl+Return asks"));
    column->addWidget(m_prompt);
    column->addWidget(makeDrawing());
    return frame;
}

QWidget* PlaygroundPane::makeDrawing()
{
    auto* holder = new QWidget;
    auto* row = new QHBoxLayout(holder);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(space::s);
    m_kind = new QComboBox;
    describe(m_kind, tr("What becomes of the prompt"),
        tr("The question in the experiment's template, in the model's own conversation format, or the text as it "
           "stands"));
    m_kind->addItem(tr("Experiment's template"));
    m_kind->addItem(tr("Model's chat template"));
    m_kind->addItem(tr("Text as it stands"));
    m_temperature = spin<QDoubleSpinBox>(
        0.0, 5.0, 0.1, 1.0, tr("Temperature"), tr("0 always takes the likeliest token; 1 draws as the model says"));
    m_topP = spin<QDoubleSpinBox>(
        0.01, 1.0, 0.05, 1.0, tr("Top p"), tr("Draws from the likeliest tokens that make up this share"));
    m_longest = spin<QSpinBox>(1, 1 << 20, 64, 512, tr("Most tokens"), tr("Of an answer"));
    m_samples = spin<QSpinBox>(1, 64, 1, 1, tr("Answers"), tr("Of each model"));
    m_seed = spin<QSpinBox>(
        0, 2'000'000'000, 1, 0, tr("Seed"), tr("Equal seeds, equal answers, as ahascope-cli generate"));
    m_ask = button({}, QStringLiteral("play"), {}, true);
    row->addWidget(m_kind);
    for (QWidget* made : std::initializer_list<QWidget*>{m_temperature, m_topP, m_longest, m_samples, m_seed}) {
        auto* name = label(made->accessibleName(), Type::Body, "secondary");
        name->setBuddy(made);
        row->addSpacing(space::xs);
        row->addWidget(name);
        row->addWidget(made);
    }
    row->addStretch();
    row->addWidget(m_ask);
    connect(m_ask, &QPushButton::clicked, this, guarded(this, tr("Asking"), [this] { ask(); }));
    return holder;
}

void PlaygroundPane::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    m_workbench.models.searchOnce();
}

bool PlaygroundPane::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == m_prompt && event->type() == QEvent::KeyPress) {
        const auto* key = static_cast<QKeyEvent*>(event);
        if (key->key() == Qt::Key_Return && key->modifiers() == Qt::ControlModifier) {
            m_ask->click();
            return true;
        }
    }
    return QWidget::eventFilter(watched, event);
}

// The open run's checkpoints come first, the newest at the top.
void PlaygroundPane::offerModels()
{
    std::vector<AnswerView::Choice> choices;
    for (const auto& [name, path] : m_checkpoints)
        choices.push_back({name, path});
    const ModelsModel& models = m_workbench.models;
    for (int row = 0; row < models.rowCount(); ++row) {
        const QString path = models.index(row, 0).data(ModelsModel::PathRole).toString();
        if (models.find(path)->problem.empty())
            choices.push_back({models.index(row, ModelsModel::Name).data().toString(), path});
    }
    m_first->setChoices(choices);
    m_second->setChoices(choices);
    showState();
}

void PlaygroundPane::offerCheckpoints()
{
    const qint64 run = m_workbench.current.number();
    if (run == 0)
        return;
    m_workbench.store.askRun(
        run, this, QStringLiteral("playground"), tr("Listing checkpoints"),
        [](store::RunReader& reader) {
            QList<QPair<QString, QString>> found;
            const QString name = QString::fromStdString(reader.info().name);
            for (const store::CheckpointInfo& checkpoint : reader.checkpoints())
                found.prepend({tr("%1, step %2").arg(name).arg(checkpoint.globalStep),
                    QString::fromStdString((reader.folder() / checkpoint.path).string())});
            return found;
        },
        [this](const QList<QPair<QString, QString>>& found) {
            m_checkpoints = found;
            offerModels();
        });
}

void PlaygroundPane::setPrompt(PromptKind kind, const QString& text)
{
    m_kind->setCurrentIndex(static_cast<int>(kind));
    m_prompt->setPlainText(text);
}

void PlaygroundPane::setDrawing(double temperature, int samples, int seed, int longest)
{
    m_temperature->setValue(temperature);
    m_samples->setValue(samples);
    m_seed->setValue(seed);
    m_longest->setValue(longest);
}

std::string PlaygroundPane::templateText() const
{
    switch (static_cast<PromptKind>(m_kind->currentIndex())) {
    case PromptKind::Question: {
        // The experiment in Design, else the open run's.
        const std::string& text = m_workbench.document.isOpen() || !m_workbench.current.isKnown()
            ? m_workbench.document.experiment().prompt.text
            : m_workbench.current.info().description.templateText;
        return text.empty() ? std::string(text::r1ZeroTemplate()) : text;
    }
    case PromptKind::Conversation:
        return chatTemplate;
    case PromptKind::Plain:
        break;
    }
    return {};
}

bool PlaygroundPane::isBusy() const
{
    return m_first->side().isBusy() || m_second->side().isBusy();
}

void PlaygroundPane::ask()
{
    if (isBusy()) {
        m_first->side().stop();
        m_second->side().stop();
        return;
    }
    const bool both = !m_first->model().isEmpty() && !m_second->model().isEmpty();
    const int cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
    for (AnswerView* view : {m_first, m_second}) {
        if (view->model().isEmpty())
            continue;
        PlaygroundQuestion question;
        question.model = view->model();
        question.templateText = templateText();
        question.question = m_prompt->toPlainText().toStdString();
        question.threads = both ? std::max(1, cores / 2) : cores;
        question.request = {.prompt = {},
            .samples = m_samples->value(),
            .maxNewTokens = m_longest->value(),
            .temperature = m_temperature->value(),
            .topP = m_topP->value(),
            .seed = static_cast<std::uint64_t>(m_seed->value())};
        view->showAnswer(0);
        view->side().ask(std::move(question));
    }
}

void PlaygroundPane::showState()
{
    const bool busy = isBusy();
    m_ask->setText(busy ? tr("Stop") : tr("Ask"));
    m_ask->setIcon(icon(busy ? QStringLiteral("stop") : QStringLiteral("play"), Tint::OnAccent));
    describe(m_ask, m_ask->text(), busy ? tr("Keep what has come so far") : tr("Ctrl+Return in the prompt"));
    m_ask->setEnabled(busy || !m_first->model().isEmpty() || !m_second->model().isEmpty());
}

// Both sides show the answer of one number, so that they can be compared.
void PlaygroundPane::step(int direction)
{
    for (AnswerView* view : {m_first, m_second}) {
        const auto count = static_cast<qint64>(view->side().answers().size());
        const qint64 wanted = static_cast<qint64>(view->answer()) + direction;
        if (wanted >= 0 && wanted < count)
            view->showAnswer(static_cast<std::size_t>(wanted));
    }
}

} // namespace ahascope::ui
