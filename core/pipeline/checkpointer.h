// When checkpoints are saved, and which are kept.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <vector>

#include "core/pipeline/checkpoint.h"
#include "core/pipeline/run_context.h"

namespace ahascope::pipeline {

class Checkpointer {
public:
    // `folder` is the run's checkpoints/ folder.
    Checkpointer(std::filesystem::path folder, const config::Checkpoint& options);

    // Of the steps since the last checkpoint one was a multiple of `every`.
    bool due(const Progress& progress) const;
    // Saves, tells the world, then deletes what `keep` does not cover: never a stage's last, never the newest.
    void save(
        RunContext& context, const std::function<void(const train::StateSink&)>& saveTrainer, bool stageEnd = false);
    // Whether a piece of the trainer's state is kept by the model's own file and so by no other.
    static bool isOfTheModel(const std::string& piece) { return piece.starts_with("policy/values"); }
    // What lies there already, after a resume: `global steps`, and whether each is its stage's last.
    void adopt(std::int64_t globalStep, bool stageEnd);

    // Global step of the newest that is there.
    std::optional<std::int64_t> lastKept() const;

    std::filesystem::path folderOf(std::int64_t globalStep) const { return m_folder / checkpointName(globalStep); }

private:
    struct Kept {
        std::int64_t globalStep = 0;
        bool stageEnd = false;
    };
    void prune(RunContext& context);

    std::filesystem::path m_folder;
    config::Checkpoint m_options;
    std::vector<Kept> m_kept;     // oldest first
    std::int64_t m_lastSaved = 0; // global step
};

} // namespace ahascope::pipeline
