#include "ui/panes/charts_pane.h"

#include <QFileDialog>
#include <QHBoxLayout>
#include <QLabel>
#include <QSaveFile>
#include <QScrollArea>
#include <QSettings>
#include <QSlider>
#include <QStackedWidget>
#include <QToolButton>
#include <QVBoxLayout>

#include "ui/charts/chart_export.h"
#include "ui/charts/chart_grid.h"
#include "ui/charts/plot_widget.h"
#include "ui/models/current_run.h"
#include "ui/models/curve_smoothing.h"
#include "ui/run_bridge.h"
#include "ui/widgets/empty_state.h"
#include "ui/widgets/guarded.h"
#include "ui/widgets/labels.h"
#include "ui/workbench.h"

namespace ahascope::ui {

namespace {

bool isEvaluation(const std::string& metric)
{
    return metric.starts_with("eval/");
}

void writeFile(const QString& file, const QByteArray& bytes)
{
    QSaveFile target(file);
    if (!target.open(QIODevice::WriteOnly) || target.write(bytes) != bytes.size() || !target.commit())
        throw InputError(
            {file.toStdString(), target.errorString().toStdString(), "choose a folder that can be written"});
}

} // namespace

ChartsPane::ChartsPane(Workbench& workbench, QWidget* parent)
    : QWidget(parent)
    , m_workbench(workbench)
    , m_stack(new QStackedWidget)
    , m_empty(new EmptyState(QStringLiteral("charts"), tr("No run to show"),
          tr("Start a run, or open one from the list of runs: accuracy and response length are drawn here while it "
             "trains.")))
    , m_grid(new ChartGrid)
{
    m_empty->setAction(tr("Go to Launch"), QStringLiteral("launch"), tr("Choose an experiment and start it"));
    connect(m_empty, &EmptyState::actionTriggered, this, &ChartsPane::launchRequested);
    m_scroll = new QScrollArea;
    m_scroll->setWidgetResizable(true);
    m_scroll->setFrameShape(QFrame::NoFrame);
    m_scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_scroll->setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOn); // else its coming and going redraws every chart
    m_grid->setAutoFillBackground(true);
    m_grid->setBackgroundRole(QPalette::Window);
    m_scroll->setWidget(m_grid);
    auto* charts = new QWidget;
    auto* inner = new QVBoxLayout(charts);
    inner->setContentsMargins(0, 0, 0, 0);
    inner->setSpacing(0);
    inner->addWidget(makeBar());
    inner->addWidget(m_scroll, 1);
    m_stack->addWidget(m_empty);
    m_stack->addWidget(charts);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->addWidget(m_stack);
    connect(&workbench.current, &CurrentRun::opened, this, guarded(this, tr("Opening a run"), [this] { rebuild(); }));
    connect(&workbench.current, &CurrentRun::seriesChanged, this,
        guarded(this, tr("Drawing"), [this] { refresh(ChartScheduler::Reason::Data); }));
    rebuild();
}

