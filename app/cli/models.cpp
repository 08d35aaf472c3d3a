#include <iostream>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/cli/command.h"
#include "app/cli/run_json.h"
#include "core/pipeline/model_listing.h"
#include "kernels/devices.h"

namespace ahascope::cli {

namespace {

using pipeline::ModelListing;

std::string shortened(double value, const char* const* units, double step)
{
    while (value >= step && *(units + 1) != nullptr) {
        value /= step;
        ++units;
    }
    return fmt::format("{:.3g}{}", value, *units);
}

std::string count(std::int64_t value)
{
    static constexpr const char* units[] = {"", "K", "M", "B", nullptr};
    return value == 0 ? "-" : shortened(static_cast<double>(value), units, 1000);
}

std::string bytes(std::uint64_t value)
{
    static constexpr const char* units[] = {" B", " KiB", " MiB", " GiB", nullptr};
    return value == 0 ? "-" : shortened(static_cast<double>(value), units, 1024);
}

std::string orDash(const std::string& text)
{
    return text.empty() ? "-" : text;
}

// What fits in memory: "inference, LoRA, training".
std::string fitting(const ModelListing& model, std::uint64_t memory)
{
    switch (pipeline::mostDemandingUse(model.needs, memory)) {
    case pipeline::ModelUse::Training:
        return "training";
    case pipeline::ModelUse::Lora:
        return "LoRA";
    case pipeline::ModelUse::Inference:
        return "inference";
    case pipeline::ModelUse::None:
        break;
    }
    return model.needs.inference == 0 ? "-" : "too large";
}

void print(const std::vector<ModelListing>& models, std::uint64_t memory)
{
    std::cout << fmt::format("{:<36} {:<8} {:>7} {:<5} {:>9} {:>8} {:>8} {:<8} {:<12} {}\n", "name", "family", "params",
        "dtype", "disk", "context", "vocab", "template", "licence", "fits");
    for (const ModelListing& model : models) {
        std::cout << fmt::format("{:<36} {:<8} {:>7} {:<5} {:>9} {:>8} {:>8} {:<8} {:<12} {}\n", model.name,
            orDash(model.family), count(model.parameters), orDash(model.dtype), bytes(model.bytes),
            model.context == 0 ? "-" : std::to_string(model.context),
            model.vocabulary == 0 ? "-" : std::to_string(model.vocabulary), model.chatTemplate ? "yes" : "no",
            orDash(model.license), fitting(model, memory));
        std::cout << "    " << (model.problem.empty() ? model.path.string() : "not usable: " + model.problem) << '\n';
    }
    std::cerr << "fits: the largest of inference, LoRA and (full) training that " << bytes(memory)
              << " of memory hold, with weights in F32, 512 tokens of prompt and of completion,\n"
                 "8 completions at once and micro-batches of 2048 tokens\n";
}

nlohmann::ordered_json toJson(const ModelListing& model, std::uint64_t memory)
{
    const auto known = [](const auto& value) {
        return value == std::decay_t<decltype(value)>{} ? nlohmann::ordered_json(nullptr)
                                                        : nlohmann::ordered_json(value);
    };
    const pipeline::ModelNeeds& needs = model.needs;
    const auto fits = [&](std::uint64_t bytes) { return bytes > 0 && bytes <= memory; };
    return {{"path", model.path.string()}, {"name", model.name}, {"problem", known(model.problem)},
        {"family", known(model.family)}, {"parameters", known(model.parameters)}, {"dtype", known(model.dtype)},
        {"bytes", known(model.bytes)}, {"context", known(model.context)}, {"vocabulary", known(model.vocabulary)},
        {"chat_template", model.chatTemplate}, {"license", known(model.license)},
        {"memory",
            {{"inference", known(needs.inference)}, {"lora", known(needs.lora)}, {"training", known(needs.training)}}},
        {"fits",
            {{"inference", fits(needs.inference)}, {"lora", fits(needs.lora)}, {"training", fits(needs.training)}}}};
}

} // namespace

void addModels(CLI::App& app, const Common&)
{
    struct Arguments {
        std::vector<std::string> folders;
        bool json = false;
    };
    auto arguments = std::make_shared<Arguments>();
    CLI::App* command = app.add_subcommand("models", "The models on this machine, the Hugging Face cache included");
    command->add_option("folder", arguments->folders, "More folders to look in")->check(CLI::ExistingPath);
    command->add_flag("--json", arguments->json, "Write JSON");
    command->callback([arguments] {
        pipeline::ModelSearch search;
        search.places.assign(arguments->folders.begin(), arguments->folders.end());
        for (const std::filesystem::path& place : pipeline::usualModelPlaces())
            search.places.push_back(place);
        const std::vector<ModelListing> models = pipeline::findModels(search);
        const std::uint64_t memory = kernels::hostMemory().total;
        if (!arguments->json)
            return print(models, memory);
        nlohmann::ordered_json out = nlohmann::ordered_json::array();
        for (const ModelListing& model : models)
            out.push_back(toJson(model, memory));
        std::cout << dump(out) << '\n';
    });
}

} // namespace ahascope::cli
