#include "ui/widgets/tables.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QHeaderView>
#include <QKeyEvent>
#include <QMenu>
#include <QSettings>
#include <QTimer>

#include "ui/theme/theme.h"

namespace ahascope::ui {

DataTable::DataTable(const QString& name, const QString& key, QWidget* parent) : QTableView(parent), m_key(key)
{
    setAccessibleName(name);
    setSelectionBehavior(QAbstractItemView::SelectRows);
    setShowGrid(false);
    setAlternatingRowColors(true);
    setWordWrap(false);
    setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
    setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    setCornerButtonEnabled(false);
    setEditTriggers(QAbstractItemView::EditKeyPressed | QAbstractItemView::DoubleClicked);
    setTabKeyNavigation(false);
    verticalHeader()->hide();
    verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    verticalHeader()->setDefaultSectionSize(fontMetrics().height() + 12);
    verticalHeader()->setMinimumSectionSize(12);
    QHeaderView* header = horizontalHeader();
    header->setHighlightSections(false);
    header->setSectionsMovable(true);
    header->setStretchLastSection(true);
    header->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    header->setContextMenuPolicy(Qt::CustomContextMenu);
    connect(header, &QHeaderView::customContextMenuRequested, this, [this, header](const QPoint& at) {
        QMenu* menu = columnMenu();
        menu->setAttribute(Qt::WA_DeleteOnClose);
        menu->popup(header->mapToGlobal(at));
    });
    connect(this, &QTableView::doubleClicked, this, [this](const QModelIndex& index) {
        if (!(index.flags() & Qt::ItemIsEditable))
            Q_EMIT activatedRow(index.row());
    });
}

void DataTable::setColumns(const QList<int>& widths)
{
    QHeaderView* header = horizontalHeader();
    const QByteArray state
        = m_key.isEmpty() ? QByteArray() : QSettings().value(QStringLiteral("columns/") + m_key).toByteArray();
    if (state.isEmpty() || !header->restoreState(state) || header->count() != widths.size())
        for (qsizetype column = 0; column < widths.size(); ++column) {
            header->setSectionHidden(static_cast<int>(column), widths[column] == 0);
            if (widths[column] > 0)
                header->resizeSection(static_cast<int>(column), widths[column]);
        }
    if (m_key.isEmpty())
        return;
    auto* later = new QTimer(this); // resizing by mouse changes the state with every pixel
    later->setSingleShot(true);
    later->setInterval(500);
    connect(later, &QTimer::timeout, this, [this] { saveColumns(); });
    connect(header, &QHeaderView::sectionResized, later, qOverload<>(&QTimer::start));
    connect(header, &QHeaderView::sectionMoved, later, qOverload<>(&QTimer::start));
}

void DataTable::saveColumns() const
{
    if (!m_key.isEmpty())
        QSettings().setValue(QStringLiteral("columns/") + m_key, horizontalHeader()->saveState());
}

QMenu* DataTable::columnMenu()
{
    auto* menu = new QMenu(this);
    for (int column = 0; model() != nullptr && column < model()->columnCount(); ++column) {
        QAction* action = menu->addAction(model()->headerData(column, Qt::Horizontal, Qt::DisplayRole).toString());
        action->setCheckable(true);
        action->setChecked(!isColumnHidden(column));
        connect(action, &QAction::toggled, this, [this, column](bool shown) {
            setColumnHidden(column, !shown);
            if (shown && columnWidth(column) < 20)
                setColumnWidth(column, 100);
            saveColumns();
        });
    }
    return menu;
}

QString DataTable::selectedText() const
{
    if (selectionModel() == nullptr)
        return {};
    QString text;
    const auto addLine = [&](auto&& cell) {
        QStringList cells;
        for (int place = 0; place < model()->columnCount(); ++place) {
            const int column = horizontalHeader()->logicalIndex(place);
            if (!isColumnHidden(column))
                cells << QString(cell(column)).replace(QLatin1Char('\t'), QLatin1Char(' '));
        }
        text += cells.join(QLatin1Char('\t')) + QLatin1Char('\n');
    };
    addLine([this](int column) { return model()->headerData(column, Qt::Horizontal, Qt::DisplayRole).toString(); });
    QModelIndexList rows = selectionModel()->selectedRows();
    std::sort(rows.begin(), rows.end());
    for (const QModelIndex& row : rows)
        addLine([&](int column) { return row.siblingAtColumn(column).data(Qt::DisplayRole).toString(); });
    return text;
}

void DataTable::keyPressEvent(QKeyEvent* event)
{
    if (event->matches(QKeySequence::Copy)) {
        QGuiApplication::clipboard()->setText(selectedText());
        return;
    }
    if ((event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter) && state() != EditingState
        && currentIndex().isValid()) {
        Q_EMIT activatedRow(currentIndex().row());
        return;
    }
    QTableView::keyPressEvent(event);
}

} // namespace ahascope::ui
