// What the run and the window reported, newest last.
#pragma once

#include <deque>

#include <QAbstractTableModel>
#include <QString>

namespace ahascope::ui {

struct LogLine {
    qint64 time = 0;  // milliseconds since 1970-01-01 UTC
    qint64 step = -1; // global; -1: not of a step
    bool warning = false;
    QString text;
};

class LogModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column { Time, Step, Level, Text, ColumnCount };
    enum Role { WarningRole = Qt::UserRole + 1 };

    explicit LogModel(QObject* parent = nullptr) : QAbstractTableModel(parent) { }

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

    void add(const LogLine& line);
    void add(const QList<LogLine>& lines);
    void clear();
    QString allText() const; // as lines, for the clipboard

private:
    static constexpr std::size_t most = 20'000; // lines; older ones go, in blocks
    std::deque<LogLine> m_lines;
};

} // namespace ahascope::ui
