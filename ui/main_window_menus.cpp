// Menus, the row at the top, and the help that belongs to them.
#include <QActionGroup>
#include <QApplication>
#include <QClipboard>
#include <QDesktopServices>
#include <QFileDialog>
#include <QLabel>
#include <QMenuBar>
#include <QMessageBox>
#include <QSettings>
#include <QToolButton>
#include <QVBoxLayout>

#include "ui/main_window.h"
#include "ui/models/current_run.h"
#include "ui/models/experiment_document.h"
#include "ui/models/store_access.h"
#include "ui/pane_dock.h"
#include "ui/panes/launch_pane.h"
#include "ui/resource_paths.h"
#include "ui/run_bar.h"
#include "ui/theme/appearance.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/guarded.h"
#include "ui/widgets/labels.h"
#include "ui/widgets/segmented_bar.h"
#include "ui/workspaces.h"

namespace ahascope::ui {

void MainWindow::makeTop()
{
    auto* top = new QWidget;
    auto* column = new QVBoxLayout(top);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    auto* frame = new QFrame;
    frame->setProperty("role", "bar");
    auto* row = new QHBoxLayout(frame);
    row->setContentsMargins(space::s, 3, space::s, 3);
    row->setSpacing(space::s);
    auto* home = toolButton(QStringLiteral("home"), tr("Start page"), tr("Recent runs and ways to begin (Ctrl+0)"));
    auto* menus = new QMenuBar;
    menus->setObjectName(QStringLiteral("menus"));
    menus->setStyleSheet(QStringLiteral("QMenuBar { border: none; }"));
    menus->setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    home->setFocusPolicy(Qt::TabFocus);
    m_workspaceBar = new SegmentedBar(tr("Workspaces"));
    m_workspaceBar->add(tr("Design"), QStringLiteral("template"), tr("Template, rewards and settings (Ctrl+1)"));
    m_workspaceBar->add(tr("Train"), QStringLiteral("charts"), tr("Curves, log and hardware of the run (Ctrl+2)"));
    m_workspaceBar->add(tr("Inspect"), QStringLiteral("reader"), tr("Samples, to be filtered and read (Ctrl+3)"));
    m_workspaceBar->add(tr("Compare"), QStringLiteral("compare"), tr("Runs, and two of them side by side (Ctrl+4)"));
    row->addWidget(home);
    row->addWidget(menus, 1);
    row->addWidget(m_workspaceBar);
    column->addWidget(frame);
    m_runBar = new RunBar(*m_workbench, *m_actions);
    column->addWidget(m_runBar);
    m_banner = new Banner;
    column->addWidget(m_banner);
    setMenuWidget(top);
    connect(home, &QToolButton::clicked, this,
        guarded(this, tr("Going to the start page"), [this] { m_workspaces->show(Workspace::Start); }));
    connect(m_workspaceBar, &SegmentedBar::chosen, this, guarded(this, tr("Changing the workspace"), [this](int index) {
        m_workspaces->show(static_cast<Workspace>(index + 1));
    }));
    connect(m_workspaces, &Workspaces::changed, this,
        guarded(this, tr("Changing the workspace"), [this](Workspace workspace) {
            m_workspaceBar->setCurrent(static_cast<int>(workspace) - 1);
            m_runBar->setVisible(workspace != Workspace::Start);
            updateTitle();
        }));
}

namespace {

QAction* addItem(QMenu* menu, const char* iconName, const QString& text, const QKeySequence& key, auto slot)
{
    QAction* action
        = iconName != nullptr ? menu->addAction(icon(QLatin1String(iconName)), text) : menu->addAction(text);
    action->setShortcut(key);
    QObject::connect(action, &QAction::triggered, menu, slot);
    return action;
}

} // namespace

void MainWindow::makeMenus()
{
    auto* menus = findChild<QMenuBar*>(QStringLiteral("menus"));
    QMenu* file = menus->addMenu(tr("&File"));
    addItem(file, "open", tr("&Open…"), QKeySequence::Open, guarded(this, tr("Opening"), [this] { openDialog(); }));
    addItem(file, "save", tr("&Save experiment"), QKeySequence::Save,
        guarded(this, tr("Saving"), [this] { m_launch->save(); }));
    addItem(file, nullptr, tr("Save experiment &as…"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_S),
        guarded(this, tr("Saving"), [this] { m_launch->saveDialog(); }));
    file->addSeparator();
    addItem(file, nullptr, tr("&Quit"), QKeySequence(Qt::CTRL | Qt::Key_Q),
        guarded(this, tr("Closing"), [this] { close(); }));

    QMenu* edit = menus->addMenu(tr("&Edit"));
    QAction* undo = m_workbench->document.undoStack().createUndoAction(this, tr("&Undo"));
    QAction* redo = m_workbench->document.undoStack().createRedoAction(this, tr("&Redo"));
    undo->setShortcut(QKeySequence::Undo);
    redo->setShortcut(QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_Z));
    edit->addAction(undo);
    edit->addAction(redo);

