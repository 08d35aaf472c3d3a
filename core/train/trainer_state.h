// How trainers hand out and take back everything that an exact resume needs.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>

namespace ahascope::train {

// Called once per piece of state, in a fixed order, with a stable name ("policy/values", "optimizer/mean") and its
// bytes, little-endian.
using StateSink = std::function<void(const std::string& name, std::span<const std::byte> bytes)>;

// Called once per piece in the same order; fills `bytes` completely or throws (unknown name, other size).
using StateSource = std::function<void(const std::string& name, std::span<std::byte> bytes)>;

} // namespace ahascope::train
