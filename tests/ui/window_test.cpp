// The whole window over stores of synthetic runs: what a click in one pane brings about in another.
#include "ui/main_window.h"

#include <algorithm>

#include <gtest/gtest.h>

#include <QAction>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QMimeData>
#include <QPushButton>
#include <QTabBar>
#include <QTableView>
#include <QTextEdit>

#include "tests/ui/support/synthetic_run.h"
#include "tests/ui/support/window_fixture.h"
#include "ui/charts/plot_widget.h"
#include "ui/editors/field_input.h"
#include "ui/editors/field_row.h"
#include "ui/models/current_run.h"
#include "ui/models/diff_model.h"
#include "ui/models/experiment_document.h"
#include "ui/models/runs_model.h"
#include "ui/models/samples_model.h"
#include "ui/pane_dock.h"
#include "ui/panes/charts_pane.h"
#include "ui/panes/compare_pane.h"
#include "ui/panes/dry_run_view.h"
#include "ui/panes/paired_view.h"
#include "ui/panes/reader_pane.h"
#include "ui/panes/runs_pane.h"
#include "ui/panes/samples_pane.h"
#include "ui/panes/start_page.h"
#include "ui/resource_paths.h"
#include "ui/widgets/banner.h"
#include "ui/workspaces.h"

namespace ahascope::ui {

namespace {

const SyntheticRun small{.steps = 6, .planned = 6, .evaluateEvery = 3, .prompts = 2, .generations = 4, .heldOut = 5};

class Window : public WindowTest {
protected:
    // Rows of the samples pane once they have been read.
    std::string rows(SamplesPane& samples, int count)
    {
        SamplesModel& model = *samples.model();
        EXPECT_TRUE(eventually([&] { return !model.isLoading() && model.rowCount() == count; }))
            << model.rowCount() << " rows";
        const auto cell
            = [&](int column) { return model.index(0, column).data(Qt::DisplayRole).toString().toStdString(); };
        EXPECT_TRUE(eventually([&] { return !cell(SamplesModel::Question).empty(); }));
        return cell(SamplesModel::Step) + " " + cell(SamplesModel::Kind);
    }

