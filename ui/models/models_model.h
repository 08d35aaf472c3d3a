// The models on this machine, as a table.
#pragma once

#include <stop_token>
#include <vector>

#include <QAbstractTableModel>

#include "core/pipeline/model_listing.h"

namespace ahascope::ui {

class ReadJobs;

// "training", "LoRA", "inference", "too large"
QString textOf(pipeline::ModelUse use);

class ModelsModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column {
        Name,
        Family,
        Parameters,
        StoredAs,
        OnDisk,
        Context,
        Vocabulary,
        ChatTemplate,
        License,
        Fits,
        ColumnCount
    };
    enum Role { SortRole = Qt::UserRole + 1, PathRole, UseRole };

    explicit ModelsModel(ReadJobs& jobs, QObject* parent = nullptr);
    ~ModelsModel() override;

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

    // Looks in the usual places and those that were added; an earlier search that has not finished ends.
    void search();
    void searchOnce();                    // unless it was done before
    void addPlace(const QString& folder); // kept in the settings; searches
    // Takes a list as it is; `memory` of this machine, bytes.
    void show(std::vector<pipeline::ModelListing> models, std::uint64_t memory);

    const pipeline::ModelListing* find(const QString& path) const;
    pipeline::ModelUse useOf(const pipeline::ModelListing& model) const;
    std::uint64_t memory() const { return m_memory; }

Q_SIGNALS:
    void searched();

private:
    QString text(const pipeline::ModelListing& model, int column) const;

    ReadJobs& m_jobs;
    std::vector<pipeline::ModelListing> m_models;
    std::uint64_t m_memory = 0;
    std::stop_source m_stop;
    bool m_asked = false;
};

} // namespace ahascope::ui
