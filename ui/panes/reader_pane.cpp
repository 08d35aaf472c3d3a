#include "ui/panes/reader_pane.h"

#include <set>

#include <QButtonGroup>
#include <QClipboard>
#include <QComboBox>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QHelpEvent>
#include <QLabel>
#include <QLocale>
#include <QScrollArea>
#include <QScrollBar>
#include <QShortcut>
#include <QStackedWidget>
#include <QTextEdit>
#include <QToolButton>
#include <QToolTip>
#include <QVBoxLayout>

#include "ui/charts/plot_data.h"
#include "ui/editors/token_view.h"
#include "ui/models/store_access.h"
#include "ui/panes/reader_legend.h"
#include "ui/widgets/empty_state.h"
#include "ui/widgets/labels.h"
#include "ui/widgets/score_list.h"
#include "ui/workbench.h"

namespace ahascope::ui {

namespace {

Badge::Tone toneOf(const pipeline::RuleScore& score)
{
    switch (score.status) {
    case pipeline::RuleStatus::Graded:
        return score.score.value_or(0) > 0 ? Badge::Tone::Good : Badge::Tone::Bad;
    case pipeline::RuleStatus::NotApplicable:
        return Badge::Tone::Neutral;
    case pipeline::RuleStatus::Ungraded:
        return Badge::Tone::Warning;
    case pipeline::RuleStatus::Error:
        break;
    }
    return Badge::Tone::Bad;
}

QString badgeOf(const pipeline::RuleScore& score)
{
    switch (score.status) {
    case pipeline::RuleStatus::Graded:
        return (score.score.value_or(0) > 0 ? QStringLiteral("✓ ") : QStringLiteral("✗ "))
            + formatNumber(score.score, NumberFormat::Plain);
    case pipeline::RuleStatus::NotApplicable:
        return ReaderPane::tr("not applicable");
    case pipeline::RuleStatus::Ungraded:
        return ReaderPane::tr("? ungraded");
    case pipeline::RuleStatus::Error:
        break;
    }
    return ReaderPane::tr("rule failed");
}

QString signedNumber(double value)
{
    return (value > 0 ? QStringLiteral("+") : QString()) + QString::number(value, 'f', 2);
}

} // namespace

ReaderPane::ReaderPane(Workbench& workbench, QWidget* parent)
    : QWidget(parent)
    , m_workbench(workbench)
    , m_tokenizer(std::make_shared<std::shared_ptr<const text::Tokenizer>>())
    , m_stack(new QStackedWidget)
    , m_empty(new EmptyState(QStringLiteral("reader"), tr("Nothing to read"),
          tr("Choose a sample in the table, or click a point of a chart.")))
{
    auto* page = new QWidget;
    auto* inner = new QVBoxLayout(page);
    inner->setContentsMargins(0, 0, 0, 0);
    inner->setSpacing(0);
    inner->addWidget(makeHead());
    m_body = new QTextEdit;
    m_body->setReadOnly(true);
    m_body->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_body->setProperty("frameless", true);
    describe(m_body, tr("Completion"), QString());
    m_body->viewport()->installEventFilter(this);
    inner->addWidget(m_body, 1);
    auto* legend = new ReaderLegend;
    m_legend = legend;
    inner->addWidget(legend);
    m_stack->addWidget(m_empty);
    m_stack->addWidget(page);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->addWidget(m_stack);
    addShortcuts();
}

QWidget* ReaderPane::makeHead()
{
    auto* frame = new QFrame;
    frame->setProperty("role", "bar");
    auto* column = new QVBoxLayout(frame);
    column->setContentsMargins(space::m, space::s, space::m, space::s);
    column->setSpacing(space::s);
    auto* row = new QHBoxLayout;
    row->setSpacing(space::s);
    m_verdict = new Badge;
    m_title = new ElidedLabel;
    m_title->setFont(typeFont(Type::Strong));
    row->addWidget(m_verdict);
    row->addWidget(m_title, 1);
    row->addWidget(makeTools());
    column->addLayout(row);
    m_facts = label({}, Type::Body, "secondary");
    m_facts->setWordWrap(true);
    m_facts->setTextFormat(Qt::RichText);
    m_facts->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    column->addWidget(m_facts);
    auto* holder = new QWidget;
    holder->setProperty("scrollContents", true);
    m_groupRow = new QHBoxLayout(holder);
    m_groupRow->setContentsMargins(0, 0, 0, 0);
    m_groupRow->setSpacing(space::xs);
    auto* strip = new QScrollArea;
    strip->setWidget(holder);
    strip->setWidgetResizable(true);
    strip->setFrameShape(QFrame::NoFrame);
    strip->setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    strip->setFixedHeight(QFontMetrics(font()).height() + 24);
    column->addWidget(strip);
    m_group = new QButtonGroup(this);
    connect(m_group, &QButtonGroup::idClicked, this,
        guarded(this, tr("Showing a sample"), [this](int index) { showMember(static_cast<std::size_t>(index)); }));
    m_scores = new ScoreList;
    column->addWidget(m_scores);
    return frame;
}

QWidget* ReaderPane::makeTools()
{
    auto* holder = new QWidget;
    auto* row = new QHBoxLayout(holder);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(space::xs);
    m_mode = new QComboBox;
    m_mode->addItems({tr("Reading"), tr("Tokens"), tr("Log-probability"), tr("Entropy")});
    describe(m_mode, tr("View"), tr("Text with marks, or tokens coloured by what the model thought of them (T)"));
    row->addWidget(m_mode);
    auto* prompt = toolButton(QStringLiteral("template"), tr("Prompt"), tr("Show or hide the prompt"));
    prompt->setCheckable(true);
    prompt->setChecked(true);
    auto* problem = toolButton(QStringLiteral("filter"), tr("This problem at every step"),
        tr("List every completion of this problem in the run"));
    auto* copying = toolButton(
        QStringLiteral("copy"), tr("Copy"), tr("Copy the completion (Ctrl+Shift+C: with prompt and scores)"));
    row->addWidget(prompt);
    row->addWidget(problem);
    row->addWidget(copying);
    connect(m_mode, &QComboBox::currentIndexChanged, this, guarded(this, tr("Changing the view"), [this](int index) {
        m_look.mode = static_cast<ReaderMode>(index);
        fillBody();
    }));
    connect(prompt, &QToolButton::toggled, this, guarded(this, tr("Changing the view"), [this](bool on) {
        m_look.prompt = on;
        fillBody();
    }));
    connect(problem, &QToolButton::clicked, this, guarded(this, tr("Listing a problem"), [this] {
        if (const ReaderMember* now = member())
            Q_EMIT problemRequested(now->detail.row.problem, QString::fromStdString(now->detail.sample.question));
    }));
    connect(copying, &QToolButton::clicked, this, guarded(this, tr("Copying"), [this] { copy(false); }));
    return holder;
}

void ReaderPane::addShortcuts()
{
    const auto key = [this](const QKeySequence& sequence, auto act) {
        auto* shortcut = new QShortcut(sequence, this);
        shortcut->setContext(Qt::WidgetWithChildrenShortcut);
        connect(shortcut, &QShortcut::activated, this, guarded(this, tr("Walking through samples"), act));
    };
    for (const auto& name : {QKeySequence(Qt::Key_Left), QKeySequence(QStringLiteral("["))})
        key(name, [this] { walk(-1); });
    for (const auto& name : {QKeySequence(Qt::Key_Right), QKeySequence(QStringLiteral("]"))})
        key(name, [this] { walk(1); });
    for (const Qt::Key down : {Qt::Key_J, Qt::Key_N})
        key(QKeySequence(down), [this] { Q_EMIT stepRequested(1); });
    for (const Qt::Key up : {Qt::Key_K, Qt::Key_P})
        key(QKeySequence(up), [this] { Q_EMIT stepRequested(-1); });
    key(QKeySequence(Qt::Key_T), [this] { m_mode->setCurrentIndex((m_mode->currentIndex() + 1) % m_mode->count()); });
    key(QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_C), [this] { copy(true); });
}

