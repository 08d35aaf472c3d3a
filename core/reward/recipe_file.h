// Recipe files: TOML with [[rule]] tables, and optionally a [template] whose tags and prefill the rules go by. An
// experiment file is one as well; what it holds besides is not looked at.
//
//     [[rule]]
//     type = "accuracy"
//     kind = "countdown"
//     weight = 1.0
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/reward/recipe.h"

namespace ahascope::reward {

struct RecipeFile {
    std::vector<RuleSpec> rules;
    std::filesystem::path templateFile; // as written: relative to the recipe file
    std::string templateText;
};

// Throws InputError with every problem: not TOML, an unknown key (with the nearest known one), a rule without a type,
// an option that is a list or a table.
RecipeFile parseRecipeFile(std::string_view toml, const std::string& where);

// Reads the file and its template. Throws InputError, also when a file cannot be read or is larger than 1 MiB.
Recipe loadRecipe(const std::filesystem::path& path);

} // namespace ahascope::reward
