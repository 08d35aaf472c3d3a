#include "core/pipeline/checkpoint.h"

#include <algorithm>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <xxhash.h>

#include "core/formats/atomic_file.h"
#include "core/formats/file_bytes.h"
#include "core/formats/json.h"
#include "core/problem.h"

namespace ahascope::pipeline {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

namespace {

constexpr const char* manifestFile = "manifest.json";
constexpr const char* stateFile = "trainer/state.json";
constexpr std::int64_t checkpointVersion = 1;

std::string hexadecimal(XXH128_hash_t hash)
{
    return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

// Calls use(part) for a file from its beginning to its end. Each part is given back: the pages of a mapped file count
// as memory of the process, and a checkpoint is as large as the model.
template <typename Use>
void inParts(const formats::MappedFile& file, Use use)
{
    constexpr std::size_t partBytes = std::size_t{8} << 20;
    for (std::size_t at = 0; at < file.bytes().size(); at += partBytes) {
        const auto part = file.bytes().subspan(at, std::min(partBytes, file.bytes().size() - at));
        use(part);
        file.release(part);
    }
}

// "optimizer/mean" -> "trainer/optimizer.mean.bin"
std::string pieceFile(std::string name)
{
    std::replace(name.begin(), name.end(), '/', '.');
    return "trainer/" + name + ".bin";
}

Json toJson(const Progress& progress)
{
    return {{"version", checkpointVersion}, {"stage", progress.stage}, {"step", progress.step},
        {"global_step", progress.globalStep}, {"seconds", progress.seconds}, {"num_tokens", progress.numTokens},
        {"recent_non_finite", progress.recentNonFinite}, {"non_finite_steps", progress.nonFiniteSteps},
        {"evaluation_pending", progress.evaluationPending}, {"micro_batch_tokens", progress.microBatchTokens}};
}

Progress readProgress(const fs::path& path)
{
    constexpr std::int64_t most = std::int64_t{1} << 53;
    nlohmann::json json = formats::readJsonFile(path);
    formats::JsonObject object(json, path.string());
    object.integer("version", checkpointVersion, checkpointVersion);
    Progress progress;
    progress.stage = static_cast<std::int32_t>(object.integer("stage", 0, 1000));
    progress.step = object.integer("step", 0, most);
    progress.globalStep = object.integer("global_step", 0, most);
    progress.seconds = object.number("seconds");
    progress.numTokens = object.integer("num_tokens", 0, most);
    progress.recentNonFinite = static_cast<std::uint32_t>(object.integer("recent_non_finite", 0, 1023));
    progress.nonFiniteSteps = object.integer("non_finite_steps", 0, most);
    progress.evaluationPending = object.boolean("evaluation_pending", false);
    progress.microBatchTokens = object.integer("micro_batch_tokens", 0, most, 0);
    return progress;
}

// Every regular file below `folder` but the manifest, by relative path, sorted.
std::vector<fs::path> filesOf(const fs::path& folder)
{
    std::vector<fs::path> files;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        fs::path relative = entry.path().lexically_relative(folder);
        if (entry.is_regular_file() && relative != manifestFile)
            files.push_back(relative);
    }
    std::sort(files.begin(), files.end());
    return files;
}

std::string hashOfFile(const fs::path& path)
{
    const std::unique_ptr<XXH3_state_t, decltype(&XXH3_freeState)> state(XXH3_createState(), XXH3_freeState);
    XXH3_128bits_reset(state.get());
    inParts(formats::MappedFile(path),
        [&](std::span<const std::byte> part) { XXH3_128bits_update(state.get(), part.data(), part.size()); });
    return hexadecimal(XXH3_128bits_digest(state.get()));
}

void checkFile(const fs::path& folder, const std::string& name, std::uint64_t bytes, const std::string& hash)
{
    fs::path path = folder / name;
    const char* remedy = "resume from an earlier checkpoint";
    std::error_code error;
    std::uintmax_t size = fs::file_size(path, error);
    if (error)
        throw InputError({path.string(), "a file of the checkpoint is missing", remedy});
    if (size != bytes)
        throw InputError({path.string(), fmt::format("{} bytes where {} were saved", size, bytes), remedy});
    if (hashOfFile(path) != hash)
        throw InputError({path.string(), "the contents are not what was saved", remedy});
}

} // namespace

std::string checkpointName(std::int64_t globalStep)
{
    return fmt::format("step-{:06}", globalStep);
}

SavedCheckpoint writeCheckpoint(const fs::path& target, const Progress& progress,
    const std::function<void(const fs::path&)>& writeModel,
    const std::function<void(const train::StateSink&)>& saveTrainer)
{
    formats::AtomicFolder folder(target);
    writeModel(folder.path());
    fs::create_directories(folder.path() / "trainer");
    saveTrainer([&](const std::string& name, std::span<const std::byte> bytes) {
        formats::writeFileAtomically(
            folder.path() / pieceFile(name), {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    });
    formats::writeFileAtomically(folder.path() / stateFile, toJson(progress).dump(2) + "\n");

    SavedCheckpoint saved{target, 0, {}};
    Json files = Json::array();
    for (const fs::path& file : filesOf(folder.path())) {
        std::uint64_t bytes = fs::file_size(folder.path() / file);
        files.push_back(
            {{"name", file.generic_string()}, {"bytes", bytes}, {"xxh3", hashOfFile(folder.path() / file)}});
        saved.bytes += bytes;
    }
    std::string manifest = Json{{"version", checkpointVersion}, {"files", files}}.dump(2) + "\n";
    formats::writeFileAtomically(folder.path() / manifestFile, manifest);
    saved.bytes += manifest.size();
    saved.manifestHash = hexadecimal(XXH3_128bits(manifest.data(), manifest.size()));
    folder.commit();
    return saved;
}

Checkpoint::Checkpoint(fs::path folder) : m_folder(std::move(folder))
{
    fs::path path = m_folder / manifestFile;
    nlohmann::json json = formats::readJsonFile(path);
    formats::JsonObject manifest(json, path.string());
    manifest.integer("version", checkpointVersion, checkpointVersion);
    const nlohmann::json& files = manifest.at("files");
    if (!files.is_array())
        manifest.refuse("files", "is not a list");
    for (const nlohmann::json& entry : files) {
        formats::JsonObject file(entry, path.string() + ": files");
        std::string name = file.text("name");
        // The manifest is input like any other: no way out of the folder.
        fs::path relative(name);
        if (relative.is_absolute() || relative.lexically_normal().generic_string().starts_with(".."))
            file.refuse("name", "leads out of the checkpoint's folder");
        checkFile(m_folder, name, static_cast<std::uint64_t>(file.integer("bytes", 0, std::int64_t{1} << 53)),
            file.text("xxh3"));
    }
    m_progress = readProgress(m_folder / stateFile);
}

train::StateSource Checkpoint::trainerState() const
{
    return [folder = m_folder](const std::string& name, std::span<std::byte> bytes) {
        fs::path path = folder / pieceFile(name);
        formats::MappedFile file(path);
        if (file.bytes().size() != bytes.size())
            throw InputError(
                {path.string(), fmt::format("{} bytes where the trainer needs {}", file.bytes().size(), bytes.size()),
                    "resume with the experiment that the checkpoint belongs to"});
        std::byte* to = bytes.data();
        inParts(file, [&](std::span<const std::byte> part) { to = std::ranges::copy(part, to).out; });
    };
}

} // namespace ahascope::pipeline
