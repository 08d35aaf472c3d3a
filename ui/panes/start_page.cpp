#include "ui/panes/start_page.h"

#include <QDragEnterEvent>
#include <QFileInfo>
#include <QFrame>
#include <QHBoxLayout>
#include <QLabel>
#include <QListView>
#include <QMenu>
#include <QMimeData>
#include <QPainter>
#include <QPushButton>
#include <QStackedWidget>
#include <QVBoxLayout>

#include "ui/models/runs_model.h"
#include "ui/panes/run_card.h"
#include "ui/resource_paths.h"
#include "ui/widgets/empty_state.h"
#include "ui/widgets/guarded.h"
#include "ui/widgets/labels.h"
#include "ui/workbench.h"

namespace ahascope::ui {

// A dashed outline that lights up while something is held over the page.
class StartPage::DropArea : public QWidget {
public:
    DropArea()
    {
        setMinimumHeight(84);
        setAccessibleName(StartPage::tr("Drop files here"));
    }
    void setActive(bool active)
    {
        m_active = active;
        update();
    }

protected:
    void paintEvent(QPaintEvent*) override
    {
        const Theme& theme = themeFor(palette());
        QPainter painter(this);
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(
            QPen(m_active ? theme.accent : mix(theme.border, theme.muted, 0.4), m_active ? 2 : 1.4, Qt::DashLine));
        painter.setBrush(m_active ? theme.accentSoft : Qt::transparent);
        painter.drawRoundedRect(QRectF(rect()).adjusted(1, 1, -1, -1), 10, 10);
        icon(QStringLiteral("drop"), m_active ? Tint::Accent : Tint::Normal)
            .paint(&painter, QRect(width() / 2 - 11, 14, 22, 22));
        painter.setFont(typeFont(Type::Caption));
        painter.setPen(theme.secondary);
        painter.drawText(QRectF(rect()).adjusted(space::m, 40, -space::m, -space::s),
            Qt::AlignHCenter | Qt::AlignTop | Qt::TextWordWrap,
            StartPage::tr("Drop an experiment, a run folder, a dataset or a model folder anywhere on this page"));
    }

private:
    bool m_active = false;
};

StartPage::StartPage(Workbench& workbench, QWidget* parent) : QWidget(parent), m_workbench(workbench)
{
    setAcceptDrops(true);
    setAutoFillBackground(true);
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(space::xxl + space::s, space::xxl, space::xxl + space::s, space::xxl);
    row->setSpacing(space::xxl + space::s);
    row->addWidget(makeWelcome(), 5);
    row->addWidget(makeRecent(), 6);
    connect(&workbench.runs, &RunsModel::refreshed, this, guarded(this, tr("Listing runs"), [this] { refresh(); }));
    refresh();
}

QWidget* StartPage::makeWelcome()
{
    auto* holder = new QWidget;
    holder->setMaximumWidth(560);
    auto* column = new QVBoxLayout(holder);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(space::m);
    auto* name = new QHBoxLayout;
    name->setSpacing(space::m);
    auto* logo = new QLabel;
    logo->setPixmap(QIcon(QStringLiteral(":/icons/ahascope.svg")).pixmap(44, 44));
    name->addWidget(logo);
    name->addWidget(label(tr("Ahascope"), Type::Display), 1);
    column->addLayout(name);
    auto* what = label(tr("Train reasoning by reinforcement learning, watch accuracy and thinking grow, and read the "
                          "chains of thought."),
        Type::Title, "secondary");
    QFont lighter = what->font();
    lighter.setWeight(QFont::Normal);
    what->setFont(lighter);
    what->setWordWrap(true);
    column->addWidget(what);
    column->addSpacing(space::s);

    auto* card = new QFrame;
    card->setProperty("role", "card");
    auto* inner = new QVBoxLayout(card);
    inner->setContentsMargins(space::l + space::xs, space::l, space::l + space::xs, space::l);
    inner->setSpacing(space::s);
    inner->addWidget(label(tr("R1-Zero on this computer"), Type::Title));
    auto* how = label(tr("A language model of fewer than 1.8 million parameters learns Countdown (reach a number by "
                         "calculating with others) from a reward for right answers and format alone. A few minutes on "
                         "two cores, no GPU, no account."),
        Type::Body, "secondary");
    how->setWordWrap(true);
    inner->addWidget(how);
    auto* honest
        = label(tr("<b>What it shows, and what not.</b> Reinforcement learning here re-weights behaviours that "
                   "are present but rare in the base model: checking a try, turning back, trying again. It "
                   "does not invent them. Step 0 of every chart is that base model."),
            Type::Body, "secondary");
    honest->setObjectName(QStringLiteral("honest"));
    honest->setWordWrap(true);
    inner->addWidget(honest);
    auto* go = button(tr("Try R1-Zero here"), QStringLiteral("play"), tr("Start the Countdown demo now"), true);
    go->setObjectName(QStringLiteral("demo"));
    go->setMinimumHeight(40);
    go->setFont(typeFont(Type::Strong));
    inner->addSpacing(space::xs);
    inner->addWidget(go);
    if (resourceFile(QStringLiteral("experiments/r1-zero-countdown.toml")).isEmpty()) {
        go->setEnabled(false);
        go->setToolTip(tr("The shipped experiments were not found; set AHASCOPE_RESOURCES to their folder"));
    }
    column->addWidget(card);

    auto* ways = new QHBoxLayout;
    ways->setSpacing(space::s);
    auto* open = button(tr("Open…"), QStringLiteral("open"), tr("Open an experiment file or a run folder (Ctrl+O)"));
    auto* presets
        = button(tr("New from preset"), QStringLiteral("template"), tr("Open a shipped experiment in Design"));
    presets->setProperty("menuButton", true);
    auto* menu = new QMenu(presets);
    for (const QString& file : resourceFiles(QStringLiteral("experiments"), QStringLiteral(".toml")))
        connect(menu->addAction(QFileInfo(file).completeBaseName()), &QAction::triggered, this,
            [this, file] { Q_EMIT presetRequested(file); });
    presets->setMenu(menu);
    presets->setEnabled(!menu->isEmpty());
    ways->addWidget(open, 1);
    ways->addWidget(presets, 1);
    column->addLayout(ways);
    m_drop = new DropArea;
    column->addWidget(m_drop);
    column->addStretch();
    setFocusProxy(go);
    connect(go, &QPushButton::clicked, this, &StartPage::demoRequested);
    connect(open, &QPushButton::clicked, this, &StartPage::openRequested);
    return holder;
}

QWidget* StartPage::makeRecent()
{
    auto* holder = new QWidget;
    auto* column = new QVBoxLayout(holder);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(space::m);
    auto* title = label(tr("Recent runs"), Type::Title);
    title->setFixedHeight(44); // beside the logo
    column->addWidget(title);
    m_list = new QListView;
    m_list->setModel(&m_workbench.runs);
    m_list->setModelColumn(RunsModel::Name);
    m_list->setItemDelegate(new RunCard(m_list));
    m_list->setUniformItemSizes(true);
    m_list->setMouseTracking(true);
    m_list->setFrameShape(QFrame::NoFrame);
    m_list->setStyleSheet(QStringLiteral("QListView { background: transparent; }"));
    m_list->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_list->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    describe(m_list, tr("Recent runs"), QString());
    connect(m_list, &QListView::activated, this,
        [this](const QModelIndex& index) { Q_EMIT runRequested(index.data(RunsModel::NumberRole).toLongLong()); });
    connect(m_list, &QListView::clicked, this,
        [this](const QModelIndex& index) { Q_EMIT runRequested(index.data(RunsModel::NumberRole).toLongLong()); });
    m_recent = new QStackedWidget;
    m_recent->addWidget(new EmptyState(QStringLiteral("runs"), tr("No runs yet"),
        tr("Your runs appear here with their curves. The first one takes a minute to start: press the button on the "
           "left.")));
    m_recent->addWidget(m_list);
    column->addWidget(m_recent, 1);
    return holder;
}

void StartPage::refresh()
{
    m_recent->setCurrentIndex(m_workbench.runs.rowCount() > 0 ? 1 : 0);
}

int StartPage::recentCount() const
{
    return m_list->model()->rowCount();
}

void StartPage::dragEnterEvent(QDragEnterEvent* event)
{
    if (!event->mimeData()->hasUrls())
        return;
    event->acceptProposedAction();
    m_drop->setActive(true);
}

void StartPage::dragLeaveEvent(QDragLeaveEvent*)
{
    m_drop->setActive(false);
}

void StartPage::dropEvent(QDropEvent* event)
{
    m_drop->setActive(false);
    QStringList files;
    for (const QUrl& url : event->mimeData()->urls())
        if (url.isLocalFile())
            files << url.toLocalFile();
    if (files.isEmpty())
        return;
    event->acceptProposedAction();
    Q_EMIT filesDropped(files);
}

void StartPage::resizeEvent(QResizeEvent*)
{
    // In a small window the margins give way first.
    const int margin = width() < 1100 ? space::xl : space::xxl + space::s;
    layout()->setContentsMargins(margin, margin, margin, margin);
    layout()->setSpacing(margin);
}

} // namespace ahascope::ui
