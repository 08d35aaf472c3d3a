// The Template pane with both kinds of template.
#include <gtest/gtest.h>

#include <QComboBox>

#include "core/formats/atomic_file.h"
#include "core/formats/file_bytes.h"
#include "tests/support/temporary_folder.h"
#include "tests/ui/support/synthetic_run.h"
#include "tests/ui/support/waiting.h"
#include "ui/main_window.h"
#include "ui/models/experiment_document.h"
#include "ui/panes/template_pane.h"
#include "ui/theme/appearance.h"
#include "ui/workbench.h"

namespace ahascope::ui {

namespace {

const std::filesystem::path tinyModel = std::filesystem::path(AHASCOPE_SOURCE_DIR) / "resources/models/countdown-tiny";

class TemplatePaneTest : public testing::Test {
protected:
    // A copy of the tiny model's description, with a chat template.
    void SetUp() override
    {
        std::filesystem::create_directories(m_model);
        for (const char* name : {"config.json", "tokenizer.json"})
            std::filesystem::copy_file(tinyModel / name, m_model / name);
        writeTemplate("[{{ messages[0].role }}]{{ messages[-1].content }}");
        config::Experiment experiment = syntheticExperiment({});
        experiment.model.create.reset();
        experiment.model.path = m_model;
        experiment.prompt.text = "User: {{prompt}} . Assistant:";
        m_window.workbench().document.take(experiment);
    }

    void writeTemplate(const std::string& source)
    {
        formats::writeFileAtomically(m_model / "chat_template.jinja", source);
    }

    TemplatePane& pane() { return *m_window.findChild<TemplatePane*>(); }
    QComboBox& kind()
    {
        for (QComboBox* box : pane().findChildren<QComboBox*>())
            if (box->accessibleName() == QStringLiteral("Kind of template"))
                return *box;
        throw std::logic_error("the pane has no choice of the kind");
    }
    void choose(int index)
    {
        kind().setCurrentIndex(index);
        Q_EMIT kind().activated(index);
    }
    bool shows(const char* text)
    {
        return eventually([&] { return pane().shownPrompt().contains(QString::fromUtf8(text)); });
    }

    test::TemporaryFolder m_folder;
    std::filesystem::path m_model = m_folder.path() / "model";
    Appearance m_appearance{*static_cast<QApplication*>(QCoreApplication::instance()), Scheme::Light};
    MainWindow m_window{m_appearance, {QString::fromStdString((m_folder.path() / "store").string()), {}, false}};
};

} // namespace

TEST_F(TemplatePaneTest, RendersThePlainTemplateAndTheModelsOwn)
{
    EXPECT_TRUE(shows("User:"));
    EXPECT_EQ(kind().currentIndex(), 0);
    choose(1);
    EXPECT_TRUE(shows("system"));
    EXPECT_TRUE(pane().showsChat());
    EXPECT_EQ(pane().problemText(), QString());
    choose(0);
    EXPECT_TRUE(shows("Assistant"));
    EXPECT_FALSE(pane().showsChat());
}

TEST_F(TemplatePaneTest, NamesTheLineThatTheModelsTemplateFailsOn)
{
    writeTemplate("a\n{{ raise_exception('no system message, please') }}");
    choose(1);
    EXPECT_TRUE(eventually([&] { return pane().problemText().contains(QStringLiteral("no system message, please")); }));
    EXPECT_TRUE(pane().problemText().contains(QStringLiteral("line 2"), Qt::CaseInsensitive));
}

} // namespace ahascope::ui
