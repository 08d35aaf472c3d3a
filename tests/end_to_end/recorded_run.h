// Runs an experiment into a store of its own and gives back what came of it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "core/pipeline/run_worker.h"
#include "core/store/catalogue.h"
#include "core/store/run_reader.h"

namespace ahascope::test {

// Every metric of every live step and evaluation, but for those that measure clock and memory.
using Curves = std::map<std::string, std::vector<std::pair<std::int64_t, double>>>;

inline bool measuresTheMachine(const std::string& name)
{
    return name == "step_time" || name.starts_with("time/") || name.starts_with("tokens_per_second/")
        || name.starts_with("memory/");
}

inline Curves curvesOf(const std::filesystem::path& runFolder)
{
    store::RunReader reader(runFolder);
    Curves curves;
    reader.forEachRecord([&](const store::SampleSet& at, const pipeline::Metrics& metrics) {
        for (const auto& [name, value] : metrics)
            if (!measuresTheMachine(name))
                curves[name].emplace_back(at.globalStep, value);
    });
    return curves;
}

inline std::string bytesOf(const std::filesystem::path& file)
{
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

// The weights of the run's last checkpoint, as they lie in the file.
inline std::string finalWeights(const std::filesystem::path& runFolder)
{
    store::RunReader reader(runFolder);
    auto checkpoints = reader.checkpoints();
    return checkpoints.empty() ? "" : bytesOf(runFolder / checkpoints.back().path / "model.safetensors");
}

struct RecordedRun {
    pipeline::RunFinished finished;
    std::int64_t number = 0;
    std::vector<pipeline::RunEvent> events;
};

// `onEvent` may use the control to stop or pause the run.
inline RecordedRun record(const std::filesystem::path& store, const pipeline::RunStart& start, int threads = 1,
    const std::function<void(const pipeline::RunEvent&, pipeline::RunControl&)>& onEvent = {})
{
    RecordedRun run;
    pipeline::RunControl control;
    pipeline::RunOptions options;
    options.store = store;
    options.device = "cpu";
    options.threads = threads;
    options.listener = [&](const pipeline::RunEvent& event) {
        run.events.push_back(event);
        if (onEvent)
            onEvent(event, control);
    };
    run.finished = pipeline::performRun(start, options, control, &run.number);
    return run;
}

inline std::filesystem::path folderOf(const std::filesystem::path& store, std::int64_t run)
{
    return store::Catalogue(store).entry(run).folder;
}

} // namespace ahascope::test
