#include "core/store/lease.h"

#include <fstream>

#include <gtest/gtest.h>
#include <unistd.h>

#include "core/store/store_error.h"
#include "tests/support/child_process.h"
#include "tests/support/temporary_folder.h"

namespace ahascope::store {

using ahascope::test::Acknowledge;
using ahascope::test::ChildProcess;
using ahascope::test::contentsOf;
using ahascope::test::TemporaryFolder;
using ahascope::test::writeFile;

TEST(Lease, BelongsToOneAtATime)
{
    TemporaryFolder folder;
    Lease lease(folder.path());
    EXPECT_EQ(leaseHolder(folder.path()), currentProcess());
    try {
        Lease second(folder.path());
        FAIL();
    } catch (const StoreError& error) {
        EXPECT_EQ(error.kind(), StoreError::Kind::InUse);
        std::string what = error.what();
        EXPECT_NE(what.find("written by process " + std::to_string(::getpid())), std::string::npos) << what;
        EXPECT_EQ(what.find('\n'), std::string::npos);
    }
    lease.release();
    EXPECT_FALSE(leaseHolder(folder.path()));
    Lease third(folder.path());
}

TEST(Lease, KeepsOtherProgramsOut)
{
    TemporaryFolder folder;
    Lease lease(folder.path());
    ChildProcess child([&](const Acknowledge&) {
        // The child of a fork shares the parent's open file, so it looks as another program would: by the path.
        try {
            Lease second(folder.path());
        } catch (const StoreError& error) {
            return error.kind() == StoreError::Kind::InUse ? 0 : 1;
        }
        return 2;
    });
    EXPECT_EQ(child.wait(), 0);
}

TEST(Lease, ReturnsWhenItsHolderIsKilled)
{
    TemporaryFolder folder;
    ChildProcess child([&](const Acknowledge& acknowledge) {
        Lease lease(folder.path());
        acknowledge(1);
        ::pause();
        return 0;
    });
    std::int64_t number = 0;
    ASSERT_TRUE(child.next(number));
    EXPECT_EQ(leaseHolder(folder.path())->pid, child.pid());
    child.kill();
    EXPECT_FALSE(leaseHolder(folder.path()));
    Lease lease(folder.path());
}

TEST(Lease, TrustsALivingNameWhereLocksDoNotHold)
{
    TemporaryFolder folder;
    ProcessIdentity self = currentProcess();
    writeFile(folder.path() / "lease",
        "pid " + std::to_string(self.pid) + "\nboot " + self.bootId + "\nstart " + std::to_string(self.startTicks)
            + "\n");
    EXPECT_EQ(leaseHolder(folder.path()), self);
    EXPECT_THROW(Lease lease(folder.path()), StoreError);
}

TEST(Lease, PassesOverTheNamesOfDeadProcesses)
{
    TemporaryFolder folder;
    ProcessIdentity self = currentProcess();
    for (const std::string& stale : {
             "pid " + std::to_string(self.pid) + "\nboot " + self.bootId + "\nstart 1\n", // a reused pid
             "pid " + std::to_string(self.pid) + "\nboot other\nstart " + std::to_string(self.startTicks)
                 + "\n",                                                                         // before a restart
             std::string("pid 99999999999999999999\nboot\nstart x\n"), std::string(100'000, 'p') // not ours
         }) {
        writeFile(folder.path() / "lease", stale);
        EXPECT_FALSE(leaseHolder(folder.path()));
        Lease lease(folder.path());
    }
}

TEST(Lease, DoesNotFollowALink)
{
    TemporaryFolder folder;
    writeFile(folder.path() / "precious", "text");
    std::filesystem::create_symlink(folder.path() / "precious", folder.path() / "lease");
    EXPECT_THROW(Lease lease(folder.path()), StoreError);
    EXPECT_EQ(contentsOf(folder.path() / "precious"), "text");
}

TEST(Lease, SaysThatTheFolderIsGone)
{
    TemporaryFolder folder;
    try {
        Lease lease(folder.path() / "nowhere");
        FAIL();
    } catch (const StoreError& error) {
        EXPECT_EQ(error.kind(), StoreError::Kind::Missing);
    }
}

} // namespace ahascope::store
