#include "ui/widgets/cell_painters.h"

#include <QApplication>
#include <QPainter>

#include "ui/theme/theme.h"
#include "ui/widgets/sparkline.h"

namespace ahascope::ui {

namespace {

void paintBackground(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index)
{
    QStyleOptionViewItem plain = option;
    plain.text.clear();
    plain.index = index;
    const QWidget* widget = option.widget;
    (widget != nullptr ? widget->style() : QApplication::style())
        ->drawControl(QStyle::CE_ItemViewItem, &plain, painter, widget);
}

} // namespace

BadgeDelegate::BadgeDelegate(std::function<Badge::Tone(const QModelIndex&)> tone, QObject* parent)
    : QStyledItemDelegate(parent)
    , m_tone(std::move(tone))
{
}

void BadgeDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    paintBackground(painter, option, index);
    const QString text = index.data(Qt::DisplayRole).toString();
    if (text.isEmpty())
        return;
    const double height = QFontMetricsF(typeFont(Type::Caption)).height() + 4;
    const QRectF area(option.rect.left() + 6, option.rect.center().y() - height / 2 + 0.5,
        std::min(Badge::width(text), option.rect.width() - 8.0), height);
    Badge::paint(*painter, area, text, m_tone(index), themeFor(option.palette));
}

void CurveDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    paintBackground(painter, option, index);
    paintSparkline(*painter, QRectF(option.rect).adjusted(6, 3, -6, -3), index.data(m_role).value<QList<double>>(),
        themeFor(option.palette));
}

} // namespace ahascope::ui
