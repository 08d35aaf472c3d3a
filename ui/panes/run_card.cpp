#include "ui/panes/run_card.h"

#include <algorithm>

#include <QGuiApplication>
#include <QPainter>

#include "ui/models/runs_model.h"
#include "ui/theme/theme.h"
#include "ui/widgets/labels.h"
#include "ui/widgets/sparkline.h"

namespace ahascope::ui {

Badge::Tone toneOf(store::RunState state)
{
    switch (state) {
    case store::RunState::Running:
        return Badge::Tone::Accent;
    case store::RunState::Finished:
        return Badge::Tone::Good;
    case store::RunState::Failed:
        return Badge::Tone::Bad;
    case store::RunState::Paused:
    case store::RunState::Interrupted:
        return Badge::Tone::Warning;
    case store::RunState::Queued:
    case store::RunState::Stopped:
        break;
    }
    return Badge::Tone::Neutral;
}

void RunCard::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    const Theme& theme = themeFor(QGuiApplication::palette()); // a view's own may come from a style sheet
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    const QRectF card = QRectF(option.rect).adjusted(1, 3, -1, -3);
    const bool chosen = option.state & (QStyle::State_Selected | QStyle::State_MouseOver);
    painter->setPen(QPen(option.state & QStyle::State_HasFocus ? theme.accent : theme.border, 1));
    painter->setBrush(chosen ? mix(theme.surface, theme.accentSoft, 0.6) : theme.surface);
    painter->drawRoundedRect(card, 8, 8);
    const auto cell = [&](int column) { return index.siblingAtColumn(column).data(Qt::DisplayRole).toString(); };
    const QRectF inner = card.adjusted(space::m, space::s, -space::m, -space::s);
    const QString state = cell(RunsModel::State);
    const double badge = Badge::width(state);
    const double curve = std::clamp(inner.width() * 0.26, 96.0, 220.0);
    const double figures = 130;
    double right = inner.right();
    paintSparkline(*painter, QRectF(right - curve, inner.top() + 2, curve, inner.height() - 4),
        index.data(RunsModel::CurveRole).value<QList<double>>(), theme);
    right -= curve + space::l;

    painter->setFont(typeFont(Type::Strong));
    painter->setPen(theme.text);
    const double line = QFontMetricsF(typeFont(Type::Strong)).height();
    painter->drawText(QRectF(right - figures, inner.top(), figures, line), Qt::AlignRight, cell(RunsModel::Accuracy));
    const double wide = right - figures - space::s - inner.left();
    const QString name
        = QFontMetricsF(painter->font()).elidedText(cell(RunsModel::Name), Qt::ElideRight, wide - badge - space::s);
    painter->drawText(QRectF(inner.left(), inner.top(), wide, line), Qt::AlignLeft, name);
    const double after = inner.left() + QFontMetricsF(painter->font()).horizontalAdvance(name) + space::s;
    Badge::paint(*painter, QRectF(after, inner.top() - 1, badge, line + 1), state,
        toneOf(static_cast<store::RunState>(index.data(RunsModel::StateRole).toInt())), theme);

    painter->setFont(typeFont(Type::Caption));
    painter->setPen(theme.secondary);
    const QRectF below(inner.left(), inner.bottom() - QFontMetricsF(painter->font()).height(), right - inner.left(),
        QFontMetricsF(painter->font()).height());
    painter->drawText(below, Qt::AlignRight, RunCard::tr("length %1").arg(cell(RunsModel::Length)));
    QStringList facts{
        cell(RunsModel::Created), RunCard::tr("step %1").arg(cell(RunsModel::Step)), cell(RunsModel::Duration)};
    if (const QString notes = cell(RunsModel::Notes); !notes.isEmpty())
        facts << notes;
    painter->drawText(below, Qt::AlignLeft,
        QFontMetricsF(painter->font())
            .elidedText(facts.join(QStringLiteral("  ·  ")), Qt::ElideRight, below.width() - figures - space::s));
    painter->restore();
}

QSize RunCard::sizeHint(const QStyleOptionViewItem&, const QModelIndex&) const
{
    const double lines
        = QFontMetricsF(typeFont(Type::Strong)).height() + QFontMetricsF(typeFont(Type::Caption)).height();
    return {200, static_cast<int>(lines) + 2 * space::s + 14};
}

} // namespace ahascope::ui
