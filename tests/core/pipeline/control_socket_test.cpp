#include "core/pipeline/control_socket.h"

#include <chrono>
#include <cstring>
#include <gmock/gmock.h>
#include <string>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/problem.h"
#include "tests/support/temporary_folder.h"

namespace ahascope::pipeline {
namespace {

namespace fs = std::filesystem;

class ControlSocketTest : public testing::Test {
protected:
    // A connection of somebody who may say anything.
    int connect() const
    {
        const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        const std::string path = (folder.path() / "control").string();
        path.copy(address.sun_path, sizeof address.sun_path - 1);
        EXPECT_EQ(::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
        return socket;
    }
    // What is answered to `text`.
    std::string answerTo(const std::string& text) const
    {
        const int socket = connect();
        EXPECT_EQ(::send(socket, text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
        std::string answer;
        char next = 0;
        while (::recv(socket, &next, 1, 0) == 1)
            answer += next;
        ::close(socket);
        return answer;
    }

    test::TemporaryFolder folder;
    RunControl control;
};

TEST_F(ControlSocketTest, HandsEveryRequestToTheRun)
{
    const ControlSocket socket(folder.path(), control);
    EXPECT_EQ(socket.problem(), "");
    sendRequest(folder.path(), ControlRequest::Pause);
    EXPECT_TRUE(control.pauseRequested());
    sendRequest(folder.path(), ControlRequest::Continue);
    EXPECT_FALSE(control.pauseRequested());
    EXPECT_FALSE(control.takeCheckpointRequest());
    sendRequest(folder.path(), ControlRequest::Checkpoint);
    EXPECT_TRUE(control.takeCheckpointRequest());
    sendRequest(folder.path(), ControlRequest::Stop);
    EXPECT_EQ(control.stopRequest(), StopRequest::AfterCheckpoint);
    sendRequest(folder.path(), ControlRequest::StopNow);
    EXPECT_EQ(control.stopRequest(), StopRequest::AtOnce);
}

TEST_F(ControlSocketTest, NeedsNoShortPath)
{
    const fs::path deep = folder.path() / std::string(100, 'a') / std::string(100, 'b');
    fs::create_directories(deep);
    const ControlSocket socket(deep, control);
    sendRequest(deep, ControlRequest::Pause);
    EXPECT_TRUE(control.pauseRequested());
}

TEST_F(ControlSocketTest, RefusesWhatIsNoRequest)
{
    const ControlSocket socket(folder.path(), control);
    for (const std::string text : {"\n", "pauses\n", "Pause\n", "pause\r\n", "stop now\n"})
        EXPECT_EQ(answerTo(text), "?\n") << text;
    EXPECT_EQ(answerTo(std::string(32, 'x')), "?\n") << "longer than a line may be";
    EXPECT_FALSE(control.pauseRequested());
    EXPECT_EQ(control.stopRequest(), StopRequest::None);
    EXPECT_EQ(answerTo("pause\n"), "ok\n");
}

TEST_F(ControlSocketTest, GoesOnBesideSomebodyWhoSaysNothing)
{
    const ControlSocket socket(folder.path(), control);
    const int silent = connect();
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_EQ(answerTo("pause\n"), "ok\n");
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
    ::close(silent);
}

TEST_F(ControlSocketTest, IsTheUsersAlone)
{
    const ControlSocket socket(folder.path(), control);
    struct stat status = {};
    ASSERT_EQ(::stat((folder.path() / "control").c_str(), &status), 0);
    EXPECT_TRUE(S_ISSOCK(status.st_mode));
    EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST_F(ControlSocketTest, TakesThePlaceOfADeadOneAndLeavesNone)
{
    const int dead = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = (folder.path() / "control").string();
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    ASSERT_EQ(::bind(dead, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    ::close(dead); // as when its program is killed: the file stays
    EXPECT_THROW(sendRequest(folder.path(), ControlRequest::Pause), InputError);
    {
        const ControlSocket socket(folder.path(), control);
        sendRequest(folder.path(), ControlRequest::Pause);
    }
    EXPECT_TRUE(control.pauseRequested());
    EXPECT_FALSE(fs::exists(path));
}

TEST_F(ControlSocketTest, SaysWhyNobodyListens)
{
    const ControlSocket socket(folder.path() / "nowhere", control);
    EXPECT_THAT(socket.problem(), testing::HasSubstr("No such file"));
    try {
        sendRequest(folder.path(), ControlRequest::Stop);
        FAIL() << "nobody listens";
    } catch (const InputError& error) {
        EXPECT_THAT(error.what(), testing::HasSubstr(folder.path().string()));
    }
}

} // namespace
} // namespace ahascope::pipeline
