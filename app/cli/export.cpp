#include <fstream>
#include <functional>
#include <iostream>
#include <memory>

#include <CLI/CLI.hpp>

#include "app/cli/command.h"
#include "app/cli/run_command.h"
#include "core/pipeline/model_export.h"
#include "core/problem.h"
#include "core/store/export.h"

namespace ahascope::cli {

namespace {

namespace fs = std::filesystem;

struct Arguments {
    std::string run;
    std::string what;
    std::string format;
    std::string out;
    std::string store;
    std::string dtype = "f32";
    std::int64_t at = -1;
};

using TextExport = void (*)(store::RunReader&, std::ostream&);

struct TextKind {
    const char* what;
    const char* format;
    TextExport write;
};

constexpr TextKind textKinds[] = {
    {"metrics", "csv", store::exportMetricsCsv},
    {"metrics", "jsonl", store::exportMetricsJsonLines},
    {"samples", "csv", store::exportSamplesCsv},
    {"samples", "jsonl", store::exportSamplesJsonLines},
    {"config", "toml", store::exportConfigToml},
};

void writeText(const TextKind& kind, store::RunReader& reader, const std::string& path)
{
    if (path.empty() || path == "-") {
        kind.write(reader, std::cout);
        return;
    }
    const bool special = fs::exists(path) && !fs::is_regular_file(path); // a pipe, a terminal
    const std::string beside = special ? path : path + ".part";
    std::ofstream file(beside, std::ios::binary | std::ios::trunc);
    if (!file)
        throw InputError({path, "the file cannot be written", "choose a folder that exists and is yours"});
    try {
        kind.write(reader, file);
        file.close();
        if (!file)
            throw std::runtime_error(path + ": the disk is full or the file cannot be written any more");
        if (!special)
            fs::rename(beside, path);
    } catch (...) {
        if (!special)
            fs::remove(beside);
        throw;
    }
}

void writeModel(const Arguments& arguments, store::RunReader& reader)
{
    if (arguments.out.empty() || arguments.out == "-")
        throw InputError({"--out", "a model is a folder and needs a place", "give --out FOLDER"});
    auto checkpoints = reader.checkpoints();
    for (auto checkpoint = checkpoints.rbegin(); checkpoint != checkpoints.rend(); ++checkpoint)
        if (arguments.at < 0 || checkpoint->globalStep == arguments.at)
            return pipeline::exportModel(reader.folder() / checkpoint->path, arguments.out,
                arguments.dtype == "bf16" ? formats::TensorType::BF16 : formats::TensorType::F32);
    throw InputError({"--at", "the run has no such checkpoint", "see `show` for the ones it has"});
}

void exportRun(const Arguments& arguments)
{
    store::RunEntry entry = existingStore(arguments.store).find(arguments.run);
    store::RunReader reader(entry.folder);
    if (arguments.what == "model") {
        if (arguments.format.empty() || arguments.format == "safetensors")
            return writeModel(arguments, reader);
    } else {
        for (const TextKind& kind : textKinds)
            if (arguments.what == kind.what && (arguments.format.empty() || arguments.format == kind.format))
                return writeText(kind, reader, arguments.out);
    }
    throw InputError({"--format", "there is no " + arguments.what + " as " + arguments.format,
        "metrics and samples are csv or jsonl, config is toml, model is safetensors"});
}

} // namespace

void addExport(CLI::App& app, const Common&)
{
    auto arguments = std::make_shared<Arguments>();
    CLI::App* command = app.add_subcommand("export", "Metrics, samples, configuration or model of a run");
    command->add_option("run", arguments->run, "Number or name of the run")->required();
    command->add_option("--what", arguments->what, "What to write")
        ->required()
        ->check(CLI::IsMember({"metrics", "samples", "config", "model"}));
    command->add_option(
        "--format", arguments->format, "csv, jsonl, toml or safetensors; the first that fits if left out");
    command->add_option("--out", arguments->out, "File, or folder of a model; - or nothing is standard output");
    command->add_option("--store", arguments->store, storeHelp);
    command->add_option("--at", arguments->at, "Of a model: global step of the checkpoint; the last if left out");
    command->add_option("--dtype", arguments->dtype, "Of a model: how its weights are stored")
        ->check(CLI::IsMember({"f32", "bf16"}))
        ->capture_default_str();
    command->callback([arguments] { exportRun(*arguments); });
}

} // namespace ahascope::cli
