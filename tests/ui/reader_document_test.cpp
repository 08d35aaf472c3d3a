// A completion as a document.
#include <gtest/gtest.h>

#include <QGuiApplication>
#include <QTextDocument>
#include <QTextFrame>

#include "ui/editors/reader_document.h"
#include "ui/theme/theme.h"

namespace ahascope::ui {
namespace {

// What stands behind the last box, which is the answer's.
QColor behindAnswer(bool correct, const QPalette& palette)
{
    ReaderMember member;
    member.detail.sample.correct = correct;
    member.pieces = {{"<think>", ReaderPiece::Block::Before, true, {}, {}},
        {"2 + 2", ReaderPiece::Block::Think, false, {}, {}}, {"</think>", ReaderPiece::Block::Think, true, {}, {}},
        {"<answer>", ReaderPiece::Block::Between, true, {}, {}}, {"4", ReaderPiece::Block::Answer, false, {}, {}},
        {"</answer>", ReaderPiece::Block::Answer, true, {}, {}}};
    QTextDocument document;
    fillReader(document, member, {}, palette);
    return document.rootFrame()->childFrames().constLast()->frameFormat().background().color();
}

TEST(ReaderDocument, ShowsAWrongAnswerInTheColourOfWrongOnes)
{
    const QPalette palette = QGuiApplication::palette();
    const Theme& theme = themeFor(palette);
    EXPECT_EQ(behindAnswer(true, palette), theme.rightAnswer);
    EXPECT_EQ(behindAnswer(false, palette), theme.wrongAnswer);
    EXPECT_NE(theme.rightAnswer, theme.wrongAnswer);
}

} // namespace
} // namespace ahascope::ui
