#include "core/pipeline/device.h"

#include <algorithm>

#include "core/log.h"
#include "core/problem.h"
#include "kernels/error.h"

namespace ahascope::pipeline {

namespace {

std::string joined(const std::vector<std::string>& names)
{
    std::string text;
    for (const std::string& name : names)
        text += (text.empty() ? "" : ", ") + name;
    return text;
}

// Four times in a check: more would drown what else is told.
kernels::ParityProgress inQuarters(const std::string& name, const DeviceProgress& tell)
{
    return [=](std::size_t done, std::size_t all, const std::string&) {
        const std::size_t quarter = std::max<std::size_t>(1, (all + 3) / 4);
        if (tell && done % quarter == 0)
            tell("checking every operation of " + name
                + " against the processor, once for this driver and build: " + std::to_string(100 * done / all) + " %");
    };
}

} // namespace

std::string ensureChecked(
    const kernels::OpenedDevice& opened, const PassedChecks& passed, int threads, const DeviceProgress& progress)
{
    const kernels::Device& device = opened.chosen.device;
    if (device.id == "cpu" || passed.holds(device))
        return {};
    const std::string name = device.id + " (" + device.name + ")";
    const kernels::ParityReport report = checkOpened(opened, passed, threads, inQuarters(name, progress));
    const std::string failed = joined(report.failedOperations());
    const char* remedy = "use the device \"cpu\", and report what ahascope-cli gpu-check says";
    if (report.deviceLost)
        throw InputError(
            {"device", name + " was lost while " + failed + " was checked: " + report.cases.back().message, remedy});
    if (!report.passed())
        throw InputError({"device", name + " does not compute what the processor does: " + failed, remedy});
    return name + " computes what the processor does: " + std::to_string(report.cases.size()) + " cases passed";
}

ReadyDevice openDevice(const std::string& device, int threads, const DeviceProgress& progress)
{
    try {
        kernels::OpenedDevice opened = kernels::openDevice(device, {.threads = threads});
        ReadyDevice ready;
        if (!opened.chosen.fallback.empty())
            ready.notes.push_back("device \"auto\" is the processor: " + opened.chosen.fallback);
        if (std::string note = ensureChecked(opened, PassedChecks(), threads, progress); !note.empty())
            ready.notes.push_back(std::move(note));
        for (const std::string& note : ready.notes)
            log::info(note);
        ready.backend = std::move(opened.backend);
        return ready;
    } catch (const kernels::DeviceError& error) {
        throw InputError({"device", error.what(), ""});
    }
}

bool computesOnGpu(const std::string& device)
{
    return device == autoDevice ? kernels::listDevices().devices.size() > 1 : device.starts_with("cuda");
}

} // namespace ahascope::pipeline
