#include "ui/panes/rescore_view.h"

#include <algorithm>

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

#include "ui/charts/plot_data.h"
#include "ui/models/current_run.h"
#include "ui/models/experiment_document.h"
#include "ui/models/store_access.h"
#include "ui/widgets/labels.h"
#include "ui/widgets/tables.h"
#include "ui/workbench.h"

namespace ahascope::ui {

namespace {

bool differs(const Rescored& sample)
{
    return sample.before != sample.after;
}

QString verdict(bool right)
{
    return right ? QStringLiteral("✓") : QStringLiteral("✗");
}

std::optional<double> mean(const std::vector<Rescored>& samples, std::optional<double> Rescored::*value)
{
    double sum = 0;
    int count = 0;
    for (const Rescored& sample : samples)
        if (sample.*value) {
            sum += *(sample.*value);
            ++count;
        }
    return count > 0 ? std::optional(sum / count) : std::nullopt;
}

} // namespace

int RescoreModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_samples.size());
}

int RescoreModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant RescoreModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid)
        || role != Qt::DisplayRole)
        return {};
    const Rescored& sample = m_samples[static_cast<std::size_t>(index.row())];
    switch (index.column()) {
    case Before:
        return formatNumber(sample.before, NumberFormat::Plain);
    case After:
        return (differs(sample) ? QStringLiteral("→ ") : QString()) + formatNumber(sample.after, NumberFormat::Plain);
    case Verdict:
        return sample.correctBefore == sample.correctAfter
            ? verdict(sample.correctAfter)
            : verdict(sample.correctBefore) + QStringLiteral(" → ") + verdict(sample.correctAfter);
    case Reason:
        return QString::fromStdString(sample.reason);
    case Completion:
        return QString::fromStdString(sample.completion).simplified();
    default:
        return {};
    }
}

QVariant RescoreModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    static const char* const names[]
        = {QT_TR_NOOP("Was"), QT_TR_NOOP("Would be"), QT_TR_NOOP("Right"), QT_TR_NOOP("Why"), QT_TR_NOOP("Completion")};
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole || section < 0 || section >= ColumnCount)
        return {};
    return tr(names[section]);
}

void RescoreModel::setSamples(std::vector<Rescored> samples)
{
    std::stable_partition(samples.begin(), samples.end(), differs);
    beginResetModel();
    m_samples = std::move(samples);
    endResetModel();
}

RescoreView::RescoreView(Workbench& workbench, QWidget* parent)
    : QWidget(parent)
    , m_workbench(workbench)
    , m_model(new RescoreModel(this))
    , m_table(new DataTable(tr("Samples under the edited rules"), QStringLiteral("rescore")))
    , m_summary(label({}, Type::Body, "secondary"))
    , m_button(button(tr("Score again"), QStringLiteral("refresh"),
          tr("Apply the rules as they are edited to the newest rollout of the current run")))
{
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    auto* row = new QHBoxLayout;
    row->setContentsMargins(space::m, space::m, space::m, space::s);
    row->setSpacing(space::m);
    m_summary->setWordWrap(true);
    row->addWidget(m_summary, 1);
    row->addWidget(m_button, 0, Qt::AlignTop);
    column->addLayout(row);
    m_table->setModel(m_model);
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    m_table->setColumns({70, 90, 70, 260, 400});
    m_table->hide(); // until there is something in it
    column->addWidget(m_table, 1);
    column->addStretch();
    connect(m_button, &QPushButton::clicked, this, guarded(this, tr("Scoring stored samples"), [this] { start(); }));
    connect(m_table, &DataTable::activatedRow, this, [this](int at) { Q_EMIT sampleChosen(m_model->idAt(at)); });
    const auto update = [this] {
        const bool has = m_workbench.current.number() != 0;
        m_button->setEnabled(has);
        if (m_model->rowCount() == 0)
            m_summary->setText(has
                    ? tr("See what the edited rules would have said of the newest rollout of this run, before a step "
                         "is trained with them.")
                    : tr("Open or start a run: its newest rollout can then be scored again with the edited rules."));
    };
    connect(&workbench.current, &CurrentRun::opened, this, guarded(this, tr("Opening a run"), [this, update] {
        m_model->setSamples({});
        m_table->hide();
        update();
    }));
    update();
}

void RescoreView::start()
{
    m_button->setEnabled(false);
    m_summary->setText(tr("Scoring…"));
    m_workbench.store.askRun(
        m_workbench.current.number(), this, QStringLiteral("rescore"), tr("Scoring stored samples"),
        [experiment = m_workbench.document.experiment()](
            store::RunReader& reader) { return rescoreLatest(reader, experiment); },
        [this](Rescoring result) { show(std::move(result)); });
}

void RescoreView::show(Rescoring result)
{
    m_button->setEnabled(true);
    if (!result.problems.empty()) {
        m_summary->setText(QString::fromStdString(toString(result.problems.front())));
        return;
    }
    if (result.samples.empty()) {
        m_summary->setText(tr("This run has no rollout yet."));
        return;
    }
    const auto changed = std::count_if(result.samples.begin(), result.samples.end(), differs);
    m_summary->setText(
        tr("Step %1: %2 of %3 rewards would change. Mean reward %4 → %5. Groups without a signal %6 → %7 of %8.")
            .arg(result.globalStep)
            .arg(changed)
            .arg(result.samples.size())
            .arg(formatNumber(mean(result.samples, &Rescored::before), NumberFormat::Plain),
                formatNumber(mean(result.samples, &Rescored::after), NumberFormat::Plain))
            .arg(result.deadGroupsBefore)
            .arg(result.deadGroupsAfter)
            .arg(result.groups));
    m_model->setSamples(std::move(result.samples));
    m_table->show();
}

QString RescoreView::summary() const
{
    return m_summary->text();
}

} // namespace ahascope::ui
