#include "ui/editors/field_row.h"

#include <QGridLayout>
#include <QLabel>
#include <QToolButton>

#include "ui/editors/field_input.h"
#include "ui/widgets/guarded.h"
#include "ui/widgets/labels.h"

namespace ahascope::ui {

namespace {
constexpr int labelWidth = 190;
constexpr int shortWidth = 210; // numbers and choices need no more
constexpr int longWidth = 560;

QString titleOf(const config::Field& field)
{
    QString text = QString::fromStdString(config::labelOf(field));
    if (!text.isEmpty())
        text[0] = text[0].toUpper();
    return text;
}

bool isShort(const config::Field& field)
{
    using enum config::FieldKind;
    return field.kind == Boolean || field.kind == Integer || field.kind == Number || field.kind == Choice;
}
}

FieldRow::FieldRow(const config::Field& field, const QString& path, QWidget* parent)
    : QWidget(parent)
    , m_field(field)
    , m_path(path)
    , m_input(FieldInput::make(field))
    , m_label(label(titleOf(field)))
    , m_reset(new QToolButton)
    , m_problemLabel(label({}, Type::Caption, "bad"))
{
    setObjectName(path);
    m_label->setToolTip(tooltipOf(field));
    m_label->setBuddy(m_input);
    m_label->setFixedWidth(labelWidth);
    m_label->setWordWrap(true);
    QString fallback = QString::fromStdString(config::toString(field.fallback));
    if (fallback.size() > 60)
        fallback = fallback.left(60) + QStringLiteral("…");
    m_reset->setIcon(icon(QStringLiteral("reset")));
    m_reset->setProperty("flat", true);
    describe(m_reset, tr("Reset %1").arg(m_label->text()),
        tr("Back to the default: %1").arg(fallback.isEmpty() ? tr("empty") : fallback));
    QSizePolicy keep = m_reset->sizePolicy();
    keep.setRetainSizeWhenHidden(true);
    m_reset->setSizePolicy(keep);
    m_reset->hide();
    m_problemLabel->setWordWrap(true);
    m_problemLabel->hide();
    auto* unit = label(QString::fromStdString(field.unit), Type::Caption, "muted");
    m_input->setMaximumWidth(isShort(field) ? shortWidth : longWidth);
    m_input->setMinimumWidth(isShort(field) ? 110 : 160);

    auto* grid = new QGridLayout(this);
    grid->setContentsMargins(0, 1, 0, 1);
    grid->setHorizontalSpacing(space::s);
    grid->setVerticalSpacing(2);
    grid->addWidget(m_label, 0, 0, Qt::AlignVCenter);
    grid->addWidget(m_input, 0, 1);
    grid->addWidget(unit, 0, 2);
    grid->addWidget(m_reset, 0, 3);
    grid->addWidget(m_problemLabel, 1, 1, 1, 4);
    grid->setColumnStretch(1, isShort(field) ? 2 : 6);
    grid->setColumnStretch(4, 3);

    connect(m_input, &FieldInput::edited, this, guarded(this, tr("Editing"), [this](const config::Value& value) {
        m_typed.clear();
        showProblem();
        Q_EMIT edited(value);
    }));
    connect(m_input, &FieldInput::refused, this, guarded(this, tr("Editing"), [this](const QString& why) {
        m_typed = why;
        showProblem();
    }));
    connect(m_reset, &QToolButton::clicked, this, guarded(this, tr("Resetting"), [this] {
        m_typed.clear();
        m_input->show(m_field.fallback);
        Q_EMIT edited(m_field.fallback);
    }));
}

void FieldRow::setIndent(int pixels)
{
    m_label->setFixedWidth(labelWidth - pixels);
}

void FieldRow::show(const config::Value& value)
{
    if (m_typed.isEmpty())
        m_input->show(value);
    const bool changed = differsFromDefault(m_field, value);
    if (changed == m_changed)
        return;
    m_changed = changed;
    m_label->setFont(typeFont(changed ? Type::Strong : Type::Body));
    setRole(m_label, changed ? "accent" : "");
    m_label->setAccessibleDescription(changed ? tr("changed from the default") : QString());
    m_reset->setVisible(changed);
}

void FieldRow::setProblem(const QString& text)
{
    m_checked = text;
    showProblem();
}

QString FieldRow::problem() const
{
    return m_typed.isEmpty() ? m_checked : m_typed;
}

void FieldRow::showProblem()
{
    m_problemLabel->setText(problem());
    m_problemLabel->setVisible(!problem().isEmpty());
    m_input->setInvalid(!problem().isEmpty());
}

bool FieldRow::differsFromDefault(const config::Field& field, const config::Value& value)
{
    // A name or a path has no default to differ from.
    const auto* text = std::get_if<std::string>(&field.fallback);
    return value != field.fallback && !(text != nullptr && text->empty()) && !field.choosesSchema;
}

bool FieldRow::matches(const config::Field& field, const QString& path, const QString& search)
{
    const QString text = path + QLatin1Char(' ') + QString::fromStdString(config::labelOf(field) + " " + field.help);
    for (const QString& word : search.split(QLatin1Char(' '), Qt::SkipEmptyParts))
        if (!text.contains(word, Qt::CaseInsensitive))
            return false;
    return true;
}

} // namespace ahascope::ui
