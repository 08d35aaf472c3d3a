#include "core/config/toml.h"

#include "core/config/schema.h"
#include "core/config/settings.h"
#include "core/config/toml_reader.h"
#include "core/config/validate.h"
#include "core/formats/atomic_file.h"
#include "core/formats/file_bytes.h"

namespace ahascope::config {

namespace {

constexpr std::uint64_t longestFile = std::uint64_t{4} << 20;
constexpr std::uint64_t longestTemplate = std::uint64_t{1} << 20;

void loadTemplate(Experiment& experiment, std::vector<Problem>& problems)
{
    TemplateSource& source = experiment.prompt;
    if (source.file.empty()) {
        return;
    }
    if (!source.text.empty()) {
        problems.push_back({"template.text", "there are both a file and a text", "remove one of them"});
        return;
    }
    try {
        source.text = formats::readFile(source.file, longestTemplate);
        if (source.text.empty()) {
            problems.push_back(
                {"template.file", source.file.string() + " is empty", "write a template with {{prompt}}"});
        }
    } catch (const InputError& error) {
        for (const Problem& problem : error.problems()) {
            problems.push_back({"template.file", problem.where + ": " + problem.message, problem.remedy});
        }
    }
}

} // namespace

Experiment parseExperiment(std::string_view toml, const std::string& where, const std::filesystem::path& folder,
    std::span<const std::string> settings, std::vector<Problem>& problems)
{
    Experiment experiment;
    LineMap lines;
    std::vector<Problem> found;
    readToml(toml, folder, experiment, lines, found);
    if (experiment.name.empty()) {
        experiment.name = std::filesystem::path(where).stem().string();
    }
    std::vector<Problem> ofSettings;
    for (const std::string& setting : settings) {
        applySetting(experiment, setting, folder, ofSettings);
    }
    loadTemplate(experiment, found);
    // After a problem of reading, validate() would only complain of what is missing because of it.
    if (found.empty() && ofSettings.empty()) {
        found = validate(experiment);
    }
    for (Problem& problem : found) {
        problem.where = placeOf(where, problem.where, lines);
        problems.push_back(std::move(problem));
    }
    problems.insert(problems.end(), ofSettings.begin(), ofSettings.end());
    return experiment;
}

Experiment parseExperiment(std::string_view toml, const std::string& where, const std::filesystem::path& folder,
    std::span<const std::string> settings)
{
    std::vector<Problem> problems;
    Experiment experiment = parseExperiment(toml, where, folder, settings, problems);
    if (!problems.empty()) {
        throw InputError(std::move(problems));
    }
    return experiment;
}

Experiment loadExperiment(const std::filesystem::path& file, std::span<const std::string> settings)
{
    const std::string toml = formats::readFile(file, longestFile);
    return parseExperiment(toml, file.string(), file.parent_path(), settings);
}

void applySetting(Experiment& experiment, const std::string& setting)
{
    std::vector<Problem> problems;
    applySetting(experiment, setting, std::filesystem::current_path(), problems);
    loadTemplate(experiment, problems);
    if (!problems.empty()) {
        throw InputError(std::move(problems));
    }
}

void saveExperiment(const Experiment& experiment, const std::filesystem::path& file, SaveForm form)
{
    try {
        formats::writeFileAtomically(file, toToml(experiment, form, file.parent_path()));
    } catch (const formats::FileError& error) {
        throw InputError({file.string(), error.what(), "choose a folder that exists and is yours"});
    }
}

} // namespace ahascope::config
