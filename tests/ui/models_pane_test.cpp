// The pane of the models on this machine, in the window.
#include "ui/panes/models_pane.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include <QPushButton>
#include <QTableView>

#include "tests/ui/support/window_fixture.h"
#include "ui/models/experiment_document.h"
#include "ui/models/models_model.h"
#include "ui/workspaces.h"

namespace ahascope::ui {

namespace {

class ModelsInWindow : public WindowTest { };

} // namespace

TEST_F(ModelsInWindow, ListsTheModelsOfAFolderAndBeginsAnExperimentWithOne)
{
    const std::filesystem::path models = folder.path() / "models";
    std::filesystem::create_directories(models / "broken");
    std::ofstream(models / "broken" / "config.json") << R"({"model_type": "phi", "architectures": ["PhiForCausalLM"]})";
    std::filesystem::copy(std::filesystem::path(AHASCOPE_SOURCE_DIR) / "resources/models/countdown-tiny",
        models / "mine", std::filesystem::copy_options::recursive);
    MainWindow& window = open();
    window.workspaces().showPane(Workspace::Design, QStringLiteral("models"));
    ModelsPane& pane = window.models();
    window.workbench().models.addPlace(QString::fromStdString(models.string()));
    const QString mine = QString::fromStdString((models / "mine").string());
    ASSERT_TRUE(eventually([&] { return window.workbench().models.find(mine) != nullptr; }));
    auto& table = *pane.findChild<QTableView*>();
    auto* use = pane.findChild<QPushButton*>(QStringLiteral("use"));
    const auto choose = [&](const QString& name) {
        for (int row = 0; row < table.model()->rowCount(); ++row)
            if (table.model()->index(row, ModelsModel::Name).data().toString() == name)
                table.selectRow(row);
    };
    choose(QStringLiteral("broken"));
    EXPECT_FALSE(use->isEnabled());
    EXPECT_TRUE(pane.detailText().contains(QStringLiteral("Not usable"))) << pane.detailText().toStdString();
    choose(QStringLiteral("mine"));
    EXPECT_TRUE(pane.detailText().contains(mine)) << pane.detailText().toStdString();
    ASSERT_TRUE(use->isEnabled());
    use->click();
    EXPECT_EQ(window.workbench().document.experiment().model.path, models / "mine");
}

} // namespace ahascope::ui
