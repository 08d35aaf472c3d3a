#include "ui/widgets/section.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QToolButton>
#include <QVBoxLayout>

#include "ui/widgets/labels.h"

namespace ahascope::ui {

Section::Section(const QString& title, QWidget* parent)
    : QWidget(parent)
    , m_head(new QToolButton)
    , m_holder(new QWidget)
    , m_body(new QVBoxLayout(m_holder))
    , m_remark(label({}, Type::Caption, "muted"))
    , m_headRow(new QHBoxLayout)
{
    m_head->setText(title);
    m_head->setFont(typeFont(Type::Strong));
    m_head->setProperty("flat", true);
    m_head->setCheckable(true);
    m_head->setChecked(true);
    m_head->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    m_head->setStyleSheet(QStringLiteral(
        "QToolButton, QToolButton:checked { background: transparent; border-color: transparent; padding: 4px 2px; }"));
    describe(m_head, title, tr("Show or hide this group"));
    m_headRow->setContentsMargins(0, 0, 0, 0);
    m_headRow->setSpacing(space::s);
    m_headRow->addWidget(m_head);
    m_headRow->addStretch();
    m_headRow->addWidget(m_remark);
    m_body->setContentsMargins(inset, 0, 0, space::s);
    m_body->setSpacing(space::xs);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(space::xs);
    column->addLayout(m_headRow);
    column->addWidget(m_holder);
    connect(m_head, &QToolButton::clicked, this, [this](bool open) {
        setOpen(open);
        Q_EMIT toggled(open); // only what a person did
    });
    setOpen(true);
}

void Section::setOpen(bool open)
{
    m_head->setChecked(open);
    m_head->setIcon(icon(open ? QStringLiteral("down") : QStringLiteral("right")));
    m_holder->setVisible(open);
}

bool Section::isOpen() const
{
    return m_head->isChecked();
}

void Section::setRemark(const QString& text, const char* role)
{
    m_remark->setText(text);
    setRole(m_remark, role);
}

void Section::addHeadWidget(QWidget* widget)
{
    m_headRow->addWidget(widget);
}

} // namespace ahascope::ui
