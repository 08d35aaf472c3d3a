#include "core/config/migrations.h"

#include "core/config/experiment.h"

namespace ahascope::config {

std::span<const Migration> migrations()
{
    static const std::vector<Migration> steps{};
    return steps;
}

void migrate(toml::table& document, std::span<const Migration> steps, std::vector<Problem>& problems)
{
    const auto present = static_cast<std::int64_t>(steps.size()) + 1;
    const toml::node* node = document.get("schema_version");
    if (node == nullptr) {
        return;
    }
    const auto version = node->value_exact<std::int64_t>();
    if (!version || *version < 1) {
        problems.push_back({"schema_version", "is not a version", "write schema_version = " + std::to_string(present)});
        return;
    }
    if (*version > present) {
        problems.push_back({"schema_version",
            std::to_string(*version) + " is newer than this program, which reads up to " + std::to_string(present),
            "use a newer Ahascope"});
        return;
    }
    for (std::int64_t from = *version; from < present; ++from) {
        steps[static_cast<std::size_t>(from - 1)](document);
    }
    document.insert_or_assign("schema_version", present);
}

} // namespace ahascope::config