QWidget* ChartsPane::makeBar()
{
    auto* frame = new QFrame;
    frame->setProperty("role", "bar");
    auto* row = new QHBoxLayout(frame);
    row->setContentsMargins(space::m, 6, space::m, 6);
    row->setSpacing(space::s);
    row->addWidget(label(tr("Smoothing"), Type::Body, "secondary"));
    m_smoothing = new QSlider(Qt::Horizontal);
    m_smoothing->setRange(0, 100);
    m_smoothing->setFixedWidth(150);
    m_smoothing->setValue(storedSmoothing());
    describe(m_smoothing, tr("Smoothing"),
        tr("Exponential moving average of the training curves; the raw values stay behind, faintly. Held-out values "
           "are never smoothed."));
    row->addWidget(m_smoothing);
    m_smoothingText = label({}, Type::Caption, "muted");
    m_smoothingText->setMinimumWidth(40);
    row->addWidget(m_smoothingText);
    row->addStretch();
    row->addWidget(
        label(tr("Click a point for its samples · drag to zoom · L for a log axis"), Type::Caption, "muted"));
    row->addStretch();
    auto* all = toolButton(
        QStringLiteral("reset"), tr("All steps"), tr("Show all steps in every chart (double click in a chart)"));
    auto* save = toolButton(QStringLiteral("export"), tr("Export charts"),
        tr("Write every chart of this run as PNG and CSV into a folder"));
    row->addWidget(all);
    row->addWidget(save);
    const auto showWeight = [this] {
        m_smoothingText->setText(m_smoothing->value() == 0 ? tr("off") : QString::number(smoothing(), 'f', 2));
    };
    showWeight();
    connect(m_smoothing, &QSlider::valueChanged, this, guarded(this, tr("Smoothing"), [this, showWeight] {
        showWeight();
        QSettings().setValue(QStringLiteral("charts/smoothing"), m_smoothing->value());
        refresh(ChartScheduler::Reason::User);
    }));
    connect(all, &QToolButton::clicked, this, guarded(this, tr("Zooming"), [this] {
        for (const Shown& shown : m_charts)
            shown.plot->setZoom(std::nullopt);
    }));
    connect(save, &QToolButton::clicked, this, guarded(this, tr("Exporting charts"), [this] { exportAll(); }));
    return frame;
}

double ChartsPane::smoothing() const
{
    return weightOfSlider(m_smoothing->value());
}

void ChartsPane::setSmoothing(double weight)
{
    m_smoothing->setValue(sliderOfWeight(weight));
}

PlotWidget* ChartsPane::chart(const QString& id) const
{
    for (const Shown& shown : m_charts)
        if (shown.spec.id == id)
            return shown.plot;
    return nullptr;
}

PlotWidget* ChartsPane::makePlot(const ChartSpec& spec)
{
    auto* plot = new PlotWidget(spec.title, spec.help, m_scheduler);
    plot->setObjectName(spec.id);
    plot->setLarge(spec.large);
    plot->setEmptyText(spec.empty.isEmpty() ? tr("No values yet") : spec.empty);
    plot->setSource([this, spec] { return dataOf(spec); });
    connect(plot, &PlotWidget::stepHovered, this, guarded(this, tr("Pointing"), [this](std::optional<double> step) {
        for (const Shown& shown : m_charts)
            shown.plot->setCrosshair(step);
    }));
    connect(plot, &PlotWidget::zoomChosen, this, guarded(this, tr("Zooming"), [this](std::optional<Range> zoom) {
        for (const Shown& shown : m_charts)
            shown.plot->setZoom(zoom);
    }));
    connect(plot, &PlotWidget::stepClicked, this, [this, heldOut = spec.heldOut](qint64 step) {
        Q_EMIT stepClicked(step, heldOut || step == 0); // the base model is evaluated, never trained on
    });
    connect(plot, &PlotWidget::exportRequested, this,
        guarded(this, tr("Exporting a chart"),
            [this](PlotWidget* which, bool asPicture) { exportChart(which, asPicture); }));
    return plot;
}

void ChartsPane::rebuild()
{
    std::vector<std::string> names;
    for (const auto& [name, points] : m_workbench.current.series())
        names.push_back(name);
    const std::vector<ChartSpec> specs = chartCatalogue(names);
    std::vector<std::string> curves;
    for (const ChartSpec& spec : specs)
        for (const CurveSpec& curve : spec.curves)
            curves.push_back(spec.id.toStdString() + ' ' + curve.metric);
    const bool none = m_workbench.current.number() == 0 && !m_workbench.bridge.active();
    m_stack->setCurrentIndex(none ? 0 : 1);
    setFocusProxy(none ? static_cast<QWidget*>(m_empty) : m_scroll); // what is hidden cannot have the focus
    if (curves == m_curves) {
        refresh(ChartScheduler::Reason::User);
        return;
    }
    m_curves = std::move(curves);
    for (const Shown& shown : m_charts)
        shown.plot->deleteLater();
    m_charts.clear();
    QList<PlotWidget*> large;
    QList<PlotWidget*> small;
    for (const ChartSpec& spec : specs) {
        m_charts.push_back({spec, makePlot(spec)});
        (spec.large ? large : small).append(m_charts.back().plot);
    }
    m_grid->setCharts(large, small);
}

