#include "core/data/dataset_file.h"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/problem.h"

namespace ahascope::data {

using ::testing::HasSubstr;

namespace {

std::string complaint(
    std::string_view bytes, std::string_view kind, const ColumnMapping& columns = {}, const FileLimits& limits = {})
{
    try {
        parseRows(bytes, kind, "data." + std::string(kind), columns, limits);
    } catch (const InputError& error) {
        return toString(error.problems().front());
    }
    return "";
}

const std::filesystem::path shared = std::filesystem::path(AHASCOPE_SOURCE_DIR) / ".." / "shared" / "data";

} // namespace

TEST(DatasetFile, ReadsJsonLinesWithTheirOtherColumnsInFileOrder)
{
    const auto rows = parseRows("{\"zeta\": [3, 8], \"question\": \"q1\", \"answer\": 22, \"alpha\": \"text\"}\r\n\n"
                                "{\"question\": \"q2\", \"answer\": \"b\", \"none\": null}",
        "jsonl", "d", {});
    ASSERT_EQ(rows.size(), 2u);
    EXPECT_EQ(rows[0].question, "q1");
    EXPECT_EQ(rows[0].answer, "22");
    EXPECT_EQ(rows[0].columns, (text::Columns{{"zeta", "[3,8]"}, {"alpha", "text"}}));
    EXPECT_EQ(rows[0].id, questionId("q1"));
    EXPECT_EQ(rows[1].columns, (text::Columns{{"none", "null"}}));
}

TEST(DatasetFile, NamesTheLineThatIsNotJson)
{
    EXPECT_THAT(complaint("{\"question\": \"q\"}\n{\"question\": \n", "jsonl"), HasSubstr("data.jsonl: line 2"));
    EXPECT_THAT(
        complaint("{\"question\": \"q\"}\n\nhello\n", "jsonl"), HasSubstr("data.jsonl: line 3: is not a JSON object"));
    EXPECT_THAT(complaint("{\"question\": \"\\ud800\"}\n", "jsonl"), HasSubstr("line 1"));
    EXPECT_THAT(complaint("{\"question\": \"\xff\"}\n", "jsonl"), HasSubstr("line 1"));
    EXPECT_THAT(complaint("{\"question\": \"a\", \"question\": \"b\"}\n", "jsonl"), HasSubstr("stands twice"));
}

TEST(DatasetFile, NamesTheColumnThatIsMissingAndTheNearestOne)
{
    EXPECT_THAT(complaint("{\"qestion\": \"q\"}\n", "jsonl"), HasSubstr("did you mean \"qestion\"?"));
    EXPECT_THAT(
        complaint("{\"question\": \"q\"}\n", "jsonl", {.answerPattern = "x"}), HasSubstr("no column \"answer\""));
}

TEST(DatasetFile, MapsColumns)
{
    const auto rows = parseRows("{\"problem\": \"p\", \"solution\": \"s\", \"question\": \"kept\"}", "jsonl", "d",
        {.question = "problem", .answer = "solution", .answerPattern = ""});
    EXPECT_EQ(rows[0].question, "p");
    EXPECT_EQ(rows[0].answer, "s");
    EXPECT_EQ(rows[0].columns, (text::Columns{{"question", "kept"}}));
}

TEST(DatasetFile, TakesTheAnswerOutOfAWorkedSolution)
{
    const auto rows = parseRows(
        "{\"question\": \"q\", \"answer\": \"3 + 4 = 7\\n#### 7 \"}", "jsonl", "d", {.answerPattern = "#### (.*)"});
    EXPECT_EQ(rows[0].answer, "7");
    EXPECT_EQ(rows[0].columns, (text::Columns{{"answer", "3 + 4 = 7\n#### 7 "}}));
    EXPECT_THAT(complaint("{\"question\": \"q\", \"answer\": \"7\"}", "jsonl", {.answerPattern = "#### (.*)"}),
        HasSubstr("line 1: answer_pattern finds nothing"));
}

TEST(DatasetFile, ReadsAJsonArray)
{
    const auto rows
        = parseRows("\xEF\xBB\xBF[{\"question\": \"a\", \"answer\": true}, {\"question\": \"b\"}]", "json", "d", {});
    ASSERT_EQ(rows.size(), 2u);
    EXPECT_EQ(rows[0].answer, "true");
    EXPECT_EQ(rows[1].answer, "");
    EXPECT_THAT(complaint("[{\"question\": \"a\"}, 7]", "json"), HasSubstr("row 2: is not a JSON object"));
    EXPECT_THAT(complaint("{\"question\": \"a\"}", "json"), HasSubstr("is not a JSON array"));
}

TEST(DatasetFile, ReadsQuotedCells)
{
    const auto rows
        = parseRows("question,answer,note\r\n\"say \"\"hi\"\",\nplease\",\"1,000\",\r\nplain,2,x\r\n", "csv", "d", {});
    ASSERT_EQ(rows.size(), 2u);
    EXPECT_EQ(rows[0].question, "say \"hi\",\nplease");
    EXPECT_EQ(rows[0].answer, "1,000");
    EXPECT_EQ(rows[0].columns, (text::Columns{{"note", ""}}));
    EXPECT_EQ(rows[1].question, "plain");
}

TEST(DatasetFile, NamesTheLineOfARowThatDoesNotFit)
{
    // The row with the line end inside begins on line 2, the short one on line 4.
    EXPECT_THAT(complaint("question,answer\n\"a\nb\",1\nonly one\n", "csv"),
        HasSubstr("data.csv: line 4: has 1 cells, the head has 2"));
    EXPECT_THAT(complaint("question,answer\n\"open,1\n", "csv"), HasSubstr("line 2: a quoted cell does not end"));
    EXPECT_THAT(complaint("question,answer\n\"a\"b,1\n", "csv"), HasSubstr("line 2: text follows a quoted cell"));
    EXPECT_THAT(complaint("question\tanswer\n\xff\t1\n", "tsv"), HasSubstr("line 2: is not UTF-8"));
}

TEST(DatasetFile, CutsPlainTextIntoParagraphs)
{
    const std::string text(9000, 'x');
    const auto rows = parseRows("one\ntwo\n\n \nthree\n\n" + text, "txt", "d", {});
    ASSERT_EQ(rows.size(), 5u);
    EXPECT_EQ(rows[0].columns, (text::Columns{{"completion", "one\ntwo"}}));
    EXPECT_EQ(rows[1].columns, (text::Columns{{"completion", "three"}}));
    EXPECT_EQ(
        rows[2].columns[0].second.size() + rows[3].columns[0].second.size() + rows[4].columns[0].second.size(), 9000u);
}

TEST(DatasetFile, RefusesWhatIsOutOfBounds)
{
    const std::string line = "{\"question\": \"" + std::string(200, 'q') + "\"}\n";
    EXPECT_THAT(complaint(line, "jsonl", {}, {.lineBytes = 100}), HasSubstr("line 1"));
    EXPECT_THAT(complaint(line + line, "jsonl", {}, {.rows = 1}), HasSubstr("more than 1 rows"));
    EXPECT_THAT(
        complaint("question,\"" + std::string(200, 'q') + "\"\n", "csv", {}, {.lineBytes = 100}), HasSubstr("line 1"));
    EXPECT_THAT(complaint("", "jsonl"), HasSubstr("there is no row"));
    EXPECT_THAT(complaint("x", "xlsx"), HasSubstr("its name does not tell"));
    EXPECT_THAT(complaint("PAR1", "parquet"), HasSubstr("Parquet"));
    EXPECT_THAT(complaint("{\"question\": \"q\", \"answer\": \"a\"}", "jsonl", {.answerPattern = "(("}),
        HasSubstr("is not a regular expression"));
    EXPECT_THROW(readRows("/nonexistent/file.jsonl", {}), InputError);
}

TEST(DatasetFile, GivesUpOnAPatternThatWouldTakeForever)
{
    const std::string text(40, 'a');
    EXPECT_THAT(
        complaint("{\"question\": \"q\", \"answer\": \"" + text + "!\"}", "jsonl", {.answerPattern = "^(a+)+$"}),
        HasSubstr("answer_pattern finds nothing"));
}

TEST(DatasetFile, ReadsTheGradeSchoolProblemsOfTheGsm8kTestSet)
{
    const auto file = shared / "math" / "gsm8k_test.jsonl";
    if (!std::filesystem::exists(file)) {
        GTEST_SKIP() << "no " << file;
    }
    // The file gives the last line of each solution as a column of its own.
    const auto rows = readRows(file, {.question = "question", .answer = "solution", .answerPattern = "#### (.*)"});
    EXPECT_EQ(rows.size(), 1319u);
    for (const Row& row : rows) {
        std::string taken = row.answer;
        std::erase(taken, ',');
        EXPECT_EQ(taken, *text::findColumn(row.columns, "answer")) << row.question;
    }
}

TEST(DatasetFile, ReadsCountdownProblemsWithTheirNumbers)
{
    const auto file = shared / "countdown" / "countdown_test.jsonl";
    if (!std::filesystem::exists(file)) {
        GTEST_SKIP() << "no " << file;
    }
    const auto rows = readRows(file, {});
    EXPECT_EQ(rows[0].answer, "36");
    EXPECT_EQ(*text::findColumn(rows[0].columns, "numbers"), "[79,17,60]");
    EXPECT_EQ(*text::findColumn(rows[0].columns, "target"), "36");
}

} // namespace ahascope::data
