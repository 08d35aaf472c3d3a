#include "ui/panes/template_pane.h"

#include <QComboBox>
#include <QFile>
#include <QFileDialog>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QSaveFile>
#include <QSplitter>
#include <QToolButton>
#include <QVBoxLayout>

#include "core/text/front_matter.h"
#include "core/text/prompt_template.h"
#include "ui/editors/code_edit.h"
#include "ui/editors/template_highlighter.h"
#include "ui/editors/token_view.h"
#include "ui/models/experiment_document.h"
#include "ui/resource_paths.h"
#include "ui/widgets/labels.h"
#include "ui/widgets/read_jobs.h"
#include "ui/workbench.h"

namespace ahascope::ui {

namespace {

constexpr int previewRows = 50;
constexpr int plainKind = 0; // entries of the choice of the kind
constexpr int chatKind = 1;
constexpr qint64 largestTemplate = 1 << 20; // bytes, as the template's own limit

QString readTemplate(const QString& file)
{
    QFile source(file);
    if (!source.open(QIODevice::ReadOnly))
        throw InputError({file.toStdString(), source.errorString().toStdString(), "choose a readable text file"});
    if (source.size() > largestTemplate)
        throw InputError({file.toStdString(), "a template has at most 1 MiB", "choose a template file"});
    return QString::fromUtf8(source.readAll());
}

// "r1-zero.txt: line 3" gives 3; 0 when the place has no line.
int lineOf(const std::string& where)
{
    const QString text = QString::fromStdString(where);
    const qsizetype at = text.lastIndexOf(QLatin1String("line "));
    return at < 0 ? 0 : text.mid(at + 5).split(QLatin1Char(' ')).first().toInt();
}

QFrame* bar(QHBoxLayout*& row)
{
    auto* frame = new QFrame;
    frame->setProperty("role", "bar");
    row = new QHBoxLayout(frame);
    row->setContentsMargins(space::m, space::s, space::m, space::s);
    row->setSpacing(space::s);
    return frame;
}

} // namespace

TemplatePane::TemplatePane(Workbench& workbench, QWidget* parent) : QWidget(parent), m_workbench(workbench)
{
    auto* splitter = new QSplitter(Qt::Horizontal);
    splitter->setChildrenCollapsible(false);
    splitter->addWidget(makeEditor());
    splitter->addWidget(makePreview());
    splitter->setSizes({500, 500});
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->addWidget(splitter);
    connect(&workbench.document, &ExperimentDocument::changed, this,
        guarded(this, tr("Showing the template"), [this] { showDocument(); }));
    showDocument();
}

QWidget* TemplatePane::makeEditor()
{
    auto* holder = new QWidget;
    auto* column = new QVBoxLayout(holder);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    QHBoxLayout* row = nullptr;
    column->addWidget(bar(row));
    m_kind = new QComboBox;
    describe(m_kind, tr("Kind of template"),
        tr("Plain text with {{prompt}}, for base models; or the conversation format that the model was trained on, "
           "the question as the user's message. Can be undone."));
    m_kind->addItem(tr("Plain text"));
    m_kind->addItem(tr("The model's chat template"));
    row->addWidget(m_kind);
    connect(m_kind, &QComboBox::activated, this,
        guarded(this, tr("Choosing the kind of template"), [this](int kind) { chooseKind(kind); }));
    m_shipped = new QComboBox;
    describe(m_shipped, tr("Shipped templates"),
        tr("Replace the text by a template that comes with Ahascope. Can be undone."));
    m_shipped->addItem(tr("Start from…"));
    for (const QString& file : resourceFiles(QStringLiteral("templates"), QStringLiteral(".txt")))
        m_shipped->addItem(QFileInfo(file).completeBaseName(), file);
    row->addWidget(m_shipped);
    row->addStretch();
    auto* open = toolButton(QStringLiteral("open"), tr("Open template"), tr("Read a template from a text file"));
    auto* save = toolButton(QStringLiteral("save"), tr("Save template"), tr("Write this template to a text file"));
    row->addWidget(open);
    row->addWidget(save);
    m_edit = new CodeEdit;
    describe(m_edit, tr("Template"), QString());
    m_edit->setPlaceholderText(
        tr("Write the prompt here. {{prompt}} stands for the question, {{column}} for any other column of the data."));
    m_highlighter = new TemplateHighlighter(m_edit->document());
    m_highlighter->setPalette(palette());
    column->addWidget(m_edit, 1);
    m_problems = label({}, Type::Caption, "bad");
    m_problems->setWordWrap(true);
    m_problems->setContentsMargins(space::m, space::s, space::m, space::s);
    m_problems->hide();
    column->addWidget(m_problems);

    connect(m_edit, &QPlainTextEdit::textChanged, this, guarded(this, tr("Editing the template"), [this] {
        if (m_edit->toPlainText() == documentText())
            return; // only its colours changed
        const std::string text = m_edit->toPlainText().toStdString();
        m_workbench.document.edit(tr("Edit template"), QStringLiteral("template.text"), [&](config::Experiment& e) {
            if (e.prompt.text == text)
                return;
            e.prompt.text = text;
            e.prompt.file.clear(); // the experiment now carries its own text
        });
    }));
    connect(m_shipped, &QComboBox::activated, this, guarded(this, tr("Opening a template"), [this](int index) {
        if (index > 0)
            openFile(m_shipped->itemData(index).toString());
        m_shipped->setCurrentIndex(0);
    }));
    connect(open, &QToolButton::clicked, this, guarded(this, tr("Opening a template"), [this] {
        auto* dialog
            = new QFileDialog(this, tr("Open template"), resourceFolder(), tr("Templates (*.txt);;All files (*)"));
        dialog->setAttribute(Qt::WA_DeleteOnClose);
        connect(dialog, &QFileDialog::fileSelected, this,
            guarded(this, tr("Opening a template"), [this](const QString& file) { openFile(file); }));
        dialog->open();
    }));
    connect(save, &QToolButton::clicked, this, guarded(this, tr("Saving a template"), [this] {
        auto* dialog = new QFileDialog(this, tr("Save template"), QString(), tr("Templates (*.txt)"));
        dialog->setAttribute(Qt::WA_DeleteOnClose);
        dialog->setAcceptMode(QFileDialog::AcceptSave);
        dialog->setDefaultSuffix(QStringLiteral("txt"));
        connect(dialog, &QFileDialog::fileSelected, this,
            guarded(this, tr("Saving a template"), [this](const QString& file) { saveAs(file); }));
        dialog->open();
    }));
    return holder;
}

QWidget* TemplatePane::makePreview()
{
    auto* holder = new QWidget;
    auto* column = new QVBoxLayout(holder);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    QHBoxLayout* row = nullptr;
    column->addWidget(bar(row));
    row->addWidget(label(tr("As the model sees it"), Type::Strong));
    row->addStretch();
    m_previous = toolButton(QStringLiteral("left"), tr("Previous row"), tr("The row before (Alt+Up)"));
    m_next = toolButton(QStringLiteral("right"), tr("Next row"), tr("The row after (Alt+Down)"));
    m_previous->setShortcut(QKeySequence(Qt::ALT | Qt::Key_Up));
    m_next->setShortcut(QKeySequence(Qt::ALT | Qt::Key_Down));
    m_rowLabel = label(QString(), Type::Caption, "secondary");
    row->addWidget(m_previous);
    row->addWidget(m_rowLabel);
    row->addWidget(m_next);
    m_rowText = label(QString(), Type::Caption, "secondary");
    m_rowText->setWordWrap(true);
    m_rowText->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_rowText->setContentsMargins(space::m, space::m, space::m, space::xs);
    column->addWidget(m_rowText);
    m_tokens = new TokenView;
    describe(m_tokens, tr("Rendered prompt"), tr("The prompt of this row with its tokens; rest on a token for its id"));
    m_tokens->setToolTip({});
    column->addWidget(m_tokens, 1);
    m_footer = label(QString(), Type::Caption, "secondary");
    m_footer->setWordWrap(true);
    m_footer->setContentsMargins(space::m, space::s, space::m, space::s);
    column->addWidget(m_footer);
    connect(
        m_previous, &QToolButton::clicked, this, guarded(this, tr("Showing a row"), [this] { showRow(m_row - 1); }));
    connect(m_next, &QToolButton::clicked, this, guarded(this, tr("Showing a row"), [this] { showRow(m_row + 1); }));
    return holder;
}

// What was there comes back with Undo.
void TemplatePane::chooseKind(int kind)
{
    if ((kind == chatKind) == showsChat())
        return;
    if (kind == chatKind) {
        openFile(resourceFile(QStringLiteral("templates/chat.txt")));
        return;
    }
    m_workbench.document.edit(tr("Choose kind of template"), {}, [&](config::Experiment& e) {
        e.prompt.file.clear();
        e.prompt.text = text::r1ZeroTemplate();
    });
}

bool TemplatePane::showsChat() const
{
    std::vector<Problem> problems;
    const std::string text = m_edit->toPlainText().toStdString();
    return text::splitFrontMatter(text, "template", problems).frontMatter.chat.has_value();
}

void TemplatePane::openFile(const QString& file)
{
    const std::string text = readTemplate(file).toStdString();
    m_workbench.document.edit(tr("Open template"), {}, [&](config::Experiment& e) {
        e.prompt.file = file.toStdString();
        e.prompt.text = text;
    });
}

void TemplatePane::saveAs(const QString& file)
{
    QSaveFile target(file);
    const QByteArray bytes = m_edit->toPlainText().toUtf8();
    if (!target.open(QIODevice::WriteOnly) || target.write(bytes) != bytes.size() || !target.commit())
        throw InputError(
            {file.toStdString(), target.errorString().toStdString(), "choose a folder that can be written"});
    m_workbench.document.edit(
        tr("Save template"), {}, [&](config::Experiment& e) { e.prompt.file = file.toStdString(); });
}

QString TemplatePane::documentText() const
{
    const config::Experiment& experiment = m_workbench.document.experiment();
    return experiment.prompt.text.empty() && experiment.prompt.file.empty()
        ? QString::fromUtf8(text::r1ZeroTemplate().data(), static_cast<qsizetype>(text::r1ZeroTemplate().size()))
        : QString::fromStdString(experiment.prompt.text);
}

void TemplatePane::showDocument()
{
    const QString wanted = documentText();
    if (m_edit->toPlainText() != wanted) {
        const QSignalBlocker quiet(m_edit);
        m_edit->setPlainText(wanted);
    }
    m_kind->setCurrentIndex(showsChat() ? chatKind : plainKind);
    askPreview();
}

void TemplatePane::askPreview()
{
    m_workbench.checks.run(
        this, QStringLiteral("preview"), tr("Rendering the template"),
        [experiment = m_workbench.document.experiment()] { return previewTemplate(experiment, previewRows); },
        [this](TemplatePreview preview) { showPreview(std::move(preview)); });
}

void TemplatePane::showPreview(TemplatePreview preview)
{
    std::map<int, QString> lines;
    QStringList all;
    const std::filesystem::path& file = m_workbench.document.experiment().prompt.file;
    const std::string own = file.empty() ? "template" : file.string();
    for (const Problem& problem : preview.problems) {
        const QString text = QString::fromStdString(
            problem.remedy.empty() ? problem.message : problem.message + " — " + problem.remedy);
        if (!problem.where.starts_with(own)) { // a line of the model's template is none of this text
            all << QString::fromStdString(problem.where + ": ") + text;
        } else if (const int line = lineOf(problem.where); line > 0) {
            lines[line] = text;
            all << tr("Line %1: %2").arg(line).arg(text);
        } else {
            all << text;
        }
    }
    m_edit->setProblems(lines);
    m_problems->setText(all.join(QLatin1Char('\n')));
    m_problems->setVisible(!all.isEmpty());
    // While the template is broken the last good rendering stays, so that the eye keeps its place.
    if (!preview.rows.empty() || preview.problems.empty())
        m_preview = std::move(preview);
    showRow(m_row);
}

void TemplatePane::showRow(int row)
{
    const int count = static_cast<int>(m_preview.rows.size());
    m_row = count == 0 ? 0 : std::clamp(row, 0, count - 1);
    m_previous->setEnabled(m_row > 0);
    m_next->setEnabled(m_row + 1 < count);
    m_rowLabel->setText(count == 0 ? tr("no rows") : tr("row %1 of the first %2").arg(m_row + 1).arg(count));
    if (count == 0) {
        m_rowText->setText({});
        m_tokens->show({});
        m_footer->setText(m_preview.noTokens.empty()
                ? QString()
                : tr("No preview: %1").arg(QString::fromStdString(m_preview.noTokens)));
        return;
    }
    const PreviewRow& shown = m_preview.rows[static_cast<std::size_t>(m_row)];
    QString text = tr("<b>question</b> %1 &nbsp; <b>answer</b> %2")
                       .arg(QString::fromStdString(shown.question).toHtmlEscaped(),
                           QString::fromStdString(shown.answer).toHtmlEscaped());
    for (const auto& [name, value] : shown.columns)
        text += QStringLiteral(" &nbsp; <b>%1</b> %2")
                    .arg(QString::fromStdString(name).toHtmlEscaped(),
                        QString::fromStdString(value).left(80).toHtmlEscaped());
    m_rowText->setText(text);
    std::vector<ShownToken> tokens;
    for (const pipeline::TokenPiece& piece : shown.tokens)
        tokens.push_back({piece.id, QString::fromStdString(piece.text), {}, -1});
    m_tokens->show(tokens);
    QStringList facts{
        tr("%1 in the prompt").arg(counted(static_cast<qint64>(tokens.size()), tr("token"), tr("tokens")))};
    for (const std::string& stop : m_preview.stop)
        facts << tr("stops at %1").arg(QString::fromStdString(stop));
    if (!m_preview.prefill.empty())
        facts << tr("the answer begins with %1").arg(QString::fromStdString(m_preview.prefill));
    m_footer->setText(facts.join(QStringLiteral("  ·  ")));
}

QString TemplatePane::shownPrompt() const
{
    return m_tokens->toPlainText();
}

QString TemplatePane::problemText() const
{
    return m_problems->isHidden() ? QString() : m_problems->text();
}

void TemplatePane::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange && m_highlighter != nullptr)
        m_highlighter->setPalette(palette());
}

} // namespace ahascope::ui
