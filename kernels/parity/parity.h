// The check that a backend computes what another one does: every operation, at odd sizes, on inputs from a fixed seed.
// It is made on the first use of a device, so that nobody trains on a kernel that was never right there.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "kernels/backend.h"

namespace ahascope::kernels {

struct ParityCase {
    std::string operation; // as Backend names it
    std::string variant;   // "in place", "head dim 64, BF16 weights"
    double error = 0;      // largest, relative to the largest expected magnitude; infinite where there is no result
    double tolerance = 0;
    bool passed = false;
    std::string message; // what was wrong; empty when it passed
};

struct ParityReport {
    std::vector<ParityCase> cases; // in a fixed order; those after a lost device are not there
    bool deviceLost = false;       // during the last case: what the backend still holds may be freed, nothing else

    bool passed() const;
    std::vector<std::string> failedOperations() const; // each once, in order
};

// Told before each case.
using ParityProgress = std::function<void(std::size_t done, std::size_t all, const std::string& operation)>;

// Takes seconds. What the tested backend throws is a failed case; what the reference throws goes through.
ParityReport checkParity(Backend& tested, Backend& reference, const ParityProgress& progress = {});

} // namespace ahascope::kernels
