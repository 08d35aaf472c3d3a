#include "ui/panes/models_pane.h"

#include <QFileDialog>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSortFilterProxyModel>
#include <QStackedWidget>
#include <QVBoxLayout>

#include "ui/models/models_model.h"
#include "ui/widgets/cell_painters.h"
#include "ui/widgets/empty_state.h"
#include "ui/widgets/guarded.h"
#include "ui/widgets/stacked_bar.h"
#include "ui/widgets/tables.h"
#include "ui/workbench.h"

namespace ahascope::ui {

namespace {

Badge::Tone toneOf(pipeline::ModelUse use)
{
    switch (use) {
    case pipeline::ModelUse::Training:
        return Badge::Tone::Good;
    case pipeline::ModelUse::Lora:
        return Badge::Tone::Accent;
    case pipeline::ModelUse::Inference:
        return Badge::Tone::Warning;
    case pipeline::ModelUse::None:
        break;
    }
    return Badge::Tone::Bad;
}

} // namespace

ModelsPane::ModelsPane(Workbench& workbench, QWidget* parent)
    : QWidget(parent)
    , m_model(workbench.models)
    , m_proxy(new QSortFilterProxyModel(this))
    , m_table(new DataTable(tr("Models"), QStringLiteral("models")))
    , m_none(new EmptyState(QStringLiteral("model"), tr("Looking for models"), {}))
    , m_stack(new QStackedWidget)
{
    m_proxy->setSourceModel(&m_model);
    m_proxy->setSortRole(ModelsModel::SortRole);
    m_proxy->setSortCaseSensitivity(Qt::CaseInsensitive);
    m_proxy->setFilterKeyColumn(-1);
    m_proxy->setFilterCaseSensitivity(Qt::CaseInsensitive);
    m_table->setModel(m_proxy);
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    m_table->setItemDelegateForColumn(ModelsModel::Fits,
        new BadgeDelegate(
            [](const QModelIndex& index) {
                return toneOf(static_cast<pipeline::ModelUse>(index.data(ModelsModel::UseRole).toInt()));
            },
            m_table));
    m_table->setColumns({300, 90, 104, 96, 90, 90, 106, 124, 120, 120});
    m_table->setSortingEnabled(true);
    m_table->sortByColumn(ModelsModel::Name, Qt::AscendingOrder);
    m_stack->addWidget(m_none);
    m_stack->addWidget(m_table);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(makeBar());
    column->addWidget(m_stack, 1);
    column->addWidget(makeDetail());
    connect(
        m_none, &EmptyState::actionTriggered, this, guarded(this, tr("Adding a folder"), [this] { choosePlace(); }));
    connect(&m_model, &ModelsModel::searched, this, guarded(this, tr("Listing models"), [this] { showFound(); }));
    connect(m_table->selectionModel(), &QItemSelectionModel::selectionChanged, this,
        guarded(this, tr("Choosing a model"), [this] { showChosen(); }));
    connect(m_table, &DataTable::activatedRow, this, [this] {
        if (m_use->isEnabled())
            Q_EMIT useRequested(chosen());
    });
    setFocusProxy(m_none);
    showChosen();
}

QWidget* ModelsPane::makeBar()
{
    auto* frame = new QFrame;
    frame->setProperty("role", "bar");
    auto* row = new QHBoxLayout(frame);
    row->setContentsMargins(space::m, 6, space::m, 6);
    row->setSpacing(space::s);
    m_use = button(tr("Use in experiment"), QStringLiteral("launch"),
        tr("The experiment in Design begins with this model (Return)"), true);
    m_use->setObjectName(QStringLiteral("use"));
    auto* place = button(tr("Add folder…"), QStringLiteral("open"),
        tr("Look for models there as well: folders with a config.json, .gguf files"));
    auto* again = toolButton(QStringLiteral("refresh"), tr("Look again"), tr("Look for models again"));
    auto* find = new QLineEdit;
    find->setPlaceholderText(tr("Find a model"));
    find->setClearButtonEnabled(true);
    find->addAction(icon(QStringLiteral("search")), QLineEdit::LeadingPosition);
    find->setMaximumWidth(220);
    describe(find, tr("Find a model"), tr("In names, families, types and licences"));
    m_count = label({}, Type::Body, "secondary");
    row->addWidget(m_use);
    row->addWidget(place);
    row->addStretch();
    row->addWidget(m_count);
    row->addWidget(find);
    row->addWidget(again);
    connect(find, &QLineEdit::textChanged, m_proxy, &QSortFilterProxyModel::setFilterFixedString);
    connect(m_use, &QPushButton::clicked, this, [this] { Q_EMIT useRequested(chosen()); });
    connect(place, &QPushButton::clicked, this, guarded(this, tr("Adding a folder"), [this] { choosePlace(); }));
    connect(again, &QToolButton::clicked, this, guarded(this, tr("Looking for models"), [this] { m_model.search(); }));
    return frame;
}

QWidget* ModelsPane::makeDetail()
{
    auto* holder = new QFrame;
    auto* column = new QVBoxLayout(holder);
    column->setContentsMargins(space::m, space::s, space::m, space::m);
    column->setSpacing(space::xs);
    m_detailTitle = label({}, Type::Strong);
    m_detail = label({}, Type::Body, "secondary");
    m_detail->setWordWrap(true);
    m_detail->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_detail->setMinimumHeight(2 * m_detail->fontMetrics().lineSpacing());
    m_detail->setAlignment(Qt::AlignTop);
    column->addWidget(m_detailTitle);
    column->addWidget(m_detail);
    return holder;
}

void ModelsPane::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    m_model.searchOnce();
}