    // In a pane's place or behind another one's tab.
    static std::string visiblePanes(MainWindow& window)
    {
        std::string names;
        for (const auto& [id, dock] : window.workspaces().docks())
            if (!dock->isHidden())
                names += id.toStdString() + ' ';
        return names;
    }
};

} // namespace

TEST_F(Window, SaysOnItsFirstPageWhatTheDemoShowsAndWhatNot)
{
    const auto* honest = open().startPage().findChild<QLabel*>(QStringLiteral("honest"));
    ASSERT_NE(honest, nullptr);
    EXPECT_TRUE(
        honest->text().contains(QStringLiteral("re-weights behaviours that are present but rare in the base model")));
}

TEST_F(Window, ListsTheSamplesOfAChartsPoint)
{
    MainWindow& window = openRun(writeSyntheticRun(folder.path(), small));
    ChartsPane& charts = window.charts();
    Q_EMIT charts.chart(QStringLiteral("held-out"))->stepClicked(3);
    EXPECT_EQ(rows(window.samples(), 5 * 4), "3 eval");
    EXPECT_EQ(window.workspaces().current(), Workspace::Inspect);
    Q_EMIT charts.chart(QStringLiteral("accuracy"))->stepClicked(4);
    EXPECT_EQ(rows(window.samples(), 2 * 4), "4 rollout");
}

TEST_F(Window, ListsTheBaseModelsSamplesWhateverChartIsClickedAtStepZero)
{
    MainWindow& window = openRun(writeSyntheticRun(folder.path(), small));
    Q_EMIT window.charts().chart(QStringLiteral("format"))->stepClicked(0);
    EXPECT_EQ(rows(window.samples(), 5 * 4), "0 eval");
}

TEST_F(Window, ClicksAChartWhereTheMouseIs)
{
    MainWindow& window = openRun(writeSyntheticRun(folder.path(), small));
    window.workspaces().show(Workspace::Train);
    PlotWidget* plot = window.charts().chart(QStringLiteral("held-out"));
    plot->fetch();
    plot->drawPixmap();
    QTest::mouseClick(plot, Qt::LeftButton, {}, QPoint(plot->width() - 26, plot->height() / 2)); // the last step
    EXPECT_EQ(rows(window.samples(), 5 * 4), "6 eval");
}

TEST_F(Window, WalksThroughTheGroupWithTheArrowKeys)
{
    MainWindow& window = openRun(writeSyntheticRun(folder.path(), small));
    window.workspaces().show(Workspace::Inspect);
    window.samples().showStep(4, false);
    rows(window.samples(), 8);
    ReaderPane& reader = window.reader();
    ASSERT_TRUE(eventually([&] { return reader.headText().contains(QStringLiteral("sample 1 of 4")); }));
    window.activateWindow();
    reader.findChild<QTextEdit*>()->setFocus();
    QTest::keyClick(reader.findChild<QTextEdit*>(), Qt::Key_BracketRight);
    EXPECT_TRUE(reader.headText().contains(QStringLiteral("sample 2 of 4"))) << reader.headText().toStdString();
    QTest::keyClick(reader.findChild<QTextEdit*>(), Qt::Key_BracketLeft);
    QTest::keyClick(reader.findChild<QTextEdit*>(), Qt::Key_BracketLeft);
    EXPECT_TRUE(reader.headText().contains(QStringLiteral("sample 4 of 4")));
    QTest::keyClick(window.samples().findChild<QTableView*>(), Qt::Key_BracketRight); // as well from the list
    EXPECT_TRUE(reader.headText().contains(QStringLiteral("sample 1 of 4")));
}

TEST_F(Window, ReadsTheFirstSampleOfANewQuestionWhenTheOldOneIsNotAmongTheAnswers)
{
    MainWindow& window = openRun(writeSyntheticRun(folder.path(), small));
    window.workspaces().show(Workspace::Inspect);
    window.samples().showStep(4, false);
    rows(window.samples(), 8);
    ASSERT_TRUE(eventually([&] { return window.reader().headText().contains(QStringLiteral("Step 4")); }));
    for (QLineEdit* line : window.samples().findChildren<QLineEdit*>())
        if (line->accessibleName().endsWith(QStringLiteral("step")))
            line->setText(QStringLiteral("5"));
    EXPECT_TRUE(eventually([&] { return window.reader().headText().contains(QStringLiteral("Step 5")); }))
        << window.reader().headText().toStdString();
}

TEST_F(Window, ComparesTwoChosenRuns)
{
    const std::int64_t a = writeSyntheticRun(folder.path(), small);
    SyntheticRun other = small;
    other.seed = 2;
    other.learningRate = 3e-4;
    const std::int64_t b = writeSyntheticRun(folder.path(), other);
    MainWindow& window = open();
    ASSERT_TRUE(eventually([&] { return window.workbench().runs.rowCount() == 2; }));
    Q_EMIT window.runs().compareRequested(a, b);
    ComparePane& compare = window.compare();
    ASSERT_TRUE(eventually([&] { return compare.pairedView()->summary().contains(QStringLiteral("B − A")); }));
    std::string changed;
    for (int row = 0; row < compare.differences()->rowCount(); ++row)
        changed += compare.differences()->index(row, 0).data().toString().toStdString() + " ";
    EXPECT_EQ(changed, "seed stage.reasoning.learning_rate ");
}

TEST_F(Window, KeepsItsLayoutOverARestart)
{
    MainWindow& before = open(true);
    for (const Workspace workspace : {Workspace::Design, Workspace::Train, Workspace::Inspect, Workspace::Compare})
        before.workspaces().show(workspace);
    before.workspaces().show(Workspace::Train);
    before.workspaces().dock(QStringLiteral("log"))->hide();
    before.close();
    MainWindow& after = open(true);
    EXPECT_EQ(after.workspaces().current(), Workspace::Start);
    EXPECT_EQ(visiblePanes(after), "");
    after.workspaces().show(Workspace::Train);
    EXPECT_EQ(visiblePanes(after), "charts hardware ");
    after.workspaces().show(Workspace::Design);
    EXPECT_EQ(visiblePanes(after), "launch models rewards template ");
    after.workspaces().show(Workspace::Inspect);
    EXPECT_EQ(visiblePanes(after), "reader samples ");
    after.workspaces().show(Workspace::Train);
    EXPECT_EQ(visiblePanes(after), "charts hardware ");
}

TEST_F(Window, ShowsAWorkspaceOnlyItsOwnPanesWhenTheFirstThingOpenedIsARun)
{
    MainWindow& before = open(true);
    for (const Workspace workspace : {Workspace::Design, Workspace::Train, Workspace::Inspect, Workspace::Compare})
        before.workspaces().show(workspace);
    before.close();
    MainWindow& design = open(true);
    design.workspaces().showPane(Workspace::Design, QStringLiteral("launch"));
    design.workspaces().show(Workspace::Start);
    design.workspaces().show(Workspace::Design);
    design.close();
    MainWindow& after = open(true);
    after.workspaces().show(Workspace::Train);
    EXPECT_EQ(visiblePanes(after), "charts hardware log ");
}

TEST_F(Window, GivesTheFocusToWhatIsVisibleInEveryWorkspace)
{
    MainWindow& window = open();
    window.activateWindow();
    ASSERT_TRUE(QTest::qWaitForWindowActive(&window));
    for (const auto& [workspace, pane] :
        {std::pair(Workspace::Train, "charts"), std::pair(Workspace::Inspect, "samples"),
            std::pair(Workspace::Compare, "runs"), std::pair(Workspace::Design, "launch")}) {
        window.workspaces().show(workspace);
        QWidget* focused = QApplication::focusWidget();
        ASSERT_NE(focused, nullptr) << pane;
        EXPECT_TRUE(focused->isVisible()) << pane;
        EXPECT_TRUE(window.workspaces().dock(QLatin1String(pane))->isAncestorOf(focused))
            << pane << ": " << focused->metaObject()->className();
    }
}

TEST_F(Window, LeadsFromTabToTabByKeys)
{
    MainWindow& window = open();
    window.workspaces().show(Workspace::Design);
    window.activateWindow();
    QTabBar* tabs = nullptr;
    for (QTabBar* bar : window.findChildren<QTabBar*>(QString(), Qt::FindDirectChildrenOnly))
        if (bar->isVisible() && bar->count() == 4)
            tabs = bar;
    ASSERT_NE(tabs, nullptr);
    EXPECT_EQ(tabs->focusPolicy() & Qt::TabFocus, Qt::TabFocus);
    EXPECT_EQ(tabs->tabText(tabs->currentIndex()), QStringLiteral("Launch"));
    QTest::keyClick(tabs, Qt::Key_Left);
    EXPECT_EQ(tabs->tabText(tabs->currentIndex()), QStringLiteral("Rewards"));
    const QWidget* rewards = window.workspaces().dock(QStringLiteral("rewards"));
    EXPECT_TRUE(eventually([&] { return window.rect().contains(rewards->geometry()); })); // others wait outside
}

TEST_F(Window, AlignsTheValuesOfEveryDepthOfTheForm)
{
    MainWindow& window = open();
    window.workbench().document.take(syntheticExperiment({}));
    window.workspaces().show(Workspace::Design);
    std::vector<int> columns;
    ASSERT_TRUE(eventually([&] {
        columns.clear();
        for (const FieldRow* row : window.findChildren<FieldRow*>())
            if (row->isVisible() && row->path().count(QLatin1Char('.')) < 3
                && !row->path().startsWith(QStringLiteral("rule")))
                columns.push_back(row->findChild<FieldInput*>()->mapTo(&window, QPoint()).x());
        return columns.size() > 10 && columns.front() > 100;
    }));
    EXPECT_EQ(*std::min_element(columns.begin(), columns.end()), *std::max_element(columns.begin(), columns.end()));
}

TEST_F(Window, ShowsWhichPresetIsOpen)
{
    const QString preset = resourceFile(QStringLiteral("experiments/r1-zero-countdown.toml"));
    ASSERT_FALSE(preset.isEmpty());
    MainWindow& window = open();
    window.openExperiment(preset);
    bool named = false;
    for (const QComboBox* box : window.findChildren<QComboBox*>())
        named = named
            || (box->accessibleName() == QStringLiteral("Experiment presets")
                && box->currentText() == QStringLiteral("r1-zero-countdown"));
    EXPECT_TRUE(named);
}

TEST_F(Window, OffersExamplesThatTheDemosRulesCallRight)
{
    MainWindow& window = open();
    window.openExperiment(resourceFile(QStringLiteral("experiments/r1-zero-countdown.toml")));
    auto* view = window.findChild<DryRunView*>();
    ASSERT_NE(view, nullptr);
    const auto use = [view](const QString& name) {
        for (QAction* action : view->findChildren<QAction*>())
            if (action->text() == name)
                action->trigger();
    };
    const auto says = [view](const char* text) { return view->resultText().contains(QString::fromUtf8(text)); };
    ASSERT_TRUE(eventually([&] { // the data may still be being read
        use(QStringLiteral("Right, in the format"));
        QTest::qWait(200);
        return says("counts as right");
    })) << view->resultText().toStdString();
    use(QStringLiteral("Wrong, in the format"));
    EXPECT_TRUE(eventually([&] { return says("counts as wrong"); }));
}

TEST_F(Window, TakesADroppedModelFolderForTheExperiment)
{
    MainWindow& window = open();
    const QString model = resourceFile(QStringLiteral("models/countdown-tiny/config.json"));
    ASSERT_FALSE(model.isEmpty());
    Q_EMIT window.startPage().filesDropped({QFileInfo(model).absolutePath()});
    EXPECT_EQ(window.workbench().document.experiment().model.path, QFileInfo(model).absolutePath().toStdString());
    EXPECT_EQ(window.workspaces().current(), Workspace::Design);
    EXPECT_TRUE(window.workbench().document.isOpen());
}

TEST_F(Window, HasNoExperimentUntilOneIsOpened)
{
    MainWindow& window = open();
    window.workspaces().showPane(Workspace::Design, QStringLiteral("template"));
    QTest::qWait(50); // the highlighter colours in a turn of its own
    EXPECT_FALSE(window.workbench().document.isOpen());
    EXPECT_FALSE(window.workbench().document.isModified());
}

TEST_F(Window, SaysWhyADroppedFileCannotBeUsed)
{
    MainWindow& window = open();
    Q_EMIT window.startPage().filesDropped({QStringLiteral("/nowhere/picture.bmp")});
    ASSERT_TRUE(eventually([&] { return window.banner().isVisible(); }));
    EXPECT_TRUE(window.banner().text().contains(QStringLiteral("neither an experiment")))
        << window.banner().text().toStdString();
}

} // namespace ahascope::ui
