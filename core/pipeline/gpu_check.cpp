#include "core/pipeline/gpu_check.h"

#include <algorithm>
#include <cstdlib>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/formats/atomic_file.h"
#include "core/formats/json.h"
#include "core/log.h"
#include "core/problem.h"

namespace ahascope::pipeline {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

namespace {

constexpr std::int64_t fileVersion = 1;
constexpr std::size_t mostKept = 32;

// What has passed: one line of the file.
struct Passed {
    std::string device, compute, driver, runtime, build;

    bool operator==(const Passed&) const = default;
};

Passed entryFor(const kernels::Device& device, const std::string& build)
{
    return {device.name, device.compute, device.driver, device.runtime, build};
}

// Oldest first; nothing where there is no file, or one that another program has written.
std::vector<Passed> read(const fs::path& file)
{
    std::error_code error;
    if (!fs::exists(file, error))
        return {};
    std::vector<Passed> all;
    try {
        const nlohmann::json json = formats::readJsonFile(file, {.maxBytes = 1u << 20, .maxDepth = 4});
        const formats::JsonObject object(json, file.string());
        object.integer("version", fileVersion, fileVersion);
        for (const nlohmann::json& item : object.at("passed")) {
            const formats::JsonObject entry(item, file.string());
            all.push_back({entry.text("device"), entry.text("compute"), entry.text("driver"), entry.text("runtime"),
                entry.text("build")});
        }
    } catch (const InputError& problem) {
        log::info(std::string(problem.what()) + "; devices are checked anew");
        return {};
    }
    return all;
}

void write(const fs::path& file, const std::vector<Passed>& all)
{
    Json entries = Json::array();
    for (const Passed& passed : all)
        entries.push_back({{"device", passed.device}, {"compute", passed.compute}, {"driver", passed.driver},
            {"runtime", passed.runtime}, {"build", passed.build}});
    const Json json = {{"version", fileVersion}, {"passed", entries}};
    try {
        fs::create_directories(file.parent_path());
        formats::writeFileAtomically(file, json.dump(2) + "\n");
    } catch (const std::exception& error) {
        log::info(std::string(error.what()) + "; the device will be checked again next time");
    }
}

} // namespace

fs::path PassedChecks::defaultFile()
{
    // XDG Base Directory Specification: a relative path is ignored.
    const char* cache = std::getenv("XDG_CACHE_HOME");
    const char* home = std::getenv("HOME");
    const fs::path folder
        = cache && fs::path(cache).is_absolute() ? fs::path(cache) : fs::path(home && *home ? home : ".") / ".cache";
    return folder / "ahascope" / "gpu_checks.json";
}

bool PassedChecks::holds(const kernels::Device& device) const
{
    const std::vector<Passed> all = read(m_file);
    return std::ranges::find(all, entryFor(device, m_build)) != all.end();
}

void PassedChecks::add(const kernels::Device& device) const
{
    if (m_build.ends_with("-dirty"))
        return;
    std::vector<Passed> all = read(m_file);
    std::erase(all, entryFor(device, m_build));
    all.push_back(entryFor(device, m_build));
    if (all.size() > mostKept)
        all.erase(all.begin(), all.end() - mostKept);
    write(m_file, all);
}

kernels::ParityReport checkOpened(const kernels::OpenedDevice& opened, const PassedChecks& passed, int threads,
    const kernels::ParityProgress& progress)
{
    const bool processor = opened.chosen.device.id == "cpu";
    kernels::CpuOptions options{.threads = threads};
    if (processor)
        options.instructionSet = kernels::InstructionSet::Baseline;
    const auto reference = kernels::makeCpuBackend(options);
    kernels::ParityReport report = kernels::checkParity(*opened.backend, *reference, progress);
    if (report.passed() && !processor)
        passed.add(opened.chosen.device);
    return report;
}

DeviceCheck checkDevice(const std::string& device, int threads, const kernels::ParityProgress& progress)
{
    const kernels::OpenedDevice opened = kernels::openDevice(device, {.threads = threads});
    return {opened.chosen.device, checkOpened(opened, PassedChecks(), threads, progress)};
}

} // namespace ahascope::pipeline
