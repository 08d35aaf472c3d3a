// How tables look and behave everywhere.
#pragma once

#include <QTableView>

namespace ahascope::ui {

// Rows of one height, whole rows selected, no grid; Ctrl+C copies the selected rows as tab-separated text with a
// header. `key`: under which column widths, order and visibility are kept between sessions; empty: not kept.
class DataTable : public QTableView {
    Q_OBJECT
public:
    explicit DataTable(const QString& name, const QString& key, QWidget* parent = nullptr);

    // Call after the model is set: restores columns, or gives them these widths (0: hidden at first).
    void setColumns(const QList<int>& widths);
    // Columns can be shown and hidden from the header's context menu and from this menu.
    QMenu* columnMenu();

    QString selectedText() const;

Q_SIGNALS:
    void activatedRow(int row); // Return or double click

protected:
    void keyPressEvent(QKeyEvent* event) override;

private:
    void saveColumns() const;
    QString m_key;
};

} // namespace ahascope::ui
