#include "core/config/validate.h"

#include <filesystem>
#include <system_error>

#include "core/config/schema.h"

namespace ahascope::config {

namespace {

void checkObject(const Schema& schema, void* object, const std::string& path, std::vector<Problem>& problems)
{
    bool sound = true;
    for (const Field& field : schema.fields) {
        Problem problem = problemWith(field, field.get(object));
        if (!problem.message.empty()) {
            sound = false;
            problem.where = path + field.key;
            problems.push_back(std::move(problem));
        }
    }
    for (const Section& section : schema.sections) {
        if (section.present(object)) {
            void* inner = section.object(object);
            checkObject(section.schema(inner), inner, path + section.key + '.', problems);
        }
    }
    for (const List& list : schema.lists) {
        const std::string prefix = list.key.empty() ? path : path + list.key + '.';
        for (std::size_t i = 0; i < list.size(object); ++i) {
            void* member = list.at(object, i);
            const std::string name = list.byName ? list.nameOf(object, i) : std::to_string(i);
            checkObject(list.schema(member), member, prefix + name + '.', problems);
        }
    }
    // What goes across fields makes sense only once each of them does.
    if (sound) {
        for (const auto& check : schema.checks) {
            check(object, path, problems);
        }
    }
}

void checkFile(const std::filesystem::path& path, const std::string& where, std::vector<Problem>& problems)
{
    std::error_code error;
    if (!path.empty() && !std::filesystem::is_regular_file(path, error)) {
        problems.push_back({where, "there is no file " + path.string(),
            "put it there or set " + where + ", relative to the experiment"});
    }
}

} // namespace

std::vector<Problem> validate(const Experiment& experiment)
{
    std::vector<Problem> problems;
    if (experiment.schemaVersion != currentSchemaVersion) {
        problems.push_back(
            {"schema_version", std::to_string(experiment.schemaVersion) + " is not a version this program writes",
                "write schema_version = " + std::to_string(currentSchemaVersion)});
    }
    checkObject(experimentSchema(), const_cast<Experiment*>(&experiment), "", problems); // only read
    return problems;
}

std::vector<Problem> missingFiles(const Experiment& experiment)
{
    std::vector<Problem> problems;
    std::error_code error;
    const std::filesystem::path& model = experiment.model.path;
    if (model.extension() == ".gguf") {
        checkFile(model, "model.path", problems);
    } else if (!model.empty() && !std::filesystem::is_directory(model, error)) {
        problems.push_back({"model.path", "there is no folder " + model.string(),
            "put a Hugging Face model folder there (config.json, tokenizer.json, *.safetensors), or set model.path, "
            "relative to the experiment"});
    } else if (!model.empty() && !std::filesystem::is_regular_file(model / "config.json", error)) {
        problems.push_back({"model.path", model.string() + " holds no config.json",
            "name a Hugging Face model folder, or a .gguf file"});
    }
    const std::filesystem::path& adapter = experiment.model.adapter;
    if (!adapter.empty() && !std::filesystem::is_regular_file(adapter / "adapter_config.json", error)) {
        problems.push_back({"model.adapter", adapter.string() + " holds no adapter_config.json",
            "name a folder that PEFT's save_pretrained made; the path is relative to the experiment file"});
    }
    checkFile(experiment.data.train.path, "data.train.path", problems);
    for (const NamedData& named : experiment.data.eval) {
        checkFile(named.source.path, "data." + named.name + ".path", problems);
    }
    return problems;
}

} // namespace ahascope::config
