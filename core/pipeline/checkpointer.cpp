#include "core/pipeline/checkpointer.h"

#include <algorithm>

namespace ahascope::pipeline {

namespace fs = std::filesystem;

Checkpointer::Checkpointer(fs::path folder, const config::Checkpoint& options)
    : m_folder(std::move(folder))
    , m_options(options)
{
}

bool Checkpointer::due(const Progress& progress) const
{
    return m_options.every > 0 && progress.globalStep / m_options.every > m_lastSaved / m_options.every;
}

void Checkpointer::save(
    RunContext& context, const std::function<void(const train::StateSink&)>& saveTrainer, bool stageEnd)
{
    Progress progress = context.progress;
    progress.seconds = context.seconds();
    bool again = !m_kept.empty() && m_kept.back().globalStep == progress.globalStep;
    if (again && m_kept.back().stageEnd == stageEnd)
        return; // nothing has happened since
    auto writeModel = [&](const fs::path& folder) { savePolicy(context.policy, folder, formats::TensorType::F32); };
    auto saveRest = [&](const train::StateSink& sink) {
        saveTrainer([&](const std::string& name, std::span<const std::byte> bytes) {
            if (!isOfTheModel(name))
                sink(name, bytes);
        });
    };
    SavedCheckpoint saved = writeCheckpoint(folderOf(progress.globalStep), progress, writeModel, saveRest);
    if (again)
        m_kept.pop_back();
    adopt(progress.globalStep, stageEnd);
    context.emit(CheckpointSaved{
        m_folder.filename() / checkpointName(progress.globalStep), saved.bytes, saved.manifestHash, stageEnd});
    prune(context);
}

void Checkpointer::adopt(std::int64_t globalStep, bool stageEnd)
{
    m_kept.push_back({globalStep, stageEnd});
    m_lastSaved = globalStep;
}

std::optional<std::int64_t> Checkpointer::lastKept() const
{
    return m_kept.empty() ? std::nullopt : std::optional(m_kept.back().globalStep);
}

void Checkpointer::prune(RunContext& context)
{
    auto ordinary = std::count_if(m_kept.begin(), m_kept.end(), [](const Kept& kept) { return !kept.stageEnd; });
    for (auto kept = m_kept.begin(); kept != m_kept.end() && ordinary > std::max<std::int64_t>(m_options.keep, 1);) {
        if (kept->stageEnd) {
            ++kept;
            continue;
        }
        context.retireCheckpoint((m_folder.filename() / checkpointName(kept->globalStep)).string());
        std::error_code error;
        fs::remove_all(folderOf(kept->globalStep), error);
        if (error)
            context.warn(
                folderOf(kept->globalStep).string() + ": an old checkpoint could not be deleted: " + error.message());
        kept = m_kept.erase(kept);
        --ordinary;
    }
}

} // namespace ahascope::pipeline
