// The cases of the parity check: what is called, with what, and which results are compared.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "kernels/parity/desk.h"

namespace ahascope::kernels::parity {

using Body = std::function<void(Desk&)>;

struct Case {
    std::string operation; // as Backend names it; the body calls it
    std::string variant;
    DType weightType = DType::F32;
    double tolerance = 0;
    Body body; // run once on each backend; never looks at what it computes
};

class Cases {
public:
    // In F32 alone: sums in any order.
    void add(std::string operation, std::string variant, Body body);
    // Once with weights (and the rows beside them) in F32 and once in BF16.
    void addWeighted(const std::string& operation, const std::string& variant, const Body& body);
    // In BF16 alone.
    void addForBf16(std::string operation, std::string variant, Body body);

    std::vector<Case> take() { return std::move(m_cases); }

private:
    std::vector<Case> m_cases;
};

// Every operation of kernels/backend.h; one function per file.
std::vector<Case> allCases();
void addMemoryCases(Cases& cases);
void addRowCases(Cases& cases);
void addProductCases(Cases& cases);
void addAttentionCases(Cases& cases);
void addDecodeCases(Cases& cases);
void addHeadCases(Cases& cases);
void addSamplingCases(Cases& cases);
void addOptimizerCases(Cases& cases);

} // namespace ahascope::kernels::parity
