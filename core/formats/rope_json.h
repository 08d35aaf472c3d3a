// The keys of config.json that say how positions are turned into angles.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "core/formats/json.h"
#include "core/model/model_config.h"

namespace ahascope::formats {

// Fills ropeTheta and ropeScaling from rope_theta and rope_scaling (transformers 4) or rope_parameters (5); of both the
// scaling counts, as in transformers. config.maxPositions must be set. Throws InputError: a scaling that is not
// supported, a key that it needs is missing. Whether the numbers make sense is model::problemWith()'s to say.
void readRope(const JsonObject& file, model::ModelConfig& config);

// Both forms, so that either version loads what was saved.
void writeRope(nlohmann::ordered_json& file, const model::ModelConfig& config);

// The shortest decimal that is this float: 1e-06, not 9.999999974752427e-07.
double decimalOf(float value);

} // namespace ahascope::formats
