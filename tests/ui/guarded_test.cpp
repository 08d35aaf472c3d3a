#include "ui/widgets/guarded.h"

#include <stdexcept>

#include <gtest/gtest.h>

#include <QPushButton>

#include "tests/ui/support/waiting.h"
#include "ui/widgets/handler_clock.h"
#include "ui/widgets/read_jobs.h"

namespace ahascope::ui {

namespace {

// A window that remembers what it was told.
class Listener : public QWidget {
public:
    QStringList heard;

protected:
    bool event(QEvent* event) override
    {
        if (event->type() != TroubleEvent::eventType())
            return QWidget::event(event);
        const auto* trouble = static_cast<TroubleEvent*>(event);
        heard << QStringLiteral("%1|%2|%3")
                     .arg(trouble->title, trouble->text,
                         trouble->internal ? QStringLiteral("internal") : QStringLiteral("input"));
        return true;
    }
};

} // namespace

TEST(Guarded, TellsTheWindowWhatASlotThrew)
{
    Listener window;
    auto* button = new QPushButton(&window);
    QObject::connect(button, &QPushButton::clicked, button, guarded(button, QStringLiteral("Saving"), [] {
        throw InputError({"a.toml", "is a folder", "choose a file"});
    }));
    button->click();
    ASSERT_TRUE(eventually([&] { return !window.heard.isEmpty(); }));
    EXPECT_EQ(window.heard.first().toStdString(), "Saving|a.toml: is a folder (choose a file)|input");
}

TEST(Guarded, CallsAMistakeOfTheProgramByItsName)
{
    Listener window;
    guarded(&window, QStringLiteral("Drawing"), [] { throw std::logic_error("impossible"); })();
    ASSERT_TRUE(eventually([&] { return !window.heard.isEmpty(); }));
    EXPECT_EQ(window.heard.first().toStdString(), "Drawing|impossible|internal");
}

TEST(Guarded, FindsTheWindowOfAnObjectThatIsNoWidget)
{
    Listener window;
    QObject model;
    model.setProperty(windowProperty, QVariant::fromValue<QObject*>(&window));
    QObject child(&model);
    reportTrouble(&child, QStringLiteral("Reading"), QStringLiteral("gone"));
    ASSERT_TRUE(eventually([&] { return !window.heard.isEmpty(); }));
    child.setParent(nullptr);
}

TEST(ReadJobs, DeliversResultsOnTheAskingThread)
{
    QWidget receiver;
    ReadJobs jobs;
    int result = 0;
    QThread* where = nullptr;
    QThread* workedOn = nullptr;
    jobs.run(
        &receiver, QStringLiteral("sum"), QStringLiteral("Adding"),
        [&workedOn] {
            workedOn = QThread::currentThread();
            return 2 + 2;
        },
        [&](int sum) {
            result = sum;
            where = QThread::currentThread();
        });
    ASSERT_TRUE(eventually([&] { return result != 0; }));
    EXPECT_EQ(result, 4);
    EXPECT_EQ(where, QThread::currentThread());
    EXPECT_NE(workedOn, QThread::currentThread());
}

TEST(ReadJobs, DropsAnswersThatANewerQuestionMadeStale)
{
    QWidget receiver;
    ReadJobs jobs;
    QList<int> answers;
    for (int k = 0; k < 50; ++k)
        jobs.run(
            &receiver, QStringLiteral("topic"), QStringLiteral("Asking"), [k] { return k; },
            [&](int answer) { answers.append(answer); });
    ASSERT_TRUE(eventually([&] { return jobs.waiting() == 0; }));
    EXPECT_EQ(answers, QList<int>{49});
}

TEST(ReadJobs, NeverDropsWorkWithoutATopic)
{
    QWidget receiver;
    ReadJobs jobs;
    int done = 0;
    for (int k = 0; k < 50; ++k)
        jobs.run(
            &receiver, {}, QStringLiteral("Writing"), [] { return true; }, [&](bool) { ++done; });
    ASSERT_TRUE(eventually([&] { return jobs.waiting() == 0; }));
    EXPECT_EQ(done, 50);
}

TEST(ReadJobs, SurvivesAReceiverThatIsGone)
{
    ReadJobs jobs;
    auto receiver = std::make_unique<QWidget>();
    bool delivered = false;
    jobs.run(
        receiver.get(), {}, QStringLiteral("Reading"), [] { return 1; }, [&](int) { delivered = true; });
    receiver.reset();
    ASSERT_TRUE(eventually([&] { return jobs.waiting() == 0; }));
    EXPECT_FALSE(delivered);
}

TEST(ReadJobs, ReportsWhatWorkThrewAtTheReceiversWindow)
{
    Listener window;
    ReadJobs jobs;
    jobs.run(
        &window, QStringLiteral("x"), QStringLiteral("Reading"), []() -> int { throw std::runtime_error("disk gone"); },
        [](int) { FAIL() << "there is no result"; });
    ASSERT_TRUE(eventually([&] { return !window.heard.isEmpty(); }));
    EXPECT_EQ(window.heard.first().toStdString(), "Reading|disk gone|input");
}

TEST(HandlerClock, SortsHandlersByTheirOwnTime)
{
    HandlerTimes times;
    QObject object;
    object.setObjectName(QStringLiteral("charts"));
    times.add(0.5, "QObject", &object, QEvent::Timer);
    times.add(30, "QObject", &object, QEvent::Paint);
    times.add(80, "QObject", &object, QEvent::Timer);
    EXPECT_EQ(times.events, 3U);
    EXPECT_EQ(times.buckets[0], 1U);
    EXPECT_EQ(times.buckets[3], 1U);
    EXPECT_EQ(times.buckets[4], 1U);
    EXPECT_EQ(times.longestWhat.toStdString(), "QObject(charts) Timer");
    EXPECT_TRUE(times.summary().contains(QStringLiteral("longest 80.0 ms")));
}

} // namespace ahascope::ui
