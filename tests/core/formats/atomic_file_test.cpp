#include "core/formats/atomic_file.h"

#include <cerrno>
#include <csignal>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include "core/formats/file_bytes.h"
#include "tests/support/temporary_folder.h"

namespace ahascope::formats {
namespace {

constexpr std::uint64_t Limit = 1 << 20;

TEST(AtomicFile, ReplacesTheTargetOnlyOnCommit)
{
    const test::TemporaryFolder folder;
    const auto target = folder.path() / "a.txt";
    writeFileAtomically(target, "old");
    {
        AtomicFile file(target);
        file.write("new", 3);
        EXPECT_EQ(readFile(target, Limit), "old");
        file.commit();
    }
    EXPECT_EQ(readFile(target, Limit), "new");
    EXPECT_EQ(folder.entries(), 1u);
}

TEST(AtomicFile, RemovesItsTemporaryFileWithoutCommit)
{
    const test::TemporaryFolder folder;
    {
        AtomicFile file(folder.path() / "a.txt");
        file.write("new", 3);
        EXPECT_EQ(folder.entries(), 1u);
    }
    EXPECT_EQ(folder.entries(), 0u);
}

TEST(AtomicFile, SaysWhichPathCouldNotBeWritten)
{
    const test::TemporaryFolder folder;
    try {
        writeFileAtomically(folder.path() / "missing" / "a.txt", "x");
        FAIL();
    } catch (const FileError& error) {
        EXPECT_EQ(error.errorNumber(), ENOENT);
        EXPECT_THAT(error.what(), testing::HasSubstr("missing/a.txt: cannot create a file here: No such file"));
    }
}

TEST(AtomicFile, SaysHowAFullOrForeignPlaceIsMended)
{
    EXPECT_STREQ(FileError("run/a.bin", "write", ENOSPC).what(),
        "run/a.bin: cannot write: No space left on device (make space there and try again)");
    EXPECT_STREQ(FileError("run/a.bin", "write", EACCES).what(),
        "run/a.bin: cannot write: Permission denied (choose a place that is yours and can be written)");
}

TEST(AtomicFile, KeepsTheTargetWhenTheFileSystemRefusesABigFile)
{
    const test::TemporaryFolder folder;
    const auto target = folder.path() / "a.txt";
    writeFileAtomically(target, "old");
    // A file size limit stands in for a full disk: write() fails part of the way.
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
    const rlimit small{.rlim_cur = 4096, .rlim_max = before.rlim_max};
    const auto handler = std::signal(SIGXFSZ, SIG_IGN);
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
    int number = 0;
    try {
        writeFileAtomically(target, std::string(100'000, 'x'));
    } catch (const FileError& error) {
        number = error.errorNumber();
    }
    ::setrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, handler);
    EXPECT_EQ(number, EFBIG);
    EXPECT_EQ(readFile(target, Limit), "old");
    EXPECT_EQ(folder.entries(), 1u);
}

TEST(AtomicFolder, AppearsWholeOnCommit)
{
    const test::TemporaryFolder folder;
    const auto target = folder.path() / "runs" / "model/";
    {
        AtomicFolder atomic(target);
        writeFileAtomically(atomic.path() / "config.json", "{}");
        std::filesystem::create_directory(atomic.path() / "sub");
        EXPECT_FALSE(std::filesystem::exists(target));
        atomic.commit();
    }
    EXPECT_EQ(readFile(target / "config.json", Limit), "{}");
    EXPECT_TRUE(std::filesystem::is_directory(target / "sub"));
}

TEST(AtomicFolder, ReplacesAFolderThatIsThere)
{
    const test::TemporaryFolder folder;
    const auto target = folder.path() / "model";
    std::filesystem::create_directory(target);
    writeFileAtomically(target / "old.txt", "old");
    {
        AtomicFolder atomic(target);
        writeFileAtomically(atomic.path() / "new.txt", "new");
        atomic.commit();
    }
    EXPECT_EQ(readFile(target / "new.txt", Limit), "new");
    EXPECT_FALSE(std::filesystem::exists(target / "old.txt"));
    EXPECT_EQ(folder.entries(), 1u);
}

TEST(AtomicFolder, LeavesNothingWithoutCommit)
{
    const test::TemporaryFolder folder;
    {
        AtomicFolder atomic(folder.path() / "model");
        writeFileAtomically(atomic.path() / "a", "a");
    }
    EXPECT_EQ(folder.entries(), 0u);
}

} // namespace
} // namespace ahascope::formats
