#include "ui/widgets/empty_state.h"

#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QVBoxLayout>

#include "ui/widgets/labels.h"

namespace ahascope::ui {

namespace {
// An icon on a soft disc, following the theme.
class Emblem : public QWidget {
public:
    explicit Emblem(const QString& name) : m_icon(icon(name)) { setFixedSize(56, 56); }

protected:
    void paintEvent(QPaintEvent*) override
    {
        QPainter painter(this);
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(Qt::NoPen);
        painter.setBrush(themeFor(palette()).sunken);
        painter.drawEllipse(rect());
        m_icon.paint(&painter, rect().adjusted(15, 15, -15, -15));
    }

private:
    QIcon m_icon;
};
}

EmptyState::EmptyState(const QString& iconName, const QString& title, const QString& sentence, QWidget* parent)
    : QWidget(parent)
    , m_emblem(new Emblem(iconName))
    , m_title(label(title, Type::Title))
    , m_sentence(label(sentence, Type::Body, "secondary"))
    , m_action(new QPushButton)
{
    m_title->setAlignment(Qt::AlignCenter);
    m_sentence->setAlignment(Qt::AlignCenter);
    m_sentence->setWordWrap(true);
    m_sentence->setMaximumWidth(420);
    m_action->hide();
    setFocusProxy(m_action);
    auto* column = new QVBoxLayout(this);
    column->setSpacing(space::s);
    column->setContentsMargins(space::xl, space::xl, space::xl, space::xl);
    column->addStretch(2);
    column->addWidget(m_emblem, 0, Qt::AlignHCenter);
    column->addWidget(m_title);
    auto* row = new QHBoxLayout;
    row->addStretch();
    row->addWidget(m_sentence, 8);
    row->addStretch();
    column->addLayout(row);
    column->addSpacing(space::s);
    column->addWidget(m_action, 0, Qt::AlignHCenter);
    column->addStretch(3);
    connect(m_action, &QPushButton::clicked, this, &EmptyState::actionTriggered);
}

void EmptyState::setAction(const QString& text, const QString& iconName, const QString& tooltip)
{
    m_action->setText(text);
    if (!iconName.isEmpty())
        m_action->setIcon(icon(iconName));
    describe(m_action, text, tooltip.isEmpty() ? text : tooltip);
    m_action->setVisible(!text.isEmpty());
}

QSize EmptyState::minimumSizeHint() const
{
    return {160, 60};
}

// In a low pane the words matter more than the emblem and the air around them.
void EmptyState::resizeEvent(QResizeEvent*)
{
    const int needed = m_emblem->height() + m_title->sizeHint().height() + 2 * m_sentence->sizeHint().height()
        + (m_action->isVisibleTo(this) ? m_action->sizeHint().height() : 0) + 2 * space::xl + 4 * space::s;
    const bool low = height() < needed;
    m_emblem->setVisible(!low);
    const int margin = low ? space::s : space::xl;
    layout()->setContentsMargins(space::xl, margin, space::xl, margin);
}

void EmptyState::setText(const QString& title, const QString& sentence)
{
    m_title->setText(title);
    m_sentence->setText(sentence);
}

} // namespace ahascope::ui