void ReaderPane::walk(int direction)
{
    const auto count = static_cast<int>(m_content.members.size());
    if (count > 0)
        showMember(static_cast<std::size_t>((static_cast<int>(m_content.chosen) + direction + count) % count));
}

void ReaderPane::open(std::int64_t run, std::int64_t sample)
{
    for (std::size_t k = 0; run == m_run && k < m_content.members.size(); ++k)
        if (m_content.members[k].detail.row.id == sample) {
            showMember(k);
            return;
        }
    if (run != m_run)
        m_tokenizer = std::make_shared<std::shared_ptr<const text::Tokenizer>>();
    m_run = run;
    m_workbench.store.askRun(
        run, this, QStringLiteral("group"), tr("Reading a sample"),
        [run, sample, tokenizer = m_tokenizer](
            store::RunReader& reader) { return readerContent(reader, run, sample, *tokenizer); },
        [this](ReaderContent content) { show(std::move(content)); });
}

void ReaderPane::clear()
{
    m_content = {};
    m_run = 0;
    m_stack->setCurrentIndex(0);
}

void ReaderPane::show(ReaderContent content)
{
    if (content.members.empty()) {
        clear();
        return;
    }
    m_content = std::move(content);
    fillGroup();
    m_stack->setCurrentIndex(1);
    showMember(m_content.chosen);
}

