// Checkpoints: a Hugging Face model folder plus everything that exact resume needs, whole or not at all.
//
//   checkpoints/step-000050/  config.json model.safetensors tokenizer.json ...   loads in transformers as it is
//                             trainer/state.json trainer/optimizer.mean.bin ...  the rest of the trainer
//                             manifest.json                                      every file's size and XXH3-128
//
// The folder is written under another name, synced and renamed; the store's row is what makes it count.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "core/train/trainer_state.h"

namespace ahascope::pipeline {

// Where a run stood, besides weights and moments. Everything else follows from the experiment, since all randomness and
// the order of the data are functions of (seed, stage, step, row, sample).
struct Progress {
    std::int32_t stage = 0;            // the stage to go on with
    std::int64_t step = 0;             // updates made in it
    std::int64_t globalStep = 0;       // updates made in the run
    double seconds = 0;                // of training so far
    std::int64_t numTokens = 0;        // seen so far, the metric num_tokens
    std::uint32_t recentNonFinite = 0; // bit i: update i before the last was not finite; of the last 10
    std::int64_t nonFiniteSteps = 0;
    bool evaluationPending = false;    // the evaluation due at this step has not been made
    std::int64_t microBatchTokens = 0; // what the device had memory for; 0 = as the experiment says

    bool operator==(const Progress&) const = default;
};

struct SavedCheckpoint {
    std::filesystem::path folder;
    std::uint64_t bytes = 0;
    std::string manifestHash; // of manifest.json, hexadecimal
};

// writeModel fills the folder with the model's files; saveTrainer hands the trainer's state to the sink it is given.
// Throws formats::FileError; the target is then as it was.
SavedCheckpoint writeCheckpoint(const std::filesystem::path& target, const Progress& progress,
    const std::function<void(const std::filesystem::path& folder)>& writeModel,
    const std::function<void(const train::StateSink&)>& saveTrainer);

class Checkpoint {
public:
    // Checks every file against the manifest. Throws InputError naming the file that is missing, short or changed.
    explicit Checkpoint(std::filesystem::path folder);

    const std::filesystem::path& folder() const { return m_folder; }
    const Progress& progress() const { return m_progress; }
    // Serves the pieces that writeCheckpoint() was given. Throws InputError for a piece that is not there or of another
    // size.
    train::StateSource trainerState() const;

private:
    std::filesystem::path m_folder;
    Progress m_progress;
};

// "step-000050"
std::string checkpointName(std::int64_t globalStep);

} // namespace ahascope::pipeline
