// Pictures of every workspace: window_pictures STORE FOLDER [light|dark] [WIDTHxHEIGHT]. Fills STORE with synthetic
// runs when it has none. For looking at the window, and for the pictures of README with a store of real runs.
#include <filesystem>
#include <functional>
#include <iostream>
#include <vector>

#include <QElapsedTimer>
#include <QSettings>
#include <QStandardPaths>
#include <QTimer>

#include "core/store/catalogue.h"
#include "core/store/run_reader.h"
#include "tests/ui/support/synthetic_run.h"
#include "ui/main_window.h"
#include "ui/models/current_run.h"
#include "ui/models/experiment_document.h"
#include "ui/models/runs_model.h"
#include "ui/panes/answer_view.h"
#include "ui/panes/charts_pane.h"
#include "ui/panes/compare_pane.h"
#include "ui/panes/playground_pane.h"
#include "ui/panes/runs_pane.h"
#include "ui/panes/samples_pane.h"
#include "ui/theme/appearance.h"
#include "ui/widgets/handler_clock.h"
#include "ui/workspaces.h"

namespace {

using namespace ahascope;

void fill(const std::filesystem::path& store)
{
    if (!store::Catalogue(store).list().empty())
        return;
    ui::writeSyntheticRun(
        store, {.name = "r1-zero-countdown-format-only", .steps = 60, .planned = 60, .bestAccuracy = 0.16, .seed = 5});
    ui::writeSyntheticRun(store,
        {.name = "r1-zero-countdown", .steps = 200, .planned = 200, .evaluateEvery = 20, .heldOut = 100, .seed = 2});
    ui::writeSyntheticRun(store,
        {.name = "r1-zero-countdown-lr3e-4",
            .steps = 120,
            .planned = 200,
            .evaluateEvery = 20,
            .heldOut = 100,
            .bestAccuracy = 0.72,
            .seed = 3,
            .learningRate = 3e-4,
            .outcome = pipeline::Outcome::Stopped});
}

// Of run 2; the base model of the demo where that has none.
QString newestCheckpoint(const std::filesystem::path& store)
{
    store::RunReader reader(store::Catalogue(store).entry(2).folder);
    const auto checkpoints = reader.checkpoints();
    return checkpoints.empty() ? QStringLiteral(AHASCOPE_SOURCE_DIR "/resources/models/countdown-tiny")
                               : QString::fromStdString((reader.folder() / checkpoints.back().path).string());
}

} // namespace

int main(int argc, char** argv)
{
    if (argc < 3) {
        std::cerr << "usage: window_pictures STORE FOLDER [light|dark] [WIDTHxHEIGHT] [empty]\n";
        return 2;
    }
    const std::filesystem::path store = argv[1];
    const QString folder = QString::fromLocal8Bit(argv[2]);
    const QString scheme = argc > 3 ? QString::fromLocal8Bit(argv[3]) : QStringLiteral("light");
    const QStringList size = QString::fromLocal8Bit(argc > 4 ? argv[4] : "1440x900").split(QLatin1Char('x'));
    const bool empty = argc > 5;
    std::filesystem::create_directories(folder.toStdString());
    if (!empty)
        fill(store);
    QStandardPaths::setTestModeEnabled(true);
    ui::Application application(argc, argv);
    QApplication::setApplicationName(QStringLiteral("ahascope_pictures"));
    QSettings().clear();
    ui::Appearance appearance(application, ui::schemeFrom(scheme));
    ui::MainWindow window(appearance, {QString::fromStdString(store.string()), {}, false});
    window.resize(size.value(0).toInt(), size.value(1).toInt());
    window.show();

    struct Scene {
        QString name;
        std::function<void()> prepare;
    };
    auto& spaces = window.workspaces();
    std::vector<Scene> scenes{
        {QStringLiteral("start"), [] {}},
        {QStringLiteral("train"),
            [&] {
                if (!empty)
                    window.openRun(2);
                spaces.show(ui::Workspace::Train);
            }},
        {QStringLiteral("inspect"),
            [&] {
                spaces.show(ui::Workspace::Inspect);
                if (!empty)
                    window.samples().showStep(120, true);
            }},
        {QStringLiteral("runs"),
            [&] {
                spaces.show(ui::Workspace::Compare);
                if (!empty)
                    window.runs().select({2});
            }},
        {QStringLiteral("compare"),
            [&] {
                spaces.showPane(ui::Workspace::Compare, QStringLiteral("compare"));
                if (!empty)
                    window.compare().compare(1, 2);
            }},
        {QStringLiteral("playground"),
            [&] {
                spaces.showPane(ui::Workspace::Compare, QStringLiteral("playground"));
                ui::PlaygroundPane& playground = window.playground();
                const QString base = QStringLiteral(AHASCOPE_SOURCE_DIR "/resources/models/countdown-tiny");
                playground.first().choose(base);
                playground.second().choose(empty ? base : newestCheckpoint(store));
                playground.setPrompt(ui::PlaygroundPane::PromptKind::Question, QStringLiteral("make 24 using 3 8 1"));
                playground.setDrawing(1.0, 4, 5, 256);
                playground.ask();
            }},
        {QStringLiteral("launch"),
            [&] {
                if (!empty)
                    window.workbench().document.take(ui::syntheticExperiment({}));
                spaces.showPane(ui::Workspace::Design, QStringLiteral("launch"));
            }},
        {QStringLiteral("rewards"), [&] { spaces.showPane(ui::Workspace::Design, QStringLiteral("rewards")); }},
        {QStringLiteral("template"), [&] { spaces.showPane(ui::Workspace::Design, QStringLiteral("template")); }},
    };
    std::size_t at = 0;
    std::function<void()> next = [&] {
        if (at == scenes.size()) {
            std::cerr << application.handlerTimes().summary().toStdString() << '\n';
            QApplication::exit(0);
            return;
        }
        scenes[at].prepare();
        QTimer::singleShot(1500, &window, [&] {
            window.grab().save(folder + QLatin1Char('/') + scenes[at].name + QLatin1Char('-') + scheme
                + QLatin1Char('-') + size.value(0) + QStringLiteral(".png"));
            ++at;
            next();
        });
    };
    application.onSlowHandler([](const QString& text) { std::cerr << text.toStdString() << '\n'; });
    QTimer::singleShot(800, &window, next);
    return QApplication::exec();
}
