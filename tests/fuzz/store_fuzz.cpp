// Stores from strangers. First byte 0xdb: the rest is patches of a small run.db (offset, length, bytes), of which a
// reader then asks everything. Otherwise: the packed texts and tokens of a group. Anything is a value, a StoreError or
// BadBytes.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include <unistd.h>

#include "core/store/byte_stream.h"
#include "core/store/catalogue.h"
#include "core/store/group_codec.h"
#include "core/store/run_reader.h"
#include "core/store/store_error.h"
#include "tests/core/store/example_run.h"

namespace {

using namespace ahascope;
using namespace ahascope::store;
namespace fs = std::filesystem;

// A run made once, in memory where there is such a file system.
struct Example {
    Example()
    {
        std::string name = fs::is_directory("/dev/shm") ? "/dev/shm/ahascope-fuzz-XXXXXX" : "/tmp/ahascope-fuzz-XXXXXX";
        if (!::mkdtemp(name.data()))
            std::abort();
        store = name;
        run = test::writeRun(store,
            {test::started(), test::stageStarted(), test::evaluation(0, 0.5), test::step(1), test::checkpoint(1),
                test::step(2), test::started(1), test::step(2), test::finished()});
        std::ifstream in(run / "run.db", std::ios::binary);
        bytes.assign(std::istreambuf_iterator<char>(in), {});
    }
    ~Example()
    {
        std::error_code ignored;
        fs::remove_all(store, ignored);
    }

    fs::path store;
    fs::path run;
    std::string bytes;
};

void askEverything(const fs::path& run)
{
    RunReader reader(run);
    reader.info();
    reader.stages();
    reader.version();
    reader.log();
    reader.checkpoints();
    reader.metrics(reader.metricNames());
    reader.latest();
    for (const Evaluation& evaluation : reader.evaluations())
        reader.outcomes(evaluation.set.record);
    for (SampleSort sort : {SampleSort::Step, SampleSort::Advantage}) {
        SampleQuery query;
        query.sort = sort;
        query.text = sort == SampleSort::Step ? "" : "wait";
        for (const SampleRow& row : reader.samples(query).rows)
            reader.sample(row.id);
    }
    reader.verify();
}

void readPatched(std::string_view patches)
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
    for (const char* name : {"run.db-wal", "run.db-shm"})
        fs::remove(example.run / name);
    std::ofstream(example.run / "run.db", std::ios::binary | std::ios::trunc) << bytes;
    try {
        askEverything(example.run);
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
        readPatched(input);
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