void ReaderPane::fillGroup()
{
    while (QLayoutItem* item = m_groupRow->takeAt(0)) {
        delete item->widget();
        delete item;
    }
    for (std::size_t k = 0; k < m_content.members.size(); ++k) {
        const store::SampleRow& row = m_content.members[k].detail.row;
        auto* made = new QToolButton;
        const QString glyph = row.ungraded ? QStringLiteral("?")
            : row.correct                  ? QStringLiteral("✓")
                                           : QStringLiteral("✗");
        made->setText(QStringLiteral("%1 %2").arg(k + 1).arg(glyph));
        made->setCheckable(true);
        made->setToolButtonStyle(Qt::ToolButtonTextOnly);
        describe(made, tr("Sample %1 of the group").arg(k + 1),
            tr("reward %1, advantage %2, %3 tokens")
                .arg(formatNumber(row.reward, NumberFormat::Plain), signedNumber(row.advantage))
                .arg(row.length));
        m_group->addButton(made, static_cast<int>(k));
        m_groupRow->addWidget(made);
    }
    m_groupRow->addStretch();
}

const ReaderMember* ReaderPane::member() const
{
    return m_content.chosen < m_content.members.size() ? &m_content.members[m_content.chosen] : nullptr;
}

void ReaderPane::showMember(std::size_t index)
{
    m_content.chosen = index;
    const ReaderMember* now = member();
    if (now == nullptr)
        return;
    const store::SampleRow& row = now->detail.row;
    const pipeline::Sample& sample = now->detail.sample;
    if (QAbstractButton* tile = m_group->button(static_cast<int>(index)))
        tile->setChecked(true);
    m_verdict->show(row.ungraded ? tr("? ungraded")
            : row.correct        ? tr("✓ right")
                                 : tr("✗ wrong"),
        row.ungraded      ? Badge::Tone::Warning
            : row.correct ? Badge::Tone::Good
                          : Badge::Tone::Bad);
    const bool rollout = row.kind == store::SampleKind::Rollout;
    m_title->setText(tr("Step %1 · %2 · sample %3 of %4")
                         .arg(row.globalStep)
                         .arg(rollout ? tr("rollout") : tr("held-out %1").arg(QString::fromStdString(row.set)))
                         .arg(index + 1)
                         .arg(m_content.members.size()));
    QStringList facts;
    const auto fact = [&](const QString& name, const QString& value) {
        facts << QStringLiteral("%1&nbsp;<b>%2</b>").arg(name, value.toHtmlEscaped());
    };
    fact(tr("reward"), formatNumber(row.reward, NumberFormat::Plain));
    if (rollout)
        fact(tr("advantage"), signedNumber(row.advantage));
    fact(tr("tokens"), QString::number(row.length) + (row.cutOff ? tr(" (cut off)") : QString()));
    fact(tr("right answer"), QString::fromStdString(sample.answer));
    fact(tr("read as"), sample.extracted.empty() ? noValue() : QString::fromStdString(sample.extracted));
    m_facts->setText(facts.join(QStringLiteral(" &nbsp; ")));
    std::vector<ScoreLine> lines;
    for (const pipeline::RuleScore& score : sample.scores)
        lines.push_back({badgeOf(score), toneOf(score),
            QStringLiteral("%1 × %2").arg(
                QString::fromStdString(score.rule), formatNumber(score.weight, NumberFormat::Plain)),
            QString::fromStdString(score.reason)});
    m_scores->show(lines);
    fillBody();
    m_body->verticalScrollBar()->setValue(0);
    Q_EMIT shown(row.id);
}

