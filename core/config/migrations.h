// Old experiment files brought to the present form, one version at a time. Private to this folder.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/problem.h"
#include "core/text/safe_toml.h"

namespace ahascope::config {

// Changes a document of version n into one of version n + 1; it need not touch schema_version.
using Migration = void (*)(toml::table& document);

// The step from version 1 is first.
std::span<const Migration> migrations();

// Brings the document to version steps.size() + 1. A newer one, or one that is no version, is a problem; a missing
// schema_version is taken for the present one.
void migrate(toml::table& document, std::span<const Migration> steps, std::vector<Problem>& problems);

} // namespace ahascope::config
