#include "ui/pane_dock.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QMainWindow>
#include <QPainter>
#include <QToolButton>

#include "ui/widgets/labels.h"

namespace ahascope::ui {

namespace {
// An icon that follows the theme.
class Emblem : public QWidget {
public:
    explicit Emblem(const QIcon& icon) : m_icon(icon) { setFixedSize(15, 15); }

protected:
    void paintEvent(QPaintEvent*) override
    {
        QPainter painter(this);
        m_icon.paint(&painter, rect());
    }

private:
    QIcon m_icon;
};
}

PaneDock::PaneDock(const QString& id, const QString& title, const QString& iconName, QWidget* pane, QWidget* parent)
    : QDockWidget(title, parent)
    , m_bar(new QWidget(this))
    , m_noBar(new QWidget(this))
{
    m_noBar->hide();
    setObjectName(id);
    setWindowIcon(icon(iconName));
    setAccessibleName(title);
    m_bar->setAutoFillBackground(true);
    m_bar->setBackgroundRole(QPalette::Base);
    pane->setAutoFillBackground(true);
    if (!pane->property(ownBackground).toBool())
        pane->setBackgroundRole(QPalette::Base);
    setWidget(pane);
    auto* row = new QHBoxLayout(m_bar);
    row->setContentsMargins(space::m, 3, space::xs, 3);
    row->setSpacing(space::xs);
    row->addWidget(new Emblem(windowIcon()));
    row->addWidget(label(title, Type::Strong));
    row->addStretch();
    auto* floating = toolButton(
        QStringLiteral("window"), tr("Float %1").arg(title), tr("Put this pane into a window of its own, or back"));
    auto* closing = toolButton(
        QStringLiteral("close"), tr("Close %1").arg(title), tr("Close this pane; View > Panes brings it back"));
    for (QToolButton* made : {floating, closing}) {
        made->setIconSize(QSize(13, 13));
        made->setFocusPolicy(Qt::TabFocus);
        row->addWidget(made);
    }
    connect(floating, &QToolButton::clicked, this, [this] { setFloating(!isFloating()); });
    connect(closing, &QToolButton::clicked, this, &QDockWidget::close);
    setTitleBarWidget(m_bar);
}

void PaneDock::updateTitleBar()
{
    const auto* window = qobject_cast<QMainWindow*>(parentWidget());
    const bool tab = window != nullptr && !isFloating() && !window->tabifiedDockWidgets(this).isEmpty();
    QWidget* wanted = tab ? m_noBar : m_bar;
    if (titleBarWidget() == wanted)
        return;
    setTitleBarWidget(wanted);
    m_bar->setVisible(!tab);
    m_noBar->setVisible(tab);
}

} // namespace ahascope::ui