void ChartsPane::refresh(ChartScheduler::Reason reason)
{
    std::size_t known = 0;
    for (const auto& [name, points] : m_workbench.current.series())
        known += points.isEmpty() ? 0 : 1;
    if (reason == ChartScheduler::Reason::Data && known != m_known) {
        m_known = known; // new metrics may make new curves
        rebuild();
        return;
    }
    for (const Shown& shown : m_charts)
        shown.plot->invalidate(reason);
}

PlotData ChartsPane::dataOf(const ChartSpec& spec) const
{
    const CurrentRun& run = m_workbench.current;
    PlotData plotData;
    plotData.format = spec.format;
    plotData.stacked = spec.stacked;
    plotData.fromZero = spec.fromZero;
    const double weight = smoothing();
    for (const CurveSpec& wanted : spec.curves) {
        Curve curve;
        curve.name = wanted.name;
        curve.colour = wanted.colour;
        curve.dash = wanted.dash;
        curve.points = run.series(wanted.metric);
        curve.markers = isEvaluation(wanted.metric);
        if (!wanted.low.empty()) {
            curve.low = run.series(wanted.low);
            curve.high = run.series(wanted.high);
            if (curve.low.size() != curve.high.size())
                curve.low = curve.high = {};
        }
        if (weight > 0 && !curve.markers && curve.points.size() > 2) {
            QList<QPointF> smoothed = smoothedCurve(curve.points, weight);
            if (!spec.stacked)
                curve.raw = curve.points;
            curve.points = std::move(smoothed);
        }
        if (!curve.points.isEmpty() || spec.curves.size() > 1)
            plotData.curves.append(std::move(curve));
    }
    if (!spec.baseline.empty())
        plotData.baseline = run.atStart(spec.baseline);
    double last = 1;
    for (const auto& [name, points] : run.series())
        if (!points.isEmpty())
            last = std::max(last, points.back().x());
    plotData.steps = Range{0, last};
    for (const store::StageInfo& stage : run.stages())
        if (stage.firstGlobalStep > 0)
            plotData.markers.append({static_cast<double>(stage.firstGlobalStep), QString::fromStdString(stage.name)});
    return plotData;
}

void ChartsPane::exportChart(PlotWidget* plot, bool asPicture)
{
    const QString ending = asPicture ? QStringLiteral("png") : QStringLiteral("csv");
    const QString name
        = QString::fromStdString(m_workbench.current.info().name) + QLatin1Char('-') + plot->objectName();
    auto* dialog = new QFileDialog(
        this, tr("Export %1").arg(plot->title()), name + QLatin1Char('.') + ending, QStringLiteral("*.") + ending);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setDefaultSuffix(ending);
    connect(dialog, &QFileDialog::fileSelected, plot,
        guarded(this, tr("Exporting a chart"), [plot, asPicture](const QString& file) {
            plot->fetch();
            if (!asPicture)
                writeFile(file, toCsv(plot->data()));
            else if (!plot->picture(2.0).save(file, "PNG"))
                throw InputError(
                    {file.toStdString(), "the picture cannot be written", "choose a folder that can be written"});
        }));
    dialog->open();
}

void ChartsPane::exportAll()
{
    auto* dialog = new QFileDialog(this, tr("Export all charts into a folder"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::Directory);
    connect(
        dialog, &QFileDialog::fileSelected, this, guarded(this, tr("Exporting charts"), [this](const QString& folder) {
            for (const Shown& shown : m_charts) {
                shown.plot->fetch();
                writeFile(
                    folder + QLatin1Char('/') + shown.spec.id + QStringLiteral(".csv"), toCsv(shown.plot->data()));
                shown.plot->picture(2.0).save(
                    folder + QLatin1Char('/') + shown.spec.id + QStringLiteral(".png"), "PNG");
            }
        }));
    dialog->open();
}

} // namespace ahascope::ui
