#include "ui/panes/answer_view.h"

#include <QComboBox>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QHelpEvent>
#include <QLabel>
#include <QScrollBar>
#include <QTextEdit>
#include <QToolButton>
#include <QToolTip>
#include <QVBoxLayout>

#include "ui/editors/reader_document.h"
#include "ui/widgets/guarded.h"
#include "ui/widgets/labels.h"

namespace ahascope::ui {

AnswerView::AnswerView(const QString& name, bool optional, QWidget* parent)
    : QWidget(parent)
    , m_side(new PlaygroundSide(this))
    , m_models(new QComboBox)
    , m_state(label({}, Type::Body, "secondary"))
    , m_which(label({}, Type::Body, "secondary"))
    , m_previous(toolButton(QStringLiteral("left"), tr("Previous answer"), tr("The answer before this one")))
    , m_next(toolButton(QStringLiteral("right"), tr("Next answer"), tr("The answer after this one")))
    , m_body(new QTextEdit)
{
    describe(m_models, name, tr("A model of this machine or a checkpoint of the open run"));
    m_models->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_models->setMinimumContentsLength(18);
    if (optional)
        m_models->addItem(tr("None"), QString());
    auto* browse = toolButton(
        QStringLiteral("open"), tr("Choose a folder for %1").arg(name), tr("A model folder that is not in the list"));
    auto* frame = new QFrame;
    frame->setProperty("role", "bar");
    auto* row = new QHBoxLayout(frame);
    row->setContentsMargins(space::m, 6, space::m, 6);
    row->setSpacing(space::s);
    row->addWidget(m_models, 1);
    row->addWidget(browse);
    row->addWidget(m_state);
    row->addStretch();
    row->addWidget(m_previous);
    row->addWidget(m_which);
    row->addWidget(m_next);
    m_body->setReadOnly(true);
    m_body->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_body->setProperty("frameless", true);
    m_body->setPlaceholderText(tr("The answer appears here as it is drawn."));
    m_body->document()->setDocumentMargin(space::m);
    describe(m_body, tr("Answer of %1").arg(name), QString());
    m_body->viewport()->installEventFilter(this);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(frame);
    column->addWidget(m_body, 1);
    connect(m_models, &QComboBox::activated, this, &AnswerView::modelChosen);
    connect(browse, &QToolButton::clicked, this, guarded(this, tr("Choosing a model"), [this] { this->browse(); }));
    connect(m_previous, &QToolButton::clicked, this, [this] { Q_EMIT stepRequested(-1); });
    connect(m_next, &QToolButton::clicked, this, [this] { Q_EMIT stepRequested(1); });
    connect(m_side, &PlaygroundSide::changed, this, guarded(this, tr("Showing an answer"), [this] { refresh(); }));
    refresh();
}

void AnswerView::setChoices(const std::vector<Choice>& choices)
{
    const QString chosen = model();
    const bool optional = m_models->count() > 0 && m_models->itemData(0).toString().isEmpty();
    while (m_models->count() > (optional ? 1 : 0))
        m_models->removeItem(m_models->count() - 1);
    for (const Choice& choice : choices) {
        m_models->addItem(choice.name, choice.path);
        m_models->setItemData(m_models->count() - 1, choice.path, Qt::ToolTipRole);
    }
    if (!chosen.isEmpty())
        choose(chosen);
    else
        m_models->setCurrentIndex(m_models->count() > 0 ? 0 : -1);
}

QString AnswerView::model() const
{
    return m_models->currentData().toString();
}

void AnswerView::choose(const QString& path)
{
    int index = m_models->findData(path);
    if (index < 0) {
        m_models->addItem(path.section(QLatin1Char('/'), -1), path);
        index = m_models->count() - 1;
    }
    m_models->setCurrentIndex(index);
}

void AnswerView::browse()
{
    const QString folder = QFileDialog::getExistingDirectory(this, tr("Model folder"));
    if (folder.isEmpty())
        return;
    choose(folder);
    Q_EMIT modelChosen();
}

void AnswerView::showAnswer(std::size_t index)
{
    m_answer = index;
    m_filled = 0;
    refresh();
}

QString AnswerView::stateText() const
{
    return m_state->text();
}

QString AnswerView::bodyText() const
{
    return m_body->toPlainText();
}

void AnswerView::refresh()
{
    using State = PlaygroundSide::State;
    const std::vector<PlaygroundAnswer>& answers = m_side->answers();
    m_answer = answers.empty() ? 0 : std::min(m_answer, answers.size() - 1);
    const PlaygroundAnswer* answer = answers.empty() ? nullptr : &answers[m_answer];
    const std::size_t tokens = answer ? answer->tokens.size() : 0;
    QString text;
    switch (m_side->state()) {
    case State::Idle:
        break;
    case State::Loading:
        text = tr("loading…");
        break;
    case State::Failed:
        text = tr("failed");
        break;
    case State::Stopped:
        text = tr("stopped after %1").arg(counted(static_cast<qint64>(tokens), tr("token"), tr("tokens")));
        break;
    case State::Answering:
    case State::Done:
        text = tr("%1, %2 tokens/s")
                   .arg(counted(static_cast<qint64>(tokens), tr("token"), tr("tokens")))
                   .arg(m_side->speed(), 0, 'f', 0);
        if (answer && answer->finished && !answer->endedByItself)
            text += tr(", cut off");
        break;
    }
    m_state->setText(text);
    const bool several = answers.size() > 1;
    m_which->setText(several ? tr("%1 of %2").arg(m_answer + 1).arg(answers.size()) : QString());
    for (QToolButton* step : {m_previous, m_next})
        step->setVisible(several);
    m_previous->setEnabled(m_answer > 0);
    m_next->setEnabled(m_answer + 1 < answers.size());
    if (tokens == 0 || tokens != m_filled || m_side->state() == State::Failed)
        fill();
    m_filled = tokens;
}

// At the end it stays at the end; else what is being read stays where it is.
void AnswerView::fill()
{
    if (m_side->state() == PlaygroundSide::State::Failed) {
        m_body->clear();
        m_body->document()->setDocumentMargin(space::m);
        m_body->setTextColor(themeFor(palette()).bad);
        m_body->insertPlainText(QString::fromStdString(m_side->problem()));
        return;
    }
    if (m_side->answers().empty() || m_side->answers()[m_answer].tokens.empty()) {
        m_body->clear();
        return;
    }
    QScrollBar* bar = m_body->verticalScrollBar();
    const int before = bar->value();
    const bool follows = before == bar->maximum();
    ReaderLook look;
    look.prompt = false;
    look.judged = false;
    fillReader(*m_body->document(), m_side->member(m_answer), look, palette());
    bar->setValue(follows ? bar->maximum() : before);
}

bool AnswerView::eventFilter(QObject* watched, QEvent* event)
{
    if (event->type() == QEvent::ToolTip) {
        const auto* help = static_cast<QHelpEvent*>(event);
        const QString note = m_body->cursorForPosition(help->pos()).charFormat().toolTip();
        if (note.isEmpty())
            QToolTip::hideText();
        else
            QToolTip::showText(help->globalPos(), note, m_body);
        return true;
    }
    return QWidget::eventFilter(watched, event);
}

void AnswerView::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange && m_body != nullptr)
        fill();
}

} // namespace ahascope::ui
