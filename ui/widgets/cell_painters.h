// Cells that are more than text.
#pragma once

#include <functional>

#include <QStyledItemDelegate>

#include "ui/widgets/labels.h"

namespace ahascope::ui {

// A pill with the cell's text; its tone comes from the index.
class BadgeDelegate : public QStyledItemDelegate {
    Q_OBJECT
public:
    BadgeDelegate(std::function<Badge::Tone(const QModelIndex&)> tone, QObject* parent);
    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;

private:
    std::function<Badge::Tone(const QModelIndex&)> m_tone;
};

// A curve the size of a word, from a role that holds QList<double>.
class CurveDelegate : public QStyledItemDelegate {
    Q_OBJECT
public:
    CurveDelegate(int role, QObject* parent) : QStyledItemDelegate(parent), m_role(role) { }
    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;

private:
    int m_role;
};

} // namespace ahascope::ui
