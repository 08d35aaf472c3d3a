// Experiments as TOML files. Every function that reads throws InputError with every problem found, each with the line.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/experiment.h"
#include "core/problem.h"

namespace ahascope::config {

// Reads a file and the template it names; paths in it are relative to its folder. `settings` are overrides of the form
// path.to.key=value ("stage.0.steps=20", "rule.format.weight=0.5", "data.train.rows=100"): lists are reached into by
// index or by name, the value is TOML or, failing that, a text. Unknown keys, wrong types, values out of range and
// everything validate() finds are problems.
Experiment loadExperiment(const std::filesystem::path& file, std::span<const std::string> settings = {});

// The same of a text; `where` names it in problems, `folder` is what its paths are relative to.
Experiment parseExperiment(std::string_view toml, const std::string& where, const std::filesystem::path& folder,
    std::span<const std::string> settings = {});

// As parseExperiment, but hands problems over and gives what could be read, for a form that shows both.
Experiment parseExperiment(std::string_view toml, const std::string& where, const std::filesystem::path& folder,
    std::span<const std::string> settings, std::vector<Problem>& problems);

// One override on an experiment in memory. Throws InputError.
void applySetting(Experiment& experiment, const std::string& setting);

enum class SaveForm {
    Short,        // what differs from the defaults
    Full,         // every field
    SelfContained // every field, the template's text inlined, paths absolute: what a run stores
};
// `folder`: that the file will lie in; paths below or beside it become relative to it.
std::string toToml(const Experiment& experiment, SaveForm form, const std::filesystem::path& folder);
// Writes a file whole or not at all. Throws InputError when it cannot be written.
void saveExperiment(const Experiment& experiment, const std::filesystem::path& file, SaveForm form = SaveForm::Short);

} // namespace ahascope::config
