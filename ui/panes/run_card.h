// A run as a card in a list: name, state, curve, what it reached.
#pragma once

#include <QStyledItemDelegate>

#include "core/store/run_types.h"
#include "ui/widgets/labels.h"

namespace ahascope::ui {

Badge::Tone toneOf(store::RunState state);

// Over RunsModel.
class RunCard : public QStyledItemDelegate {
    Q_OBJECT
public:
    using QStyledItemDelegate::QStyledItemDelegate;
    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;
};

} // namespace ahascope::ui
