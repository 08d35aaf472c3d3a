#include "ui/panes/compare_pane.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QScrollArea>
#include <QSplitter>
#include <QStackedWidget>
#include <QTabWidget>
#include <QToolButton>
#include <QVBoxLayout>

#include "core/config/toml.h"
#include "ui/charts/chart_grid.h"
#include "ui/charts/plot_widget.h"
#include "ui/models/curve_smoothing.h"
#include "ui/models/diff_model.h"
#include "ui/models/runs_model.h"
#include "ui/models/store_access.h"
#include "ui/panes/paired_view.h"
#include "ui/widgets/empty_state.h"
#include "ui/widgets/labels.h"
#include "ui/widgets/tables.h"
#include "ui/workbench.h"

namespace ahascope::ui {

namespace {

// What the reading thread finds of the two.
struct Answer {
    SeriesMap a;
    SeriesMap b;
    std::vector<config::Difference> differences;
    QString diffProblem;
    PairedResult paired;
};

SeriesMap seriesOf(store::RunReader& reader)
{
    SeriesMap map;
    const std::vector<std::string> names = reader.metricNames();
    const store::MetricSeries series = reader.metrics(names);
    for (std::size_t k = 0; k < names.size(); ++k)
        for (const store::MetricPoint& p : series.points[k])
            map[names[k]].append({static_cast<double>(p.globalStep), p.value});
    return map;
}

config::Experiment experimentOf(store::RunReader& reader)
{
    std::vector<Problem> problems; // an old run may hold what is no longer allowed; what can be read is compared
    return config::parseExperiment(reader.info().description.experiment, "experiment", reader.folder(), {}, problems);
}

QList<QPointF> pointsOf(const SeriesMap& series, const std::string& metric)
{
    const auto found = series.find(metric);
    return found == series.end() ? QList<QPointF>() : found->second;
}

} // namespace

ComparePane::ComparePane(Workbench& workbench, QWidget* parent)
    : QWidget(parent)
    , m_workbench(workbench)
    , m_stack(new QStackedWidget)
    , m_diff(new DiffModel(this))
    , m_paired(new PairedView(workbench))
{
    auto* none = new EmptyState(QStringLiteral("compare"), tr("Two runs side by side"),
        tr("Choose two runs: their curves are laid over each other, with what was changed between them and which "
           "held-out problems each solved."));
    none->setAction(tr("Choose runs"), QStringLiteral("runs"));
    connect(none, &EmptyState::actionTriggered, this, &ComparePane::runsRequested);
    m_grid = new ChartGrid;
    m_grid->setAutoFillBackground(true);
    m_grid->setBackgroundRole(QPalette::Window);
    m_grid->setSmallHeight(150); // two rows beside the paired problems in a window of 900 pixels
    QList<PlotWidget*> small;
    addChart(tr("Held-out accuracy"), "eval/pass@1", NumberFormat::Percent, false, small);
    addChart(tr("Response length"), "completions/mean_length", NumberFormat::Plain, false, small);
    addChart(tr("Reward"), "reward", NumberFormat::Plain, false, small);
    addChart(tr("Reflections per completion"), "reflection/per_completion", NumberFormat::Plain, false, small);
    addChart(tr("Entropy"), "entropy", NumberFormat::Plain, false, small);
    addChart(tr("Format kept"), "format", NumberFormat::Percent, false, small);
    m_grid->setCharts({}, small);
    auto* scroll = new QScrollArea;
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOn);
    scroll->setWidget(m_grid);
    auto* tabs = new QTabWidget;
    tabs->setDocumentMode(true);
    tabs->addTab(m_paired, tr("Held-out problems"));
    tabs->addTab(makeSettings(), tr("Changed settings"));
    auto* splitter = new QSplitter(Qt::Vertical);
    splitter->setChildrenCollapsible(false);
    splitter->addWidget(scroll);
    splitter->addWidget(tabs);
    splitter->setSizes({400, 400});
    splitter->setStretchFactor(1, 1);
    auto* page = new QWidget;
    auto* inner = new QVBoxLayout(page);
    inner->setContentsMargins(0, 0, 0, 0);
    inner->setSpacing(0);
    inner->addWidget(makeBar());
    inner->addWidget(splitter, 1);
    m_stack->addWidget(none);
    m_stack->addWidget(page);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->addWidget(m_stack);
    connect(&workbench.runs, &RunsModel::refreshed, this, guarded(this, tr("Listing runs"), [this] { fillRuns(); }));
    fillRuns();
}

QWidget* ComparePane::makeBar()
{
    auto* frame = new QFrame;
    frame->setProperty("role", "bar");
    auto* row = new QHBoxLayout(frame);
    row->setContentsMargins(space::m, 6, space::m, 6);
    row->setSpacing(space::s);
    m_a = new QComboBox;
    m_b = new QComboBox;
    for (QComboBox* box : {m_a, m_b}) {
        box->setMinimumContentsLength(20);
        box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
        connect(box, &QComboBox::activated, this, guarded(this, tr("Comparing"), [this] { ask(); }));
    }
    describe(m_a, tr("Run A"), tr("The first run: solid blue lines"));
    describe(m_b, tr("Run B"), tr("The second run: dashed orange lines"));
    auto* swap = toolButton(QStringLiteral("swap"), tr("Swap"), tr("Exchange A and B"));
    connect(swap, &QToolButton::clicked, this, guarded(this, tr("Comparing"), [this] {
        compare(m_b->currentData().toLongLong(), m_a->currentData().toLongLong());
    }));
    row->addWidget(label(tr("A"), Type::Strong));
    row->addWidget(m_a, 1);
    row->addWidget(swap);
    row->addWidget(label(tr("B"), Type::Strong));
    row->addWidget(m_b, 1);
    row->addStretch(1);
    return frame;
}

