#include "core/pipeline/checkpoint.h"

#include <cstring>
#include <fstream>
#include <sys/resource.h>

#include <gmock/gmock.h>

#include "core/problem.h"

namespace ahascope::pipeline {
namespace {

namespace fs = std::filesystem;

class CheckpointTest : public testing::Test {
protected:
    CheckpointTest()
        : m_folder(fs::temp_directory_path()
            / ("ahascope-checkpoint-" + std::to_string(reinterpret_cast<std::uintptr_t>(this)) + "-"
                + testing::UnitTest::GetInstance()->current_test_info()->name()))
    {
        fs::create_directories(m_folder);
    }
    ~CheckpointTest() override { fs::remove_all(m_folder); }

    SavedCheckpoint save(const Progress& progress)
    {
        return writeCheckpoint(
            m_folder / checkpointName(progress.globalStep), progress,
            [](const fs::path& folder) { std::ofstream(folder / "model.safetensors") << "weights"; },
            [&](const train::StateSink& sink) { sink("optimizer/mean", std::as_bytes(std::span(m_mean))); });
    }

    fs::path m_folder;
    std::vector<float> m_mean{1.0f, -2.0f, 3.5f};
};

TEST_F(CheckpointTest, GivesBackWhatItWasGiven)
{
    Progress progress{.stage = 1,
        .step = 20,
        .globalStep = 50,
        .seconds = 12.25,
        .numTokens = 4096,
        .recentNonFinite = 5,
        .nonFiniteSteps = 2};
    SavedCheckpoint saved = save(progress);
    EXPECT_EQ(saved.folder.filename(), "step-000050");
    Checkpoint checkpoint(saved.folder);
    EXPECT_EQ(checkpoint.progress(), progress);
    std::vector<float> mean(3);
    checkpoint.trainerState()("optimizer/mean", std::as_writable_bytes(std::span(mean)));
    EXPECT_EQ(mean, m_mean);
}

TEST_F(CheckpointTest, IsWrittenCheckedAndReadWithoutAnotherCopyInMemory)
{
#ifdef __SANITIZE_THREAD__
    GTEST_SKIP() << "the thread sanitizer's shadow is several times what the test takes";
#endif
    const auto peakMemory = [] {
        rusage usage{};
        getrusage(RUSAGE_SELF, &usage);
        return usage.ru_maxrss * 1024; // bytes
    };
    m_mean.assign(std::size_t{32} << 20, 1.5f); // 128 MiB
    std::vector<float> read(m_mean.size(), 0.0f);
    const long before = peakMemory();
    const Checkpoint checkpoint(save({}).folder);
    checkpoint.trainerState()("optimizer/mean", std::as_writable_bytes(std::span(read)));
    EXPECT_EQ(read, m_mean);
    EXPECT_LT(peakMemory() - before, std::int64_t{32} << 20);
}

TEST_F(CheckpointTest, RefusesAPieceOfAnotherSize)
{
    Checkpoint checkpoint(save({}).folder);
    std::vector<float> wrong(4);
    EXPECT_THROW(checkpoint.trainerState()("optimizer/mean", std::as_writable_bytes(std::span(wrong))), InputError);
    EXPECT_THROW(checkpoint.trainerState()("optimizer/other", std::as_writable_bytes(std::span(wrong))), InputError);
}

// Every byte of every file is covered by a hash, the manifest's own by its parsing and by the hashes it holds.
TEST_F(CheckpointTest, NoticesAnyChangedByteOfItsFiles)
{
    fs::path folder = save({}).folder;
    for (const char* name : {"model.safetensors", "trainer/state.json", "trainer/optimizer.mean.bin"}) {
        auto size = fs::file_size(folder / name);
        for (std::uintmax_t at = 0; at < size; ++at) {
            std::fstream file(folder / name, std::ios::in | std::ios::out | std::ios::binary);
            file.seekg(static_cast<std::streamoff>(at));
            char byte = static_cast<char>(file.get());
            auto put = [&](char value) {
                file.seekp(static_cast<std::streamoff>(at));
                file.put(value);
                file.flush();
            };
            put(static_cast<char>(byte ^ 0x10));
            EXPECT_THROW(Checkpoint{folder}, InputError) << name << " at " << at;
            put(byte);
        }
    }
    EXPECT_NO_THROW(Checkpoint{folder});
}

TEST_F(CheckpointTest, NamesAMissingFile)
{
    fs::path folder = save({}).folder;
    fs::remove(folder / "model.safetensors");
    try {
        Checkpoint checkpoint(folder);
        FAIL() << "it was accepted";
    } catch (const InputError& error) {
        EXPECT_THAT(error.what(), testing::HasSubstr("model.safetensors"));
        EXPECT_THAT(error.what(), testing::HasSubstr("missing"));
    }
}

TEST_F(CheckpointTest, RefusesAManifestThatLeadsOutOfTheFolder)
{
    fs::path folder = save({}).folder;
    std::ofstream(folder / "manifest.json") << R"({"version":1,"files":[{"name":"../x","bytes":1,"xxh3":"0"}]})";
    EXPECT_THROW(Checkpoint{folder}, InputError);
}

TEST_F(CheckpointTest, LeavesNothingBehindWhenTheModelCannotBeWritten)
{
    auto failing = [](const fs::path&) { throw std::runtime_error("disk full"); };
    EXPECT_THROW(
        writeCheckpoint(m_folder / "step-000001", {}, failing, [](const train::StateSink&) {}), std::runtime_error);
    EXPECT_TRUE(fs::is_empty(m_folder));
}

} // namespace
} // namespace ahascope::pipeline
