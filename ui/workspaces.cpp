#include "ui/workspaces.h"

#include <algorithm>

#include <QMainWindow>
#include <QSettings>
#include <QTabBar>
#include <QTimer>

#include "ui/pane_dock.h"

namespace ahascope::ui {

namespace {

constexpr int stateVersion = 3; // a stored layout of another version is not used

const QString panesKey = QStringLiteral("-panes");

QString keyOf(std::size_t workspace)
{
    static constexpr const char* names[] = {"start", "design", "train", "inspect", "compare"};
    return QStringLiteral("layout/") + QLatin1String(names[workspace]);
}

} // namespace

Workspaces::Workspaces(QMainWindow& window) : QObject(&window), m_window(window)
{
    window.setDockNestingEnabled(true);
    window.setDockOptions(QMainWindow::AllowNestedDocks | QMainWindow::AllowTabbedDocks | QMainWindow::GroupedDragging);
    window.setTabPosition(Qt::AllDockWidgetAreas, QTabWidget::North);
}

void Workspaces::add(PaneDock* dock)
{
    m_docks[dock->objectName()] = dock;
    m_window.addDockWidget(Qt::TopDockWidgetArea, dock);
    dock->hide();
    // Qt tells of moves before its own layout has settled.
    const auto later = [this] { QTimer::singleShot(0, this, [this] { updateTitleBars(); }); };
    connect(dock, &QDockWidget::dockLocationChanged, this, later);
    connect(dock, &QDockWidget::topLevelChanged, this, later);
    connect(dock, &QDockWidget::visibilityChanged, this, later);
}

PaneDock* Workspaces::dock(const QString& id) const
{
    const auto found = m_docks.find(id);
    return found == m_docks.end() ? nullptr : found->second;
}

void Workspaces::updateTitleBars()
{
    for (const auto& [id, dock] : m_docks)
        dock->updateTitleBar();
    for (QTabBar* bar : m_window.findChildren<QTabBar*>(QString(), Qt::FindDirectChildrenOnly)) {
        bar->setDocumentMode(true);
        bar->setExpanding(false);
        bar->setDrawBase(false);           // Qt sets it when it takes a bar out of its store
        bar->setFocusPolicy(Qt::TabFocus); // else no key leads from pane to pane
        bar->setAccessibleName(tr("Panes"));
    }
}

void Workspaces::remember()
{
    if (m_current == Workspace::Start)
        return;
    Layout& layout = m_layouts[static_cast<std::size_t>(m_current)];
    layout = {m_window.saveState(stateVersion), {}};
    for (const auto& [id, dock] : m_docks)
        if (!dock->isHidden())
            layout.panes.append(id);
}

void Workspaces::show(Workspace workspace)
{
    if (workspace == m_current && workspace != Workspace::Start)
        return;
    remember();
    m_current = workspace;
    m_window.setUpdatesEnabled(false);
    m_window.centralWidget()->setVisible(workspace == Workspace::Start);
    if (workspace == Workspace::Start)
        m_window.centralWidget()->setFocus();
    if (!restoreLayout(m_layouts[static_cast<std::size_t>(workspace)]))
        layOut(workspace);
    updateTitleBars();
    m_window.setUpdatesEnabled(true);
    static constexpr const char* mains[] = {"", "launch", "charts", "samples", "runs"};
    if (PaneDock* pane = dock(QLatin1String(mains[static_cast<std::size_t>(workspace)])))
        pane->widget()->setFocus();
    Q_EMIT changed(workspace);
}

void Workspaces::showPane(Workspace workspace, const QString& id)
{
    show(workspace);
    if (PaneDock* pane = dock(id)) {
        pane->show();
        pane->raise();
    }
}

// Sizes count only once the docks have been laid out.
void Workspaces::resizeLater(const QList<QDockWidget*>& docks, const QList<int>& sizes, Qt::Orientation orientation)
{
    m_window.resizeDocks(docks, sizes, orientation);
    QTimer::singleShot(0, this, [this, docks, sizes, orientation] {
        const bool shown = std::none_of(docks.begin(), docks.end(), [](const QDockWidget* d) { return d->isHidden(); });
        if (shown) // and not another workspace by now
            m_window.resizeDocks(docks, sizes, orientation);
    });
}

void Workspaces::removeAll()
{
    for (const auto& [id, dock] : m_docks) {
        dock->setFloating(false);
        m_window.removeDockWidget(dock);
    }
}

bool Workspaces::restoreLayout(const Layout& layout)
{
    removeAll();
    if (layout.panes.isEmpty() || !m_window.restoreState(layout.state, stateVersion))
        return false;
    for (const auto& [id, dock] : m_docks)
        if (!layout.panes.contains(id))
            m_window.removeDockWidget(dock);
        else if (dock->isHidden())
            return false;
    return true;
}

void Workspaces::layOut(Workspace workspace)
{
    removeAll();
    const auto put = [this](const QString& id) {
        PaneDock* pane = dock(id);
        m_window.addDockWidget(Qt::TopDockWidgetArea, pane);
        pane->show();
        return pane;
    };
    const auto tabs = [&](std::initializer_list<const char*> ids, const char* front) {
        QDockWidget* first = nullptr;
        for (const char* id : ids) {
            PaneDock* pane = put(QLatin1String(id));
            if (first != nullptr)
                m_window.tabifyDockWidget(first, pane);
            else
                first = pane;
        }
        dock(QLatin1String(front))->raise();
    };
    switch (workspace) {
    case Workspace::Start:
        break;
    case Workspace::Design:
        tabs({"models", "template", "rewards", "launch"}, "launch");
        break;
    case Workspace::Train: {
        PaneDock* charts = put(QStringLiteral("charts"));
        PaneDock* log = dock(QStringLiteral("log"));
        PaneDock* hardware = dock(QStringLiteral("hardware"));
        m_window.splitDockWidget(charts, log, Qt::Vertical);
        m_window.splitDockWidget(log, hardware, Qt::Horizontal);
        log->show();
        hardware->show();
        resizeLater({charts, log}, {560, 250}, Qt::Vertical);
        resizeLater({log, hardware}, {500, 500}, Qt::Horizontal);
        break;
    }
    case Workspace::Inspect: {
        PaneDock* samples = put(QStringLiteral("samples"));
        PaneDock* reader = dock(QStringLiteral("reader"));
        m_window.splitDockWidget(samples, reader, Qt::Horizontal);
        reader->show();
        resizeLater({samples, reader}, {540, 460}, Qt::Horizontal);
        break;
    }
    case Workspace::Compare:
        tabs({"runs", "compare", "playground"}, "runs");
        break;
    }
}

void Workspaces::resetLayout()
{
    m_window.setUpdatesEnabled(false);
    layOut(m_current);
    updateTitleBars();
    m_window.setUpdatesEnabled(true);
}

void Workspaces::save()
{
    remember();
    QSettings settings;
    for (std::size_t k = 1; k < m_layouts.size(); ++k)
        if (!m_layouts[k].panes.isEmpty()) {
            settings.setValue(keyOf(k), m_layouts[k].state);
            settings.setValue(keyOf(k) + panesKey, m_layouts[k].panes);
        }
}

void Workspaces::restore()
{
    const QSettings settings;
    for (std::size_t k = 1; k < m_layouts.size(); ++k)
        m_layouts[k] = {settings.value(keyOf(k)).toByteArray(), settings.value(keyOf(k) + panesKey).toStringList()};
}

} // namespace ahascope::ui
