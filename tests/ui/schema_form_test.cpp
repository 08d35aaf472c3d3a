#include "ui/editors/schema_form.h"

#include <set>

#include <gtest/gtest.h>

#include <QComboBox>
#include <QLineEdit>

#include "tests/ui/support/synthetic_run.h"
#include "tests/ui/support/waiting.h"
#include "ui/editors/field_input.h"
#include "ui/editors/field_row.h"
#include "ui/models/experiment_document.h"
#include "ui/models/number_text.h"
#include "ui/widgets/read_jobs.h"

namespace ahascope::ui {

namespace {

struct Form {
    ReadJobs jobs;
    ExperimentDocument document{jobs};
    SchemaForm form{document, {}};
    Form()
    {
        document.take(syntheticExperiment({}));
        form.setAdvancedShown(true);
    }
    FieldRow* row(const char* path) { return form.findChild<FieldRow*>(QLatin1String(path)); }
    QLineEdit* line(const char* path) { return row(path)->findChild<QLineEdit*>(); }
    const config::GrpoStage& grpo() { return std::get<config::GrpoStage>(document.experiment().stages[0].options); }
};

} // namespace

TEST(SchemaForm, HasARowForEveryFieldOfTheSchema)
{
    Form f;
    f.form.setSearch(QStringLiteral(".")); // opens every group
    f.form.setSearch({});
    std::set<std::string> missing;
    config::forEachField(f.document.experiment(), [&](const std::string& path, const config::Field&, const void*) {
        if (f.row(path.c_str()) == nullptr)
            missing.insert(path);
    });
    EXPECT_EQ(missing, (std::set<std::string>{}));
}

TEST(SchemaForm, TakesWhatIsTypedAndCanUndoIt)
{
    Form f;
    ASSERT_NE(f.row("stage.0.num_prompts"), nullptr);
    QLineEdit* line = f.line("stage.0.num_prompts");
    line->setText({});
    QTest::keyClicks(line, QStringLiteral("16"));
    EXPECT_EQ(f.grpo().numPrompts, 16);
    f.document.undoStack().undo();
    EXPECT_EQ(f.grpo().numPrompts, 4);
    EXPECT_EQ(f.line("stage.0.num_prompts")->text().toStdString(), "4");
}

TEST(SchemaForm, SaysWhyATypedValueIsNone)
{
    Form f;
    QLineEdit* line = f.line("stage.0.learning_rate");
    line->setText({});
    QTest::keyClicks(line, QStringLiteral("fast"));
    EXPECT_EQ(f.row("stage.0.learning_rate")->problem().toStdString(), "not a number");
    EXPECT_EQ(f.grpo().optimization.learningRate, 1e-4);
    line->setText({});
    QTest::keyClicks(line, QStringLiteral("3e-5"));
    EXPECT_EQ(f.row("stage.0.learning_rate")->problem().toStdString(), "");
    EXPECT_EQ(f.grpo().optimization.learningRate, 3e-5);
}

TEST(SchemaForm, MarksWhatDiffersFromTheDefault)
{
    Form f;
    EXPECT_TRUE(f.row("stage.0.num_prompts")->isChanged());
    EXPECT_FALSE(f.row("stage.0.epsilon")->isChanged());
    const int before = f.form.changedCount();
    QLineEdit* line = f.line("stage.0.epsilon");
    line->setText({});
    QTest::keyClicks(line, QStringLiteral("0.3"));
    EXPECT_EQ(f.form.changedCount(), before + 1);
}

TEST(SchemaForm, PutsProblemsBesideTheirFields)
{
    Form f;
    const std::vector<Problem> others
        = f.form.showProblems({{"stage.0.updates_per_rollout", "3 does not divide 4", "use 1, 2 or 4"},
            {"r1.toml: checkpoint.every", "is negative", ""}, {"model.safetensors", "is cut off", ""}});
    EXPECT_EQ(f.row("stage.0.updates_per_rollout")->problem().toStdString(), "3 does not divide 4 — use 1, 2 or 4");
    EXPECT_EQ(f.row("checkpoint.every")->problem().toStdString(), "is negative");
    ASSERT_EQ(others.size(), 1U);
    EXPECT_EQ(others[0].where, "model.safetensors");
    EXPECT_TRUE(f.form.showProblems({}).empty());
    EXPECT_EQ(f.row("checkpoint.every")->problem().toStdString(), "");
}

TEST(SchemaForm, FindsFieldsByTheirHelp)
{
    Form f;
    f.form.setSearch(QStringLiteral("learning_rate"));
    EXPECT_FALSE(f.row("stage.0.learning_rate")->isHidden());
    EXPECT_TRUE(f.row("stage.0.num_prompts")->isHidden());
    f.form.setSearch({});
    EXPECT_FALSE(f.row("stage.0.num_prompts")->isHidden());
}

TEST(SchemaForm, IsMadeAnewWhenAStageIsAdded)
{
    Form f;
    f.document.edit(QStringLiteral("Add stage"), {}, [](config::Experiment& e) { e.stages.push_back(e.stages[0]); });
    EXPECT_NE(f.row("stage.1.num_prompts"), nullptr);
    f.document.undoStack().undo();
    EXPECT_EQ(f.row("stage.1.num_prompts"), nullptr);
}

// Every field of the experiment: what its input shows is what it gives back.
TEST(FieldInput, ShowsEveryValueOfTheSchemaUnchanged)
{
    int fields = 0;
    config::forEachField(
        syntheticExperiment({}), [&](const std::string& path, const config::Field& field, const void* object) {
            ++fields;
            const std::unique_ptr<FieldInput> input(FieldInput::make(field));
            config::Value given;
            QObject::connect(input.get(), &FieldInput::edited, [&](const config::Value& value) { given = value; });
            const config::Value value = field.get(object);
            input->show(value);
            if (auto* line = input->findChild<QLineEdit*>();
                line != nullptr && input->findChild<QComboBox*>() == nullptr) {
                Q_EMIT line->textEdited(line->text());
                EXPECT_EQ(given, value) << path;
            }
            if (auto* box = input->findChild<QComboBox*>()) {
                Q_EMIT box->activated(box->currentIndex());
                EXPECT_EQ(given, value) << path;
            }
        });
    EXPECT_GT(fields, 50);
}

TEST(NumberText, ReadsNumbersWithAPointWhateverTheLocale)
{
    EXPECT_EQ(parseNumber(QStringLiteral(" 1e-4 ")), 1e-4);
    EXPECT_EQ(parseNumber(QStringLiteral("+2")), 2.0);
    EXPECT_FALSE(parseNumber(QStringLiteral("0,5")));
    EXPECT_FALSE(parseNumber(QStringLiteral("nan")));
    EXPECT_FALSE(parseNumber({}));
    EXPECT_EQ(parseInteger(QStringLiteral("-12")), -12);
    EXPECT_FALSE(parseInteger(QStringLiteral("1.5")));
    EXPECT_FALSE(parseInteger(QStringLiteral("99999999999999999999")));
}

} // namespace ahascope::ui