    QMenu* run = menus->addMenu(tr("&Run"));
    run->setToolTipsVisible(true);
    for (QAction* action : {m_actions->start(), m_actions->pause(), m_actions->resume(), m_actions->checkpoint()})
        run->addAction(action);
    run->addSeparator();
    run->addAction(m_actions->stop());
    run->addAction(m_actions->stopNow());
    makeViewMenu();
    makeHelpMenu();
}

void MainWindow::makeViewMenu()
{
    QMenu* view = findChild<QMenuBar*>(QStringLiteral("menus"))->addMenu(tr("&View"));
    const auto place = [&](const char* iconName, const QString& text, int key, Workspace workspace) {
        addItem(view, iconName, text, QKeySequence(Qt::CTRL | static_cast<Qt::Key>(Qt::Key_0 + key)),
            guarded(this, text, [this, workspace] { m_workspaces->show(workspace); }));
    };
    place("home", tr("&Start page"), 0, Workspace::Start);
    place("template", tr("&Design"), 1, Workspace::Design);
    place("charts", tr("&Train"), 2, Workspace::Train);
    place("reader", tr("&Inspect"), 3, Workspace::Inspect);
    place("compare", tr("&Compare"), 4, Workspace::Compare);
    view->addSeparator();
    QMenu* panes = view->addMenu(icon(QStringLiteral("window")), tr("&Panes"));
    for (const auto& [id, dock] : m_workspaces->docks())
        panes->addAction(dock->toggleViewAction());
    addItem(view, "reset", tr("&Reset layout"), {},
        guarded(this, tr("Resetting the layout"), [this] { m_workspaces->resetLayout(); }));
    view->addSeparator();
    QMenu* theme = view->addMenu(icon(QStringLiteral("sun")), tr("T&heme"));
    auto* choices = new QActionGroup(this);
    const auto scheme = [&](const QString& text, Scheme which) {
        QAction* action = theme->addAction(text);
        action->setCheckable(true);
        action->setChecked(m_appearance.scheme() == which);
        choices->addAction(action);
        connect(action, &QAction::triggered, this, guarded(this, tr("Changing the theme"), [this, which] {
            m_appearance.setScheme(which);
            QSettings().setValue(QStringLiteral("window/theme"), nameOf(which));
        }));
    };
    scheme(tr("As the &system"), Scheme::System);
    scheme(tr("&Light"), Scheme::Light);
    scheme(tr("&Dark"), Scheme::Dark);
}

void MainWindow::makeHelpMenu()
{
    QMenu* help = findChild<QMenuBar*>(QStringLiteral("menus"))->addMenu(tr("&Help"));
    addItem(help, "info", tr("&Keyboard shortcuts"), QKeySequence(QStringLiteral("Ctrl+?")),
        guarded(this, tr("Showing shortcuts"), [this] { showShortcuts(); }));
    addItem(help, "copy", tr("Copy &diagnostics"), {}, guarded(this, tr("Copying"), [this] {
        QApplication::clipboard()->setText(
            QStringLiteral("Ahascope %1\nQt %2\nstore %3\nresources %4")
                .arg(QApplication::applicationVersion(), QString::fromLatin1(qVersion()),
                    QString::fromStdString(m_workbench->store.folder().string()), resourceFolder()));
    }));
    help->addSeparator();
    addItem(
        help, nullptr, tr("&About Ahascope"), {}, guarded(this, tr("Showing information"), [this] { showAbout(); }));
}

