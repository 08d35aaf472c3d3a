// Token ids out of a line of input.
#pragma once

#include <cstdint>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "core/model/model_config.h"

namespace ahascope::cli {

// The member "ids". Throws InputError unless it is a list of 1 to contextLength() ids below the vocabulary's size.
std::vector<std::int32_t> tokenIds(const nlohmann::json& line, const model::ModelConfig& config);

} // namespace ahascope::cli