void ModelsPane::choosePlace()
{
    const QString folder = QFileDialog::getExistingDirectory(this, tr("Look for models in"));
    if (!folder.isEmpty())
        m_model.addPlace(folder);
}

QString ModelsPane::chosen() const
{
    const QModelIndexList rows = m_table->selectionModel()->selectedRows();
    return rows.isEmpty() ? QString() : rows.first().data(ModelsModel::PathRole).toString();
}

void ModelsPane::showFound()
{
    const int found = m_model.rowCount();
    m_count->setText(counted(found, tr("model"), tr("models")));
    m_none->setText(tr("No models found"),
        tr("Folders from the Hugging Face hub and .gguf files are listed. The local Hugging Face cache was looked at; "
           "add the folder where yours are, or drop one on the window."));
    m_none->setAction(tr("Add folder…"), QStringLiteral("open"));
    m_stack->setCurrentIndex(found > 0 ? 1 : 0);
    setFocusProxy(found > 0 ? static_cast<QWidget*>(m_table) : m_none); // what is hidden cannot have the focus
    if (found > 0)
        m_table->selectRow(0);
    showChosen();
}

void ModelsPane::showChosen()
{
    const pipeline::ModelListing* model = m_model.find(chosen());
    m_use->setEnabled(model != nullptr && model->problem.empty());
    m_detailTitle->setText(model == nullptr ? QString() : QString::fromStdString(model->name));
    if (model == nullptr) {
        m_detail->clear();
        return;
    }
    const QString path = QString::fromStdString(model->path.string());
    const auto bytes = [](std::uint64_t count) { return formatBytes(static_cast<double>(count)); };
    if (!model->problem.empty())
        m_detail->setText(path + QLatin1Char('\n') + tr("Not usable: %1").arg(QString::fromStdString(model->problem)));
    else
        m_detail->setText(path + QLatin1Char('\n')
            + tr("Needs %1 for inference, %2 for LoRA, %3 for full training; this machine has %4. With weights in F32, "
                 "512 tokens of prompt and of completion, 8 completions at once.")
                  .arg(bytes(model->needs.inference), bytes(model->needs.lora), bytes(model->needs.training),
                      bytes(m_model.memory())));
}

QString ModelsPane::countText() const
{
    return m_count->text();
}

QString ModelsPane::detailText() const
{
    return m_detailTitle->text() + QLatin1Char('\n') + m_detail->text();
}

} // namespace ahascope::ui
