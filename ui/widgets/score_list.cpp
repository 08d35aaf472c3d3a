#include "ui/widgets/score_list.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QVBoxLayout>

namespace ahascope::ui {

ScoreList::ScoreList(QWidget* parent) : QWidget(parent), m_column(new QVBoxLayout(this))
{
    m_column->setContentsMargins(0, 0, 0, 0);
    m_column->setSpacing(space::xs + 2);
}

void ScoreList::show(const std::vector<ScoreLine>& lines)
{
    m_lines = lines;
    while (QLayoutItem* item = m_column->takeAt(0)) {
        delete item->widget();
        delete item;
    }
    for (const ScoreLine& line : lines) {
        auto* holder = new QWidget;
        auto* row = new QHBoxLayout(holder);
        row->setContentsMargins(0, 0, 0, 0);
        row->setSpacing(space::s);
        auto* badge = new Badge(line.badge, line.tone);
        badge->setMinimumWidth(84);
        auto* name = label(line.name, Type::Strong);
        name->setMinimumWidth(120);
        auto* reason = label(line.reason, Type::Body, "secondary");
        reason->setWordWrap(true);
        reason->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
        // The first lines of all three stand on one height, however long the reason is.
        const int high = badge->sizeHint().height();
        name->setFixedHeight(high);
        reason->setContentsMargins(0, (high - reason->fontMetrics().height()) / 2, 0, 0);
        row->addWidget(badge, 0, Qt::AlignTop);
        row->addWidget(name, 0, Qt::AlignTop);
        row->addWidget(reason, 1, Qt::AlignTop);
        holder->setAccessibleName(QStringLiteral("%1 %2 %3").arg(line.name, line.badge, line.reason));
        m_column->addWidget(holder);
    }
}

QString ScoreList::text() const
{
    QStringList all;
    for (const ScoreLine& line : m_lines)
        all << QStringLiteral("%1 | %2 | %3").arg(line.name, line.badge, line.reason);
    return all.join(QLatin1Char('\n'));
}

} // namespace ahascope::ui