void ReaderPane::fillBody()
{
    const ReaderMember* now = member();
    if (now == nullptr)
        return;
    fillReader(*m_body->document(), *now, m_look, palette());
    int reflections = 0;
    std::set<QString> languages;
    for (const ReaderPiece& piece : now->pieces) {
        reflections += piece.reflection.empty() ? 0 : 1;
        if (!piece.language.empty())
            languages.insert(
                QLocale::languageToString(QLocale(QString::fromStdString(piece.language)).language())); // zh: Chinese
    }
    QStringList names(languages.begin(), languages.end());
    const bool noTokens = m_look.mode != ReaderMode::Reading && now->tokens.empty();
    static_cast<ReaderLegend*>(m_legend)->show(noTokens ? ReaderMode::Reading : m_look.mode, reflections,
        names.join(QStringLiteral(", ")),
        noTokens ? tr("No tokens: %1").arg(QString::fromStdString(m_content.noTokens)) : QString());
}

void ReaderPane::copy(bool everything)
{
    const ReaderMember* now = member();
    if (now == nullptr)
        return;
    QString text = QString::fromStdString(now->detail.sample.completion);
    if (everything)
        text = headText() + QLatin1Char('\n') + scoreText() + QStringLiteral("\n\n")
            + QString::fromStdString(now->detail.sample.prompt) + text;
    QGuiApplication::clipboard()->setText(text);
}

std::optional<std::int64_t> ReaderPane::sample() const
{
    return member() != nullptr ? std::optional(member()->detail.row.id) : std::nullopt;
}

QString ReaderPane::headText() const
{
    return m_verdict->text() + QStringLiteral(" | ") + m_title->text();
}

QString ReaderPane::scoreText() const
{
    return m_scores->text();
}

QString ReaderPane::bodyText() const
{
    return m_body->toPlainText();
}

void ReaderPane::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange && m_body != nullptr)
        fillBody();
}

bool ReaderPane::eventFilter(QObject* watched, QEvent* event)
{
    if (event->type() == QEvent::ToolTip && m_look.mode != ReaderMode::Reading) {
        const auto* help = static_cast<QHelpEvent*>(event);
        const QString note = TokenView::tooltipAt(m_body->cursorForPosition(help->pos()));
        if (!note.isEmpty()) {
            QToolTip::showText(help->globalPos(), note, m_body);
            return true;
        }
    }
    return QWidget::eventFilter(watched, event);
}

} // namespace ahascope::ui
