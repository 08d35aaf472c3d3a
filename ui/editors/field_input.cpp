#include "ui/editors/field_input.h"

#include <QCheckBox>
#include <QComboBox>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QStyle>
#include <QToolButton>
#include <QWheelEvent>

#include "ui/models/number_text.h"
#include "ui/widgets/guarded.h"
#include "ui/widgets/labels.h"

namespace ahascope::ui {

using config::Field;
using config::FieldKind;
using config::Value;

namespace {
// A wheel over a form is for scrolling, not for changing what happens to lie under the pointer.
class QuietComboBox : public QComboBox {
protected:
    void wheelEvent(QWheelEvent* event) override { event->ignore(); }
};

class BooleanInput : public FieldInput {
public:
    BooleanInput(const Field& field, QWidget* parent) : FieldInput(parent), m_box(new QCheckBox)
    {
        hold(m_box, field);
        connect(m_box, &QCheckBox::toggled, this, [this](bool on) { Q_EMIT edited(Value(on)); });
    }
    void show(const Value& value) override
    {
        const QSignalBlocker quiet(m_box);
        const bool* on = std::get_if<bool>(&value);
        m_box->setChecked(on != nullptr && *on);
    }

private:
    QCheckBox* m_box;
};

class ChoiceInput : public FieldInput {
public:
    ChoiceInput(const Field& field, QWidget* parent)
        : FieldInput(parent)
        , m_box(new QuietComboBox)
        , m_optional(field.optional)
    {
        if (m_optional)
            m_box->addItem(config::toString(Value()).c_str());
        for (const std::string& choice : field.choices)
            m_box->addItem(QString::fromStdString(choice));
        m_box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
        m_box->setMinimumContentsLength(8);
        hold(m_box, field);
        connect(m_box, &QComboBox::activated, this, [this](int row) {
            Q_EMIT edited(m_optional && row == 0 ? Value() : Value(m_box->currentText().toStdString()));
        });
    }
    void show(const Value& value) override
    {
        const std::string* text = std::get_if<std::string>(&value);
        const QString wanted = text ? QString::fromStdString(*text) : QString();
        int row = text ? m_box->findText(wanted) : 0;
        if (row < 0) { // not a choice: shown all the same, and marked as a problem by the check
            m_box->addItem(wanted);
            row = m_box->count() - 1;
        }
        m_box->setCurrentIndex(row);
    }

private:
    QComboBox* m_box;
    bool m_optional;
};

class LineInput : public FieldInput {
public:
    LineInput(const Field& field, QWidget* parent) : FieldInput(parent), m_field(field), m_line(new QLineEdit)
    {
        const bool path = field.kind == FieldKind::FilePath || field.kind == FieldKind::FolderPath;
        if (field.optional)
            m_line->setPlaceholderText(tr("not set"));
        hold(m_line, field);
        connect(m_line, &QLineEdit::textEdited, this, guarded(this, tr("Editing"), [this] { read(); }));
        if (path)
            addBrowse();
    }
    void show(const Value& value) override
    {
        if (m_line->hasFocus() && read(m_line->text()) == value)
            return; // "1e-4" stays as it was typed
        const bool none = std::holds_alternative<std::monostate>(value);
        const QString text = none ? QString() : QString::fromStdString(config::toString(value));
        if (m_line->text() != text)
            m_line->setText(text);
    }

private:
    std::optional<Value> read(const QString& text) const
    {
        if (text.trimmed().isEmpty() && m_field.optional)
            return Value();
        if (m_field.kind == FieldKind::Integer) {
            const auto number = parseInteger(text);
            return number ? std::optional<Value>(*number) : std::nullopt;
        }
        if (m_field.kind == FieldKind::Number) {
            const auto number = parseNumber(text);
            return number ? std::optional<Value>(*number) : std::nullopt;
        }
        return Value(text.toStdString());
    }
    void read()
    {
        const auto value = read(m_line->text());
        if (!value) {
            Q_EMIT refused(m_field.kind == FieldKind::Integer ? tr("not a whole number") : tr("not a number"));
            return;
        }
        if (const Problem problem = config::problemWith(m_field, *value); !problem.message.empty()) {
            Q_EMIT refused(QString::fromStdString(
                problem.remedy.empty() ? problem.message : problem.message + " (" + problem.remedy + ")"));
            return;
        }
        Q_EMIT edited(*value);
    }
    void addBrowse()
    {
        auto* browse = toolButton(
            QStringLiteral("open"), tr("Choose %1").arg(m_line->accessibleName()), tr("Choose in the file system"));
        layout()->addWidget(browse);
        connect(browse, &QToolButton::clicked, this, guarded(this, tr("Choosing a path"), [this] {
            auto* dialog = new QFileDialog(this, tr("Choose"), m_line->text());
            dialog->setAttribute(Qt::WA_DeleteOnClose);
            dialog->setFileMode(
                m_field.kind == FieldKind::FolderPath ? QFileDialog::Directory : QFileDialog::ExistingFile);
            connect(dialog, &QFileDialog::fileSelected, this, [this](const QString& path) {
                m_line->setText(path);
                Q_EMIT edited(Value(path.toStdString()));
            });
            dialog->open();
        }));
    }

