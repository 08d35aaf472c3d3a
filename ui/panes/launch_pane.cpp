#include "ui/panes/launch_pane.h"

#include <QComboBox>
#include <QFileDialog>
#include <QFileInfo>
#include <QFrame>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QScrollArea>
#include <QShortcut>
#include <QStackedWidget>
#include <QToolButton>
#include <QVBoxLayout>

#include "core/config/algorithm_presets.h"
#include "ui/editors/schema_form.h"
#include "ui/models/experiment_document.h"
#include "ui/panes/launch_summary.h"
#include "ui/resource_paths.h"
#include "ui/widgets/empty_state.h"
#include "ui/widgets/guarded.h"
#include "ui/widgets/labels.h"
#include "ui/workbench.h"

namespace ahascope::ui {

namespace {

QScrollArea* scrolling(QWidget* content)
{
    auto* area = new QScrollArea;
    area->setWidgetResizable(true);
    area->setFrameShape(QFrame::NoFrame);
    content->setProperty("scrollContents", true);
    area->setWidget(content);
    return area;
}

} // namespace

LaunchPane::LaunchPane(Workbench& workbench, RunActions& actions, QWidget* parent)
    : QWidget(parent)
    , m_workbench(workbench)
    , m_form(new SchemaForm(
          workbench.document, {QStringLiteral("template"), QStringLiteral("rule"), QStringLiteral("schema_version")}))
{
    setProperty("ahascope_own_background", true);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(makeBar());
    auto* row = new QHBoxLayout;
    row->setSpacing(0);
    auto* none = new EmptyState(QStringLiteral("launch"), tr("No experiment is open"),
        tr("An experiment says which model learns what, from which rewards. Choose one that comes with Ahascope, open "
           "a "
           "file, or drop one on the window."));
    none->setAction(tr("Choose a preset"), QStringLiteral("template"));
    connect(none, &EmptyState::actionTriggered, m_files, &QComboBox::showPopup);
    auto* fields = new QStackedWidget;
    fields->addWidget(none);
    fields->addWidget(scrolling(m_form));
    row->addWidget(fields, 3);
    const auto showForm = guarded(this, tr("Showing the experiment"), [this, fields, none] {
        const bool open = m_workbench.document.isOpen();
        fields->setCurrentIndex(open ? 1 : 0);
        setFocusProxy(open ? fields->widget(1) : none); // what is hidden cannot have the focus
    });
    connect(&workbench.document, &ExperimentDocument::changed, this, showForm);
    showForm();
    auto* summary = scrolling(new LaunchSummary(workbench, actions, *m_form));
    summary->setMinimumWidth(280);
    summary->setMaximumWidth(400);
    row->addWidget(summary, 2);
    column->addLayout(row, 1);
    connect(&workbench.document, &ExperimentDocument::titleChanged, this,
        guarded(this, tr("Showing the experiment"), [this] { updateBar(); }));
    connect(m_form, &SchemaForm::changedCountChanged, this,
        guarded(this, tr("Showing the experiment"), [this] { updateBar(); }));
    updateBar();
}

QWidget* LaunchPane::makeBar()
{
    auto* frame = new QFrame;
    frame->setProperty("role", "bar");
    auto* row = new QHBoxLayout(frame);
    row->setContentsMargins(space::m, space::s, space::m, space::s);
    row->setSpacing(space::s);
    m_files = new QComboBox;
    describe(m_files, tr("Experiment presets"), tr("Experiments that come with Ahascope"));
    m_files->addItem(tr("Preset…"));
    for (const QString& file : resourceFiles(QStringLiteral("experiments"), QStringLiteral(".toml")))
        m_files->addItem(QFileInfo(file).completeBaseName(), file);
    m_algorithms = new QComboBox;
    describe(
        m_algorithms, tr("Algorithm"), tr("Sets the algorithm's values of every GRPO stage together. Can be undone."));
    m_algorithms->addItem(tr("Algorithm…"));
    for (const config::AlgorithmPreset& preset : config::algorithmPresets()) {
        m_algorithms->addItem(QString::fromStdString(preset.name));
        m_algorithms->setItemData(m_algorithms->count() - 1, QString::fromStdString(preset.help), Qt::ToolTipRole);
    }
    auto* open
        = toolButton(QStringLiteral("open"), tr("Open experiment"), tr("Read an experiment from a TOML file (Ctrl+O)"));
    auto* saving
        = toolButton(QStringLiteral("save"), tr("Save experiment"), tr("Write the experiment to a TOML file (Ctrl+S)"));
    m_search = new QLineEdit;
    m_search->setPlaceholderText(tr("Find a setting"));
    m_search->setClearButtonEnabled(true);
    m_search->addAction(icon(QStringLiteral("search")), QLineEdit::LeadingPosition);
    m_search->setMinimumWidth(150);
    describe(m_search, tr("Find a setting"), tr("Words of its name, path or help (Ctrl+F)"));
    auto* advanced = toolButton(
        QStringLiteral("settings"), tr("All settings"), tr("Show the settings that few people touch, too"));
    advanced->setCheckable(true);
    auto* changed
        = toolButton(QStringLiteral("filter"), tr("Changed only"), tr("Show only what differs from the defaults"));
    changed->setCheckable(true);
    m_changed = label({}, Type::Caption, "muted");
    row->addWidget(m_files);
    row->addWidget(open);
    row->addWidget(saving);
    row->addWidget(m_algorithms);
    row->addStretch(1);
    row->addWidget(m_changed);
    row->addWidget(m_search, 2);
    row->addWidget(changed);
    row->addWidget(advanced);
    connect(m_files, &QComboBox::activated, this, guarded(this, tr("Opening a preset"), [this](int index) {
        const QString file = m_files->itemData(index).toString();
        m_files->setCurrentIndex(0); // which names what is open
        if (!file.isEmpty())
            Q_EMIT openRequested(file);
    }));
    connect(m_algorithms, &QComboBox::activated, this,
        guarded(this, tr("Applying an algorithm"), [this](int index) { applyPreset(index - 1); }));
    connect(open, &QToolButton::clicked, this, guarded(this, tr("Opening an experiment"), [this] { openDialog(); }));
    connect(saving, &QToolButton::clicked, this, guarded(this, tr("Saving the experiment"), [this] { save(); }));
    connect(m_search, &QLineEdit::textChanged, this,
        guarded(this, tr("Finding a setting"), [this](const QString& text) { m_form->setSearch(text); }));
    connect(advanced, &QToolButton::toggled, this,
        guarded(this, tr("Showing settings"), [this](bool on) { m_form->setAdvancedShown(on); }));
    connect(changed, &QToolButton::toggled, this,
        guarded(this, tr("Showing settings"), [this](bool on) { m_form->setOnlyChanged(on); }));
    auto* find = new QShortcut(QKeySequence::Find, this);
    find->setContext(Qt::WidgetWithChildrenShortcut);
    connect(find, &QShortcut::activated, m_search, [this] {
        m_search->setFocus();
        m_search->selectAll();
    });
    return frame;
}

void LaunchPane::applyPreset(int index)
{
    m_algorithms->setCurrentIndex(0);
    const auto& presets = config::algorithmPresets();
    if (index < 0 || static_cast<std::size_t>(index) >= presets.size())
        return;
    m_workbench.document.edit(tr("Apply %1").arg(QString::fromStdString(presets[static_cast<std::size_t>(index)].name)),
        {}, [&](config::Experiment& e) {
            for (config::Stage& stage : e.stages)
                if (auto* grpo = std::get_if<config::GrpoStage>(&stage.options))
                    config::apply(presets[static_cast<std::size_t>(index)], *grpo);
        });
}

void LaunchPane::updatePresets()
{
    QString matching = tr("Algorithm…");
    for (const config::AlgorithmPreset& preset : config::algorithmPresets())
        for (const config::Stage& stage : m_workbench.document.experiment().stages)
            if (const auto* grpo = std::get_if<config::GrpoStage>(&stage.options);
                grpo != nullptr && config::matches(preset, *grpo))
                matching = QString::fromStdString(preset.name);
    m_algorithms->setItemText(0, matching);
}

void LaunchPane::updateBar()
{
    m_changed->setText(tr("%1 changed").arg(m_form->changedCount()));
    m_changed->setToolTip(tr("Settings that differ from their defaults"));
    const QString file = m_workbench.document.file();
    m_files->setItemText(0, file.isEmpty() ? tr("Preset…") : QFileInfo(file).completeBaseName());
    updatePresets();
}

void LaunchPane::openDialog()
{
    auto* dialog = new QFileDialog(this, tr("Open experiment"), resourceFolder() + QStringLiteral("/experiments"),
        tr("Experiments (*.toml);;All files (*)"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &QFileDialog::fileSelected, this, &LaunchPane::openRequested);
    dialog->open();
}

void LaunchPane::saveDialog()
{
    auto* dialog = new QFileDialog(this, tr("Save experiment"),
        m_workbench.document.file().isEmpty() ? m_workbench.document.title() + QStringLiteral(".toml")
                                              : m_workbench.document.file(),
        tr("Experiments (*.toml)"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setDefaultSuffix(QStringLiteral("toml"));
    connect(dialog, &QFileDialog::fileSelected, this,
        guarded(this, tr("Saving the experiment"), [this](const QString& file) { m_workbench.document.save(file); }));
    dialog->open();
}

void LaunchPane::save()
{
    const QString file = m_workbench.document.file();
    const bool shipped = !file.isEmpty() && !resourceFolder().isEmpty() && file.startsWith(resourceFolder());
    if (file.isEmpty() || shipped) // a shipped preset is never written over
        saveDialog();
    else
        m_workbench.document.save(file);
}

} // namespace ahascope::ui
