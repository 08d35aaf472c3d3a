// Experiment files: any bytes are an experiment or a list of problems, and a sound experiment comes back from every
// form it is saved in. Lines that begin with "#set " are overrides.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/diff.h"
#include "core/config/toml.h"
#include "core/problem.h"

namespace {

std::vector<std::string> settingsIn(std::string_view text)
{
    std::vector<std::string> settings;
    while (!text.empty() && settings.size() < 8) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        if (text.starts_with("#set ")) {
            settings.emplace_back(text.substr(5, end - 5));
        }
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return settings;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace ahascope::config;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    std::vector<ahascope::Problem> problems;
    const Experiment experiment = parseExperiment(text, "fuzz.toml", "/fuzz", settingsIn(text), problems);
    for (const ahascope::Problem& problem : problems) {
        if (problem.where.empty() || problem.message.empty()) {
            std::abort();
        }
    }
    if (!problems.empty()) {
        return 0;
    }
    for (const SaveForm form : {SaveForm::Short, SaveForm::Full, SaveForm::SelfContained}) {
        Experiment again = parseExperiment(toToml(experiment, form, "/fuzz"), "again.toml", "/fuzz");
        if (form == SaveForm::SelfContained) {
            again.prompt.file = experiment.prompt.file; // inlined
        }
        if (again != experiment || !diff(again, experiment).empty()) {
            std::abort();
        }
    }
    return 0;
}
