#include "kernels/parity/cases.h"

namespace ahascope::kernels::parity {

namespace {

constexpr double f32Tolerance = 1e-5;
constexpr double bf16Tolerance = 1e-2;

} // namespace

void Cases::add(std::string operation, std::string variant, Body body)
{
    m_cases.push_back({std::move(operation), std::move(variant), DType::F32, f32Tolerance, std::move(body)});
}

void Cases::addWeighted(const std::string& operation, const std::string& variant, const Body& body)
{
    add(operation, variant, body);
    addForBf16(operation, variant + ", BF16", body);
}

void Cases::addForBf16(std::string operation, std::string variant, Body body)
{
    m_cases.push_back({std::move(operation), std::move(variant), DType::BF16, bf16Tolerance, std::move(body)});
}

std::vector<Case> allCases()
{
    Cases cases;
    addMemoryCases(cases);
    addRowCases(cases);
    addProductCases(cases);
    addAttentionCases(cases);
    addDecodeCases(cases);
    addHeadCases(cases);
    addSamplingCases(cases);
    addOptimizerCases(cases);
    return cases.take();
}

} // namespace ahascope::kernels::parity
