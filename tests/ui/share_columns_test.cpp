#include "ui/widgets/share_columns.h"

#include <gtest/gtest.h>

#include <QApplication>
#include <QMouseEvent>
#include <QSignalSpy>
#include <QTest>

namespace ahascope::ui {

namespace {

class Columns : public testing::Test {
protected:
    Columns() { m_widget.resize(400, 80); }

    static QList<ShareColumns::Column> upTo(qint64 last)
    {
        QList<ShareColumns::Column> columns;
        for (qint64 step = 1; step <= last; ++step)
            columns.append({step, {1.0, static_cast<double>(step)}});
        return columns;
    }
    qint64 current() const { return m_widget.current()->at; }

    ShareColumns m_widget{QStringLiteral("Phases"), {0, 1},
        [](const ShareColumns::Column& column) { return QStringLiteral("step %1").arg(column.at); }};
};

} // namespace

TEST_F(Columns, AreWalkedByKeysAndEndAtTheNewest)
{
    m_widget.show(upTo(5));
    EXPECT_EQ(current(), 5);
    QTest::keyClick(&m_widget, Qt::Key_Left);
    QTest::keyClick(&m_widget, Qt::Key_Left);
    EXPECT_EQ(current(), 3);
    EXPECT_EQ(m_widget.accessibleDescription(), QStringLiteral("step 3"));
    m_widget.show(upTo(6));
    EXPECT_EQ(current(), 3) << "what is being read stays when a step comes";
    QTest::keyClick(&m_widget, Qt::Key_Home);
    EXPECT_EQ(current(), 1);
    QTest::keyClick(&m_widget, Qt::Key_Escape);
    EXPECT_EQ(current(), 6);
    m_widget.show(upTo(7));
    EXPECT_EQ(current(), 7);
}

TEST_F(Columns, StartWhereThereIsRoomForThem)
{
    m_widget.show(upTo(200));
    QTest::keyClick(&m_widget, Qt::Key_Home);
    EXPECT_EQ(current(), 151) << "50 columns of 8 pixels";
}

TEST_F(Columns, FollowThePointerUntilItLeaves)
{
    m_widget.show(upTo(200));
    QSignalSpy changes(&m_widget, &ShareColumns::currentChanged);
    QMouseEvent moving(QEvent::MouseMove, QPointF(12, 20), QPointF(12, 20), Qt::NoButton, Qt::NoButton, {});
    QApplication::sendEvent(&m_widget, &moving);
    EXPECT_EQ(current(), 152);
    QEvent leaving(QEvent::Leave);
    QApplication::sendEvent(&m_widget, &leaving);
    EXPECT_EQ(current(), 200);
    EXPECT_EQ(changes.size(), 2);
}

TEST_F(Columns, MayBeNone)
{
    m_widget.show({});
    EXPECT_EQ(m_widget.current(), nullptr);
    for (const int key : {Qt::Key_Left, Qt::Key_Home, Qt::Key_End})
        QTest::keyClick(&m_widget, static_cast<Qt::Key>(key));
    EXPECT_EQ(m_widget.current(), nullptr);
    EXPECT_FALSE(m_widget.grab().isNull());
}

} // namespace ahascope::ui
