#include "ui/models/models_model.h"

#include <algorithm>

#include <QSettings>

#include "core/pipeline/device.h"
#include "ui/charts/plot_data.h"
#include "ui/models/column_header.h"
#include "ui/widgets/read_jobs.h"
#include "ui/widgets/stacked_bar.h"

namespace ahascope::ui {

using pipeline::ModelListing;
using pipeline::ModelUse;

namespace {

const QString placesKey = QStringLiteral("models/places");

bool isNumeric(int column)
{
    return column == ModelsModel::Parameters || column == ModelsModel::OnDisk || column == ModelsModel::Context
        || column == ModelsModel::Vocabulary;
}

QString orNoValue(const std::string& text)
{
    return text.empty() ? noValue() : QString::fromStdString(text);
}

QString orNoValue(std::int64_t count)
{
    return count == 0 ? noValue() : QString::number(count);
}

// "494M", "7.62B", as models are called.
QString parameterText(std::int64_t count)
{
    if (count == 0)
        return noValue();
    const auto value = static_cast<double>(count);
    if (value >= 999.5e6)
        return QString::number(value / 1e9, 'g', 3) + QLatin1Char('B');
    return value >= 999.5e3 ? QString::number(value / 1e6, 'g', 3) + QLatin1Char('M')
                            : QString::number(value / 1e3, 'g', 3) + QLatin1Char('K');
}

QVariant sortKey(const ModelListing& model, int column)
{
    switch (column) {
    case ModelsModel::Parameters:
        return static_cast<qlonglong>(model.parameters);
    case ModelsModel::OnDisk:
        return static_cast<qulonglong>(model.bytes);
    case ModelsModel::Context:
        return static_cast<qlonglong>(model.context);
    case ModelsModel::Vocabulary:
        return static_cast<qlonglong>(model.vocabulary);
    default:
        return {};
    }
}

} // namespace

QString textOf(ModelUse use)
{
    switch (use) {
    case ModelUse::Training:
        return QStringLiteral("training");
    case ModelUse::Lora:
        return QStringLiteral("LoRA");
    case ModelUse::Inference:
        return QStringLiteral("inference");
    case ModelUse::None:
        break;
    }
    return QStringLiteral("too large");
}

ModelsModel::ModelsModel(ReadJobs& jobs, QObject* parent) : QAbstractTableModel(parent), m_jobs(jobs) { }

ModelsModel::~ModelsModel()
{
    m_stop.request_stop();
}

void ModelsModel::searchOnce()
{
    if (!m_asked)
        search();
}

void ModelsModel::addPlace(const QString& folder)
{
    QStringList places = QSettings().value(placesKey).toStringList();
    if (!places.contains(folder))
        QSettings().setValue(placesKey, places << folder);
    search();
}

void ModelsModel::search()
{
    m_asked = true;
    pipeline::ModelSearch search;
    for (const QString& place : QSettings().value(placesKey).toStringList())
        search.places.emplace_back(place.toStdString());
    m_stop.request_stop();
    m_stop = std::stop_source();
    m_jobs.run(
        this, QStringLiteral("models"), tr("Looking for models"),
        [search = std::move(search), stop = m_stop.get_token()] {
            pipeline::ModelSearch everywhere = search;
            for (const std::filesystem::path& place : pipeline::usualModelPlaces())
                everywhere.places.push_back(place);
            return pipeline::findModels(everywhere, stop);
        },
        [this](std::vector<ModelListing> models) { show(std::move(models), kernels::hostMemory().total); });
}

void ModelsModel::show(std::vector<ModelListing> models, std::uint64_t memory)
{
    beginResetModel();
    m_models = std::move(models);
    m_memory = memory;
    endResetModel();
    Q_EMIT searched();
}

const ModelListing* ModelsModel::find(const QString& path) const
{
    const std::filesystem::path wanted = path.toStdString();
    const auto model
        = std::find_if(m_models.begin(), m_models.end(), [&](const ModelListing& m) { return m.path == wanted; });
    return model == m_models.end() ? nullptr : &*model;
}

ModelUse ModelsModel::useOf(const ModelListing& model) const
{
    return pipeline::mostDemandingUse(model.needs, m_memory);
}

int ModelsModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_models.size());
}

int ModelsModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QString ModelsModel::text(const ModelListing& model, int column) const
{
    switch (column) {
    case Name:
        return QString::fromStdString(model.name);
    case Family:
        return orNoValue(model.family);
    case Parameters:
        return parameterText(model.parameters);
    case StoredAs:
        return orNoValue(model.dtype);
    case OnDisk:
        return model.bytes == 0 ? noValue() : formatBytes(static_cast<double>(model.bytes));
    case Context:
        return orNoValue(model.context);
    case Vocabulary:
        return orNoValue(model.vocabulary);
    case ChatTemplate:
        return model.chatTemplate ? tr("yes") : tr("no");
    case License:
        return orNoValue(model.license);
    case Fits:
        return model.problem.empty() ? textOf(useOf(model)) : tr("not usable");
    default:
        return {};
    }
}

QVariant ModelsModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid))
        return {};
    const ModelListing& model = m_models[static_cast<std::size_t>(index.row())];
    switch (role) {
    case Qt::DisplayRole:
        return text(model, index.column());
    case Qt::ToolTipRole:
        return QString::fromStdString(model.problem.empty() ? model.path.string() : model.problem);
    case SortRole: {
        const QVariant key = sortKey(model, index.column());
        return key.isValid() ? key : text(model, index.column());
    }
    case PathRole:
        return QString::fromStdString(model.path.string());
    case UseRole:
        return static_cast<int>(useOf(model));
    case Qt::TextAlignmentRole:
        if (isNumeric(index.column()))
            return numberAlignment();
        return {};
    default:
        return {};
    }
}

QVariant ModelsModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    static const char* const names[] = {QT_TR_NOOP("Model"), QT_TR_NOOP("Family"), QT_TR_NOOP("Parameters"),
        QT_TR_NOOP("Stored as"), QT_TR_NOOP("On disk"), QT_TR_NOOP("Context"), QT_TR_NOOP("Vocabulary"),
        QT_TR_NOOP("Chat template"), QT_TR_NOOP("Licence"), QT_TR_NOOP("Fits for")};
    if (orientation != Qt::Horizontal || section < 0 || section >= ColumnCount)
        return {};
    return columnHeader(tr(names[section]), isNumeric(section), role);
}

} // namespace ahascope::ui
