#include "ui/widgets/segmented_bar.h"

#include <QButtonGroup>
#include <QHBoxLayout>
#include <QPainter>
#include <QToolButton>

#include "ui/widgets/labels.h"

namespace ahascope::ui {

namespace {
// Drawn here: style sheets know nothing of a button's neighbours.
class Segment : public QToolButton {
public:
    Segment(const QString& text, const QString& iconName)
    {
        setText(text);
        setCheckable(true);
        setFocusPolicy(Qt::StrongFocus);
        setCursor(Qt::PointingHandCursor);
        if (!iconName.isEmpty())
            m_icon = ui::icon(iconName);
    }

    QSize sizeHint() const override
    {
        const QFontMetrics metrics(typeFont(Type::Strong));
        return {metrics.horizontalAdvance(text()) + (m_icon.isNull() ? 0 : 22) + 2 * space::m, metrics.height() + 10};
    }
    QSize minimumSizeHint() const override { return sizeHint(); }

protected:
    void paintEvent(QPaintEvent*) override
    {
        const Theme& theme = themeFor(palette());
        QPainter painter(this);
        painter.setRenderHint(QPainter::Antialiasing);
        const QRectF body = QRectF(rect()).adjusted(1.5, 1.5, -1.5, -1.5);
        if (isChecked()) {
            painter.setPen(QPen(theme.border, 1));
            painter.setBrush(theme.dark ? theme.raised : theme.surface);
            painter.drawRoundedRect(body, 6, 6);
        }
        if (hasFocus()) {
            painter.setPen(QPen(theme.accent, 1.5));
            painter.setBrush(Qt::NoBrush);
            painter.drawRoundedRect(body, 6, 6);
        }
        painter.setFont(typeFont(isChecked() ? Type::Strong : Type::Body));
        const double wide = painter.fontMetrics().horizontalAdvance(text()) + (m_icon.isNull() ? 0 : 22);
        double x = body.center().x() - wide / 2;
        if (!m_icon.isNull()) {
            m_icon.paint(&painter, QRect(static_cast<int>(x), static_cast<int>(body.center().y()) - 8, 16, 16),
                Qt::AlignCenter, isChecked() ? QIcon::Active : QIcon::Normal);
            x += 22;
        }
        painter.setPen(isChecked() || underMouse() ? theme.text : theme.secondary);
        painter.drawText(
            QRectF(x, body.top(), body.right() - x, body.height()), Qt::AlignLeft | Qt::AlignVCenter, text());
    }

private:
    QIcon m_icon;
};
}

SegmentedBar::SegmentedBar(const QString& name, QWidget* parent)
    : QWidget(parent)
    , m_group(new QButtonGroup(this))
    , m_row(new QHBoxLayout(this))
{
    setAccessibleName(name);
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    m_row->setContentsMargins(2, 2, 2, 2);
    m_row->setSpacing(0);
    connect(m_group, &QButtonGroup::idClicked, this, &SegmentedBar::chosen);
}

void SegmentedBar::add(const QString& text, const QString& iconName, const QString& tooltip)
{
    auto* segment = new Segment(text, iconName);
    describe(segment, text, tooltip);
    m_group->addButton(segment, static_cast<int>(m_group->buttons().size()));
    m_row->addWidget(segment);
}

int SegmentedBar::current() const
{
    return m_group->checkedId();
}

void SegmentedBar::setCurrent(int index)
{
    if (QAbstractButton* wanted = m_group->button(index)) {
        wanted->setChecked(true);
    } else if (QAbstractButton* checked = m_group->checkedButton()) {
        m_group->setExclusive(false);
        checked->setChecked(false);
        m_group->setExclusive(true);
    }
}

void SegmentedBar::paintEvent(QPaintEvent*)
{
    const Theme& theme = themeFor(palette());
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(theme.sunken);
    painter.drawRoundedRect(QRectF(rect()), 8, 8);
}

} // namespace ahascope::ui
