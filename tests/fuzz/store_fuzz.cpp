// Stores from strangers. First byte 0xdb: the second says what a reader asks of a small run.db, and the rest is patches
// of it (offset, length, bytes). Otherwise: the packed texts and tokens of a group. Anything is a value, a StoreError
// or BadBytes.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include <fcntl.h>
#include <unistd.h>

#include "core/store/byte_stream.h"
#include "core/store/catalogue.h"
#include "core/store/group_codec.h"
#include "core/store/run_reader.h"
#include "core/store/sqlite.h"
#include "core/store/store_error.h"
#include "tests/core/store/example_run.h"

namespace {

using namespace ahascope;
using namespace ahascope::store;
namespace fs = std::filesystem;

// Small, since an execution reads it from one end to the other.
pipeline::Samples samples(std::uint64_t seed)
{
    return test::exampleSamples(seed, {.groups = 1, .samplesPerGroup = 2, .tokens = 5});
}

pipeline::RunEvent step(std::int64_t number)
{
    return test::step(number, samples(static_cast<std::uint64_t>(number)));
}

pipeline::RunEvent evaluation()
{
    pipeline::EvaluationFinished finished;
    finished.set = "eval";
    finished.metrics = {{"eval/pass@1", 0.5}};
    finished.samples = samples(1000);
    return {test::at(0), std::move(finished)};
}

// A run made once, in memory where there is such a file system. Its log is gone into the file, which says so: opening
// it makes no files beside it, as it does for every execution otherwise.
struct Example {
    Example()
    {
        std::string name = fs::is_directory("/dev/shm") ? "/dev/shm/ahascope-fuzz-XXXXXX" : "/tmp/ahascope-fuzz-XXXXXX";
        if (!::mkdtemp(name.data()))
            std::abort();
        store = name;
        run = test::writeRun(store,
            {test::started(), test::stageStarted(), evaluation(), step(1), test::checkpoint(1), step(2),
                test::started(1), step(2), test::finished()});
        Database(run / "run.db", Access::Write).useRollbackJournal();
        file = ::open((run / "run.db").c_str(), O_RDWR | O_CLOEXEC);
        if (file < 0)
            std::abort();
        std::ifstream in(run / "run.db", std::ios::binary);
        bytes.assign(std::istreambuf_iterator<char>(in), {});
    }
    ~Example()
    {
        ::close(file);
        std::error_code ignored;
        fs::remove_all(store, ignored);
    }

    // Also undoes what a migration did.
    void write(const std::string& content) const
    {
        for (const char* name : {"run.db-wal", "run.db-shm", "run.db-journal", "run.db.version-1"})
            ::unlink((run / name).c_str());
        if (::pwrite(file, content.data(), content.size(), 0) != static_cast<ssize_t>(content.size())
            || ::ftruncate(file, static_cast<off_t>(content.size())) != 0)
            std::abort();
    }

    fs::path store;
    fs::path run;
    std::string bytes;
    int file = -1;
};

// One for an execution: opening the file takes as long as the answer to most of them.
using Question = void (*)(RunReader&);
constexpr Question questions[] = {
    [](RunReader& reader) {
        reader.info();
        reader.stages();
        reader.version();
    },
    [](RunReader& reader) {
        reader.log();
        reader.checkpoints();
    },
    [](RunReader& reader) {
        reader.metrics(reader.metricNames());
        reader.latest();
    },
    [](RunReader& reader) {
        for (const Evaluation& evaluation : reader.evaluations())
            reader.outcomes(evaluation.set.record);
    },
    [](RunReader& reader) {
        for (const SampleRow& row : reader.samples({}).rows)
            reader.sample(row.id);
    },
    [](RunReader& reader) {
        SampleQuery query;
        query.sort = SampleSort::Advantage;
        query.text = "wait";
        reader.samples(query);
    },
    [](RunReader& reader) { reader.verify(); },
};

void readPatched(unsigned char which, std::string_view patches)
{
    static const Example example;
    std::string bytes = example.bytes;
    while (patches.size() >= 5) {
        std::uint32_t offset = 0;
        std::memcpy(&offset, patches.data(), sizeof offset);
        std::size_t length = 1 + static_cast<unsigned char>(patches[4]) % 16;
        std::string_view patch = patches.substr(5, length);
        std::size_t at = offset % bytes.size();
        bytes.replace(at, std::min(patch.size(), bytes.size() - at), patch.substr(0, bytes.size() - at));
        patches.remove_prefix(5 + patch.size());
    }
    example.write(bytes);
    try {
        RunReader reader(example.run);
        questions[which % std::size(questions)](reader);
    } catch (const StoreError&) {
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0)
        return 0;
    std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
    if (data[0] == 0xdb) {
        if (size > 1)
            readPatched(data[1], input.substr(1));
        return 0;
    }
    // The first byte says where the texts end and the tokens begin, in 256ths.
    std::size_t split = input.size() * data[0] / 256;
    try {
        std::vector<pipeline::Sample> samples = readTexts(input.substr(0, split));
        readTokens(input.substr(split), samples);
    } catch (const BadBytes&) {
    }
    try {
        unpackTexts(input);
    } catch (const BadBytes&) {
    }
    return 0;
}