void MainWindow::openDialog()
{
    auto* dialog = new QFileDialog(this, tr("Open an experiment, a run (run.db), a dataset or a model (config.json)"),
        resourceFolder() + QStringLiteral("/experiments"),
        tr("All that can be opened (*.toml run.db *.jsonl *.json *.csv *.tsv);;Experiments (*.toml);;Runs "
           "(run.db);;All files (*)"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFile);
    connect(dialog, &QFileDialog::fileSelected, this, guarded(this, tr("Opening"), [this](const QString& file) {
        const QFileInfo info(file);
        openGiven(info.fileName() == QLatin1String("config.json") ? info.absolutePath() : file);
    }));
    dialog->open();
}

void MainWindow::updateTitle()
{
    const bool design = m_workspaces->current() == Workspace::Design && m_workbench->document.isOpen();
    const QString shown
        = design ? m_workbench->document.title() : QString::fromStdString(m_workbench->current.info().name);
    setWindowTitle((shown.isEmpty() ? tr("Ahascope") : shown + tr(" — Ahascope")) + QStringLiteral("[*]"));
    setWindowModified(design && m_workbench->document.isModified());
}

void MainWindow::showShortcuts()
{
    struct Key {
        const char* keys;
        const char* what;
    };
    static constexpr Key keys[] = {
        {"F5 · Shift+F5", QT_TR_NOOP("start · stop and save the run")},
        {"Ctrl+Alt+P · Ctrl+Alt+R", QT_TR_NOOP("pause · resume")},
        {"Ctrl+0 … Ctrl+4", QT_TR_NOOP("start page, Design, Train, Inspect, Compare")},
        {"Ctrl+O · Ctrl+S", QT_TR_NOOP("open · save the experiment")},
        {"Ctrl+Z · Ctrl+Shift+Z", QT_TR_NOOP("undo · redo in Design")},
        {"Ctrl+F", QT_TR_NOOP("find in the pane: settings, samples")},
        {"Left · Right", QT_TR_NOOP("in a chart and in Hardware: step by step; in the reader: through the group")},
        {"[ · ]", QT_TR_NOOP("previous · next sample of the group, in the reader and in the samples")},
        {"Return", QT_TR_NOOP("in a chart: samples of the step; in a table: open")},
        {"L · 0", QT_TR_NOOP("in a chart: logarithmic axis · all steps")},
        {"J · K", QT_TR_NOOP("next · previous sample")},
        {"T", QT_TR_NOOP("in the reader: text, tokens, log-probability, entropy")},
        {"Ctrl+C · Ctrl+Shift+C", QT_TR_NOOP("copy · copy with prompt and scores")},
        {"Alt+Up · Alt+Down", QT_TR_NOOP("in Template: previous · next row")},
    };
    QString text = QStringLiteral("<table cellspacing='6'>");
    for (const Key& key : keys)
        text += QStringLiteral("<tr><td><b>%1</b></td><td>&nbsp;&nbsp;%2</td></tr>")
                    .arg(QString::fromUtf8(key.keys), tr(key.what));
    auto* box = new QMessageBox(
        QMessageBox::NoIcon, tr("Keyboard shortcuts"), text + QStringLiteral("</table>"), QMessageBox::Close, this);
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->open();
}

void MainWindow::showAbout()
{
    auto* box = new QMessageBox(QMessageBox::NoIcon, tr("About Ahascope"),
        tr("<h3>Ahascope %1</h3><p>A workbench for reinforcement learning of reasoning on language models.</p>"
           "<p>Free software under the GNU General Public License, version 3 or later. Nothing leaves this "
           "computer.</p>")
            .arg(QApplication::applicationVersion()),
        QMessageBox::Close, this);
    box->setIconPixmap(QIcon(QStringLiteral(":/icons/ahascope.svg")).pixmap(56, 56));
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->open();
}

} // namespace ahascope::ui
