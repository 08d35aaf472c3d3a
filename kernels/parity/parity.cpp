#include "kernels/parity/parity.h"

#include <algorithm>
#include <limits>

#include "kernels/parity/cases.h"
#include "kernels/parity/comparison.h"

namespace ahascope::kernels {

namespace {

std::vector<parity::Kept> resultsOf(const parity::Case& parityCase, Backend& backend)
{
    parity::Desk desk(backend, parityCase.weightType);
    parityCase.body(desk);
    return desk.takeKept();
}

// True when the device was lost over it.
bool judge(ParityCase& result, const parity::Case& parityCase, Backend& tested, Backend& reference)
{
    const std::vector<parity::Kept> expected = resultsOf(parityCase, reference);
    try {
        const parity::Difference worst = parity::compare(resultsOf(parityCase, tested), expected, result.tolerance);
        result.error = worst.error;
        result.message = worst.message;
    } catch (const OutOfMemory& error) {
        result.message = error.what();
    } catch (const DeviceError& error) {
        result.message = std::string("the device was lost: ") + error.what();
        return true;
    } catch (const std::exception& error) {
        result.message = error.what();
    }
    result.passed = result.message.empty();
    return false;
}

} // namespace

bool ParityReport::passed() const
{
    return !deviceLost && std::ranges::all_of(cases, &ParityCase::passed);
}

std::vector<std::string> ParityReport::failedOperations() const
{
    std::vector<std::string> names;
    for (const ParityCase& result : cases)
        if (!result.passed && std::ranges::find(names, result.operation) == names.end())
            names.push_back(result.operation);
    return names;
}

ParityReport checkParity(Backend& tested, Backend& reference, const ParityProgress& progress)
{
    const std::vector<parity::Case> cases = parity::allCases();
    ParityReport report;
    for (const parity::Case& parityCase : cases) {
        if (progress)
            progress(report.cases.size(), cases.size(), parityCase.operation);
        report.cases.push_back({parityCase.operation, parityCase.variant, std::numeric_limits<double>::infinity(),
            parityCase.tolerance, false, ""});
        report.deviceLost = judge(report.cases.back(), parityCase, tested, reference);
        if (report.deviceLost)
            break;
    }
    return report;
}

} // namespace ahascope::kernels
