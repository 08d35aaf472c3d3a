#include "ui/widgets/banner.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QToolButton>

#include "ui/widgets/guarded.h"
#include "ui/widgets/labels.h"

namespace ahascope::ui {

namespace {
struct Look {
    const char* iconName;
    Tint tint;
    QColor back;
    QColor line;
};
Look lookOf(Banner::Tone tone, const Theme& theme)
{
    switch (tone) {
    case Banner::Tone::Warning:
        return {"warning", Tint::Warning, theme.warningSoft, theme.warning};
    case Banner::Tone::Error:
        return {"warning", Tint::Bad, theme.badSoft, theme.bad};
    case Banner::Tone::Done:
        return {"check", Tint::Good, theme.goodSoft, theme.good};
    case Banner::Tone::Info:
        break;
    }
    return {"info", Tint::Accent, theme.accentSoft, theme.accent};
}
}

Banner::Banner(QWidget* parent)
    : QFrame(parent)
    , m_title(label({}, Type::Strong))
    , m_text(label({}))
    , m_button(new QPushButton)
{
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(space::l + 24, space::s, space::s, space::s);
    row->setSpacing(space::m);
    row->addWidget(m_title);
    m_text->setWordWrap(true);
    m_text->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    row->addWidget(m_text, 1);
    row->addWidget(m_button);
    auto* closer = toolButton(QStringLiteral("close"), tr("Dismiss"), tr("Hide this message"));
    row->addWidget(closer);
    connect(closer, &QToolButton::clicked, this, &QWidget::hide);
    connect(m_button, &QPushButton::clicked, this, guarded(this, tr("Action"), [this] {
        const auto action = m_action; // it may replace itself
        hide();
        if (action)
            action();
    }));
    m_button->hide();
    hide();
}

void Banner::show(Tone tone, const QString& title, const QString& text)
{
    m_tone = tone;
    m_title->setText(title);
    m_text->setText(text);
    setAccessibleName(title);
    setAccessibleDescription(text);
    m_button->hide();
    m_action = nullptr;
    setVisible(true);
    update();
}

void Banner::setAction(const QString& text, std::function<void()> action)
{
    m_action = std::move(action);
    m_button->setText(text);
    describe(m_button, text, text);
    m_button->setVisible(true);
}

QString Banner::title() const
{
    return m_title->text();
}

QString Banner::text() const
{
    return m_text->text();
}

void Banner::paintEvent(QPaintEvent*)
{
    const Look look = lookOf(m_tone, themeFor(palette()));
    QPainter painter(this);
    painter.fillRect(rect(), look.back);
    painter.fillRect(QRect(0, 0, 3, height()), look.line);
    icon(QString::fromLatin1(look.iconName), look.tint).paint(&painter, QRect(space::l, height() / 2 - 9, 18, 18));
}

} // namespace ahascope::ui