QWidget* ComparePane::makeSettings()
{
    auto* holder = new QWidget;
    auto* column = new QVBoxLayout(holder);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    m_diffNote = label({}, Type::Body, "secondary");
    m_diffNote->setContentsMargins(space::m, space::s, space::m, space::s);
    m_diffTable = new DataTable(tr("Changed settings"), QStringLiteral("diff"));
    m_diffTable->setModel(m_diff);
    m_diffTable->setColumns({320, 260, 260});
    column->addWidget(m_diffNote);
    column->addWidget(m_diffTable, 1);
    return holder;
}

void ComparePane::addChart(
    const QString& title, const std::string& metric, NumberFormat format, bool large, QList<PlotWidget*>& into)
{
    auto* plot = new PlotWidget(title, QString::fromStdString(metric), m_scheduler);
    plot->setLarge(large);
    plot->setSource([this, metric, format] { return dataOf(metric, format); });
    connect(plot, &PlotWidget::stepHovered, this, [this](std::optional<double> step) {
        for (PlotWidget* each : m_plots)
            each->setCrosshair(step);
    });
    connect(plot, &PlotWidget::zoomChosen, this, [this](std::optional<Range> zoom) {
        for (PlotWidget* each : m_plots)
            each->setZoom(zoom);
    });
    m_plots.append(plot);
    into.append(plot);
}

PlotData ComparePane::dataOf(const std::string& metric, NumberFormat format) const
{
    PlotData plotData;
    plotData.format = format;
    for (int side = 0; side < 2; ++side) {
        const SeriesMap& series = side == 0 ? m_seriesA : m_seriesB;
        Curve curve;
        curve.name = side == 0 ? tr("A") : tr("B");
        curve.colour = side;
        curve.dash = side == 0 ? Qt::SolidLine : Qt::DashLine;
        curve.points = pointsOf(series, metric);
        curve.markers = metric.starts_with("eval/");
        if (metric == "eval/pass@1") {
            curve.low = pointsOf(series, metric + "_low");
            curve.high = pointsOf(series, metric + "_high");
            if (curve.low.size() != curve.high.size())
                curve.low = curve.high = {};
        }
        if (!curve.markers && curve.points.size() > 2 && storedSmoothing() > 0) {
            curve.raw = curve.points;
            curve.points = smoothedCurve(curve.points, weightOfSlider(storedSmoothing()));
        }
        plotData.curves.append(curve);
    }
    return plotData;
}

void ComparePane::fillRuns()
{
    for (QComboBox* box : {m_a, m_b}) {
        const QVariant chosen = box->currentData();
        const QSignalBlocker quiet(box);
        box->clear();
        for (const RunRow& row : m_workbench.runs.rows())
            box->addItem(QStringLiteral("%1  %2").arg(row.entry.number).arg(QString::fromStdString(row.entry.name)),
                static_cast<qlonglong>(row.entry.number));
        box->setCurrentIndex(box->findData(chosen));
    }
}

void ComparePane::compare(qint64 a, qint64 b)
{
    m_a->setCurrentIndex(m_a->findData(static_cast<qlonglong>(a)));
    m_b->setCurrentIndex(m_b->findData(static_cast<qlonglong>(b)));
    ask();
}

void ComparePane::ask()
{
    const std::int64_t a = m_a->currentData().toLongLong();
    const std::int64_t b = m_b->currentData().toLongLong();
    if (a == 0 || b == 0)
        return;
    m_stack->setCurrentIndex(1);
    m_workbench.store.jobs().run(
        this, QStringLiteral("compare"), tr("Comparing runs"),
        [state = m_workbench.store.state(), a, b] {
            Answer answer;
            store::RunReader& readerA = StoreAccess::readerOf(*state, a);
            store::RunReader& readerB = StoreAccess::readerOf(*state, b);
            answer.a = seriesOf(readerA);
            answer.b = seriesOf(readerB);
            try {
                answer.differences = config::diff(experimentOf(readerA), experimentOf(readerB));
            } catch (const std::exception& error) {
                answer.diffProblem = QString::fromUtf8(error.what());
            }
            answer.paired = pairRuns(readerA, readerB);
            return answer;
        },
        [this, a, b](Answer answer) {
            m_seriesA = std::move(answer.a);
            m_seriesB = std::move(answer.b);
            for (PlotWidget* plot : m_plots)
                plot->invalidate(ChartScheduler::Reason::User);
            const auto changed = static_cast<qint64>(answer.differences.size());
            m_diffNote->setText(!answer.diffProblem.isEmpty() ? answer.diffProblem
                    : changed == 0                            ? tr("The settings are the same.")
                                                              : tr("%1 changed; everything else is the same.")
                                         .arg(counted(changed, tr("setting"), tr("settings"))));
            m_diff->show(std::move(answer.differences));
            m_paired->show(a, b, std::move(answer.paired));
        });
}

} // namespace ahascope::ui
