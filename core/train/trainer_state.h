// How trainers hand out and take back everything that an exact resume needs.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>

#include "kernels/backend.h"

namespace ahascope::train {

// Called once per piece of state, in a fixed order, with a stable name ("policy/values", "optimizer/mean") and its
// bytes, little-endian. A large tensor comes in several pieces: "optimizer/mean", "optimizer/mean.1" ...
using StateSink = std::function<void(const std::string& name, std::span<const std::byte> bytes)>;

// Called once per piece in the same order; fills `bytes` completely or throws (unknown name, other size).
using StateSource = std::function<void(const std::string& name, std::span<std::byte> bytes)>;

// A tensor [1, n] in pieces of at most 64 MiB, so that no second copy of it is ever on the host.
void saveTensor(
    kernels::Backend& backend, const std::string& name, const kernels::Tensor& tensor, const StateSink& sink);
void loadTensor(
    kernels::Backend& backend, const std::string& name, const kernels::Tensor& tensor, const StateSource& source);

} // namespace ahascope::train
