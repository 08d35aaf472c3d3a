// The playground with a shipped model: what is asked, what comes, and what is shown of it.
#include "ui/panes/playground_pane.h"

#include <gtest/gtest.h>

#include <QPushButton>
#include <QTextBlock>
#include <QTextEdit>

#include "tests/ui/support/synthetic_run.h"
#include "tests/ui/support/window_fixture.h"
#include "ui/panes/answer_view.h"
#include "ui/workspaces.h"

namespace ahascope::ui {

namespace {

const QString shipped = QStringLiteral(AHASCOPE_SOURCE_DIR "/resources/models/countdown-tiny");
const QString prompt = QStringLiteral("User: make 10 using 3 4 3 . Assistant:");

class Playground : public WindowTest {
protected:
    void SetUp() override
    {
        WindowTest::SetUp();
        open().workspaces().showPane(Workspace::Compare, QStringLiteral("playground"));
    }
    PlaygroundPane& pane() { return window().playground(); }
    AnswerView& first() { return pane().first(); }
    AnswerView& second() { return pane().second(); }
    bool answered()
    {
        return eventually([&] { return !first().side().isBusy() && !second().side().isBusy(); });
    }
    static std::string textOf(AnswerView& view, std::size_t answer)
    {
        std::string text;
        for (const ReaderToken& token : view.side().answers().at(answer).tokens)
            text += token.text;
        return text;
    }
};

} // namespace

TEST_F(Playground, ShowsWhatTwoModelsAnswerSideBySide)
{
    first().choose(shipped);
    second().choose(shipped);
    pane().setPrompt(PlaygroundPane::PromptKind::Plain, prompt);
    pane().setDrawing(1.0, 3, 5, 60);
    pane().ask();
    EXPECT_EQ(first().stateText(), QStringLiteral("loading…"));
    ASSERT_TRUE(answered());
    ASSERT_EQ(first().side().answers().size(), 3u);
    for (std::size_t answer = 0; answer < 3; ++answer) {
        EXPECT_TRUE(first().side().answers()[answer].finished);
        EXPECT_FALSE(textOf(first(), answer).empty());
        EXPECT_EQ(textOf(first(), answer), textOf(second(), answer)) << "one model, one seed";
    }
    EXPECT_NE(textOf(first(), 0), textOf(first(), 1));
    EXPECT_TRUE(first().stateText().contains(QStringLiteral("tokens/s"))) << first().stateText().toStdString();
    EXPECT_EQ(first().side().prompt(), prompt.toStdString());

    Q_EMIT first().stepRequested(1);
    EXPECT_EQ(first().answer(), 1u);
    EXPECT_EQ(second().answer(), 1u) << "both sides show the answer of one number";
}

TEST_F(Playground, ShowsThinkingAndAnswerApartWithTheProbabilityOfEachToken)
{
    first().choose(shipped);
    pane().setPrompt(PlaygroundPane::PromptKind::Plain, prompt);
    pane().setDrawing(0.0, 1, 0, 200);
    pane().ask();
    ASSERT_TRUE(answered());
    const QString body = first().bodyText();
    EXPECT_TRUE(body.contains(QStringLiteral("THINKING"))) << body.toStdString();
    EXPECT_TRUE(body.contains(QStringLiteral("ANSWER"))) << body.toStdString();
    int noted = 0;
    const QTextDocument& document = *first().findChild<QTextEdit*>()->document();
    for (QTextBlock block = document.begin(); block.isValid(); block = block.next())
        for (auto part = block.begin(); !part.atEnd(); ++part)
            noted += part.fragment().charFormat().toolTip().endsWith(QStringLiteral(" %"));
    EXPECT_GT(noted, 3);
}

TEST_F(Playground, StopsAndSaysWhyAModelCannotBeUsed)
{
    first().choose(shipped);
    second().choose(QStringLiteral("/nowhere/model"));
    pane().setPrompt(PlaygroundPane::PromptKind::Plain, prompt);
    pane().setDrawing(5.0, 8, 1, 480);
    pane().ask();
    ASSERT_TRUE(eventually([&] { return !first().side().answers()[0].tokens.empty(); }));
    pane().ask(); // the button says Stop
    ASSERT_TRUE(answered());
    EXPECT_TRUE(first().stateText().startsWith(QStringLiteral("stopped after"))) << first().stateText().toStdString();
    EXPECT_EQ(second().stateText(), QStringLiteral("failed"));
    EXPECT_TRUE(second().bodyText().contains(QStringLiteral("/nowhere/model"))) << second().bodyText().toStdString();

    pane().setDrawing(1.0, 1, 1, 5); // and goes on after it
    second().choose(shipped);
    pane().ask();
    ASSERT_TRUE(answered());
    EXPECT_EQ(second().side().answers()[0].tokens.size(), 5u);
    EXPECT_TRUE(second().stateText().endsWith(QStringLiteral("cut off"))) << second().stateText().toStdString();
}

TEST_F(Playground, PutsAQuestionIntoTheTemplate)
{
    first().choose(shipped);
    pane().setPrompt(PlaygroundPane::PromptKind::Question, QStringLiteral("How many?"));
    pane().setDrawing(1.0, 1, 0, 4);
    pane().ask();
    ASSERT_TRUE(answered());
    EXPECT_NE(first().side().prompt().find("User: How many?"), std::string::npos) << first().side().prompt();
    pane().setPrompt(PlaygroundPane::PromptKind::Conversation, QStringLiteral("How many?"));
    pane().ask();
    ASSERT_TRUE(answered());
    EXPECT_EQ(first().stateText(), QStringLiteral("failed")); // this model has no chat template
    EXPECT_TRUE(first().bodyText().contains(QStringLiteral("no chat template"))) << first().bodyText().toStdString();
}

} // namespace ahascope::ui
