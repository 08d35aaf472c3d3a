#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <sstream>

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
    std::string dtype;
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

struct ModelKind {
    const char* format;
    pipeline::ModelFormat writes;
    const char* dtypes; // that it can hold; the first is the default
};

constexpr ModelKind modelKinds[] = {
    {"safetensors", pipeline::ModelFormat::Safetensors, "f32 bf16 f16"},
    {"gguf", pipeline::ModelFormat::Gguf, "f16 bf16 q8_0 f32"},
    {"peft", pipeline::ModelFormat::Peft, "f32 bf16 f16"},
};

formats::TensorType typeOf(const ModelKind& kind, const std::string& dtype)
{
    static const std::map<std::string, formats::TensorType> types{{"f32", formats::TensorType::F32},
        {"f16", formats::TensorType::F16}, {"bf16", formats::TensorType::BF16}, {"q8_0", formats::TensorType::Q8_0}};
    std::istringstream known(kind.dtypes);
    for (std::string name; known >> name;)
        if (dtype.empty() || dtype == name)
            return types.at(name);
    throw InputError(
        {"--dtype", std::string(kind.format) + " holds no " + dtype, "choose one of " + std::string(kind.dtypes)});
}

void writeModel(const Arguments& arguments, const ModelKind& kind, store::RunReader& reader)
{
    if (arguments.out.empty() || arguments.out == "-")
        throw InputError({"--out", "a model needs a place", "give --out FOLDER, or --out FILE.gguf"});
    const formats::TensorType type = typeOf(kind, arguments.dtype);
    auto checkpoints = reader.checkpoints();
    for (auto checkpoint = checkpoints.rbegin(); checkpoint != checkpoints.rend(); ++checkpoint)
        if (arguments.at < 0 || checkpoint->globalStep == arguments.at)
            return pipeline::exportModel(
                reader.folder() / checkpoint->path, arguments.out, {.format = kind.writes, .type = type});
    throw InputError({"--at", "the run has no such checkpoint", "see `show` for the ones it has"});
}

void exportRun(const Arguments& arguments)
{
    store::RunEntry entry = existingStore(arguments.store).find(arguments.run);
    store::RunReader reader(entry.folder);
    if (arguments.what == "model") {
        for (const ModelKind& kind : modelKinds)
            if (arguments.format.empty() || arguments.format == kind.format)
                return writeModel(arguments, kind, reader);
    } else {
        for (const TextKind& kind : textKinds)
            if (arguments.what == kind.what && (arguments.format.empty() || arguments.format == kind.format))
                return writeText(kind, reader, arguments.out);
    }
    throw InputError({"--format", "there is no " + arguments.what + " as " + arguments.format,
        "metrics and samples are csv or jsonl, config is toml, model is safetensors, gguf or peft"});
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
        "--format", arguments->format, "csv, jsonl, toml, safetensors, gguf or peft; the first that fits if left out");
    command->add_option(
        "--out", arguments->out, "File, or folder of a safetensors or peft model; - or nothing is standard output");
    command->add_option("--store", arguments->store, storeHelp);
    command->add_option("--at", arguments->at, "Of a model: global step of the checkpoint; the last if left out");
    command->add_option("--dtype", arguments->dtype,
        "Of a model, how its weights are stored: f32 (default), bf16 or f16; in gguf f16 (default), bf16, q8_0 or f32");
    command->callback([arguments] { exportRun(*arguments); });
}

} // namespace ahascope::cli
