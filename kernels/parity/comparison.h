// Whether two backends came to the same results.
#pragma once

#include <string>
#include <vector>

#include "kernels/parity/desk.h"

namespace ahascope::kernels::parity {

struct Difference {
    double error = 0;    // the largest; infinite where a number is missing
    std::string message; // of the first result that is not alike, empty when all are
};

// `actual` and `expected` come from the same case and so have the same names and sizes.
Difference compare(const std::vector<Kept>& actual, const std::vector<Kept>& expected, double tolerance);

} // namespace ahascope::kernels::parity
