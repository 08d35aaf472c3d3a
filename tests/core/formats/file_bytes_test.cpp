#include "core/formats/file_bytes.h"

#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "core/problem.h"
#include "tests/support/temporary_folder.h"

namespace ahascope::formats {
namespace {

TEST(FileBytes, ReadsAndMapsTheSameBytes)
{
    const test::TemporaryFolder folder;
    const auto path = folder.path() / "a";
    const std::string contents("a\0b\r\n\xff", 6);
    std::ofstream(path, std::ios::binary) << contents;
    EXPECT_EQ(readFile(path, 6), contents);
    MappedFile first(path);
    MappedFile mapped = std::move(first);
    EXPECT_EQ(std::string(reinterpret_cast<const char*>(mapped.bytes().data()), mapped.bytes().size()), contents);
    EXPECT_TRUE(first.bytes().empty()); // NOLINT: moved from on purpose
}

TEST(FileBytes, MapsAnEmptyFileAsNothing)
{
    const test::TemporaryFolder folder;
    std::ofstream(folder.path() / "a").flush();
    EXPECT_TRUE(MappedFile(folder.path() / "a").bytes().empty());
    EXPECT_EQ(readFile(folder.path() / "a", 0), "");
}

TEST(FileBytes, RefusesWhatIsNoFileOrTooLarge)
{
    const test::TemporaryFolder folder;
    EXPECT_THROW(readFile(folder.path(), 100), InputError);
    EXPECT_THROW(MappedFile{folder.path() / "missing"}, InputError);
    const auto pipe = folder.path() / "pipe";
    ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
    EXPECT_THROW(readFile(pipe, 100), InputError); // and does not wait for a writer
    std::ofstream(folder.path() / "a") << "abc";
    EXPECT_THROW(readFile(folder.path() / "a", 2), InputError);
}

} // namespace
} // namespace ahascope::formats
