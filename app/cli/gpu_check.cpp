#include <cmath>
#include <cstdio>
#include <iostream>
#include <memory>
#include <vector>

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/cli/command.h"
#include "core/pipeline/gpu_check.h"
#include "core/problem.h"

namespace ahascope::cli {

namespace {

using Json = nlohmann::ordered_json;
using kernels::ParityCase;
using pipeline::DeviceCheck;

Json toJson(const DeviceCheck& check)
{
    Json cases = Json::array();
    for (const ParityCase& result : check.report.cases)
        cases.push_back({{"operation", result.operation}, {"variant", result.variant},
            {"error", std::isfinite(result.error) ? Json(result.error) : Json(nullptr)},
            {"tolerance", result.tolerance}, {"passed", result.passed}, {"message", result.message}});
    return {{"id", check.device.id}, {"name", check.device.name}, {"compute", check.device.compute},
        {"driver", check.device.driver}, {"runtime", check.device.runtime}, {"passed", check.report.passed()},
        {"device_lost", check.report.deviceLost}, {"cases", cases}};
}

void print(const DeviceCheck& check)
{
    std::cout << check.device.id << ": " << check.device.name;
    if (!check.device.compute.empty())
        std::cout << ", compute capability " << check.device.compute << ", driver " << check.device.driver
                  << ", runtime " << check.device.runtime;
    std::cout << '\n';
    for (const ParityCase& result : check.report.cases)
        std::cout << fmt::format("  {:<24} {:<44} {:>9.2e} of {:.0e}  {}\n", result.operation, result.variant,
            result.error, result.tolerance, result.passed ? "passed" : "FAILED: " + result.message);
    std::size_t failed = 0;
    for (const ParityCase& result : check.report.cases)
        failed += result.passed ? 0 : 1;
    std::cout << fmt::format("  {} cases, {} failed{}\n", check.report.cases.size(), failed,
        check.report.deviceLost ? "; the device was lost, the cases after it were not tried" : "");
}

// One line that is written over, where somebody can see it.
kernels::ParityProgress progressOf(const std::string& device)
{
    if (isatty(STDERR_FILENO) != 1)
        return {};
    return [device](std::size_t done, std::size_t all, const std::string& operation) {
        std::fprintf(stderr, "\r\x1b[K%s: %zu of %zu, %s", device.c_str(), done, all, operation.c_str());
        if (done + 1 == all)
            std::fputs("\r\x1b[K", stderr);
    };
}

// Of the GPUs; there is at least one.
std::vector<std::string> allGpus()
{
    const kernels::DeviceList list = kernels::listDevices();
    if (list.devices.size() == 1)
        throw InputError({"--device", list.cudaNote, "there is no GPU to check; --device cpu checks the processor"});
    std::vector<std::string> ids;
    for (std::size_t i = 1; i < list.devices.size(); ++i)
        ids.push_back(list.devices[i].id);
    return ids;
}

// Whether all of them passed. One of several that does not work at all is told of and does not stand in the others'
// way.
bool checkAll(const std::vector<std::string>& devices, int threads, Json* json)
{
    bool passed = true;
    for (const std::string& device : devices) {
        try {
            const DeviceCheck checked = pipeline::checkDevice(device, threads, progressOf(device));
            passed = passed && checked.report.passed();
            if (json != nullptr)
                json->push_back(toJson(checked));
            else
                print(checked);
        } catch (const kernels::DeviceError& error) {
            if (devices.size() == 1)
                throw InputError({"--device " + device, error.what(), ""});
            std::cerr << device << ": " << error.what() << '\n';
            passed = false;
        }
    }
    return passed;
}

} // namespace

void addGpuCheck(CLI::App& app, const Common& common)
{
    struct Arguments {
        std::string device = "all";
        bool json = false;
    };
    auto arguments = std::make_shared<Arguments>();
    CLI::App* command = app.add_subcommand(
        "gpu-check", "Compare every operation of a GPU with the processor; a run does so on a GPU's first use");
    command
        ->add_option(
            "--device", arguments->device, "all, cuda:N, or cpu: its best instruction set against the plainest one")
        ->capture_default_str();
    command->add_flag("--json", arguments->json, "Write JSON");
    command->callback([arguments, &common] {
        const auto devices = arguments->device == "all" ? allGpus() : std::vector{arguments->device};
        Json checks = Json::array();
        const bool passed = checkAll(devices, common.threads, arguments->json ? &checks : nullptr);
        if (arguments->json)
            std::cout << Json{{"devices", checks}}.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
        if (!passed)
            throw Exit{Failed};
    });
}

} // namespace ahascope::cli
