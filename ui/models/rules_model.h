// The rules of the experiment as a table: name, type, weight.
#pragma once

#include <QAbstractTableModel>

namespace ahascope::ui {

class ExperimentDocument;

class RulesModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column { Name, Type, Weight, ColumnCount };

    explicit RulesModel(ExperimentDocument& document, QObject* parent = nullptr);

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
    Qt::ItemFlags flags(const QModelIndex& index) const override;
    bool setData(const QModelIndex& index, const QVariant& value, int role) override;

    void add(const std::string& type); // with the defaults of its type, at the end
    void remove(int row);
    void move(int from, int to);

private:
    void takeDocument();

    ExperimentDocument& m_document;
    int m_rows = 0; // as the views know it
};

} // namespace ahascope::ui