    const Field m_field;
    QLineEdit* m_line;
};

class LongTextInput : public FieldInput {
public:
    LongTextInput(const Field& field, QWidget* parent) : FieldInput(parent), m_text(new QPlainTextEdit)
    {
        m_text->setFixedHeight(QFontMetrics(m_text->font()).height() * 4 + 12);
        m_text->setTabChangesFocus(true);
        hold(m_text, field);
        connect(m_text, &QPlainTextEdit::textChanged, this,
            [this] { Q_EMIT edited(Value(m_text->toPlainText().toStdString())); });
    }
    void show(const Value& value) override
    {
        const std::string* text = std::get_if<std::string>(&value);
        const QString wanted = text ? QString::fromStdString(*text) : QString();
        if (m_text->toPlainText() == wanted)
            return;
        const QSignalBlocker quiet(m_text);
        m_text->setPlainText(wanted);
    }

private:
    QPlainTextEdit* m_text;
};
}

QString tooltipOf(const Field& field)
{
    const auto html = [](const std::string& text) { return QString::fromStdString(text).toHtmlEscaped(); };
    QString tip = QStringLiteral("<b>%1</b> <span>(%2)</span>").arg(html(config::labelOf(field)), html(field.key));
    if (!field.help.empty())
        tip += QStringLiteral("<br>") + html(field.help);
    if (const std::string range = config::rangeText(field); !range.empty())
        tip += QStringLiteral("<br><i>") + html(range) + QStringLiteral("</i>");
    return tip;
}

FieldInput* FieldInput::make(const Field& field, QWidget* parent)
{
    switch (field.kind) {
    case FieldKind::Boolean:
        return new BooleanInput(field, parent);
    case FieldKind::Choice:
        return new ChoiceInput(field, parent);
    case FieldKind::LongText:
        return new LongTextInput(field, parent);
    case FieldKind::Integer:
    case FieldKind::Number:
    case FieldKind::Text:
    case FieldKind::FilePath:
    case FieldKind::FolderPath:
        break;
    }
    return new LineInput(field, parent);
}

void FieldInput::hold(QWidget* input, const Field& field)
{
    m_input = input;
    input->setAccessibleName(QString::fromStdString(config::labelOf(field)));
    input->setAccessibleDescription(QString::fromStdString(field.help + " " + config::rangeText(field)));
    input->setToolTip(tooltipOf(field));
    setFocusProxy(input);
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(space::xs);
    row->addWidget(input, 1);
}

void FieldInput::setInvalid(bool invalid)
{
    if (m_input->property("invalid").toBool() == invalid)
        return;
    m_input->setProperty("invalid", invalid);
    m_input->style()->unpolish(m_input);
    m_input->style()->polish(m_input);
}

} // namespace ahascope::ui
