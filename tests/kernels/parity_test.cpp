// That the parity check covers every operation, lets the right ones pass and names the wrong ones.
#include <fstream>
#include <set>

#include <gmock/gmock.h>

#include "kernels/parity/cases.h"
#include "kernels/parity/parity.h"
#include "tests/kernels/faulty_backend.h"
#include "tests/kernels/kernel_fixture.h"

namespace ahascope::kernels {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAreArray;

std::string complaintsOf(const ParityReport& report)
{
    std::string text;
    for (const ParityCase& result : report.cases)
        if (!result.passed)
            text += result.operation + " (" + result.variant + "): " + result.message + "\n";
    return text;
}

ParityReport checkAgainstTheProcessor(Backend& tested)
{
    const auto reference = makeCpuBackend({.threads = 1});
    return checkParity(tested, *reference);
}

class Parity : public OperationTest { };
INSTANTIATE_TEST_SUITE_P(Sets, Parity, ::testing::ValuesIn(instructionSets()), nameOfSet);

TEST_P(Parity, EveryInstructionSetComputesTheSame)
{
    const auto tested = makeCpuBackend({2, GetParam()});
    const auto reference = makeCpuBackend({1, InstructionSet::Baseline});
    const ParityReport report = checkParity(*tested, *reference);
    EXPECT_TRUE(report.passed()) << complaintsOf(report);
}

// The operations that backend.h declares: each has one virtual function, "doLinear" that of "linear".
std::set<std::string> declaredOperations()
{
    std::ifstream file(AHASCOPE_SOURCE_DIR "/kernels/backend.h");
    std::set<std::string> names;
    for (std::string line; std::getline(file, line);) {
        const std::size_t begin = line.find(" do"), end = line.find('(');
        if (line.find("virtual ") == std::string::npos || begin == std::string::npos || end < begin)
            continue;
        std::string name = line.substr(begin + 3, end - begin - 3);
        name[0] = static_cast<char>(std::tolower(name[0]));
        names.insert(name);
    }
    return names;
}

TEST(ParityCases, CoverEveryOperation)
{
    std::set<std::string> expected = declaredOperations();
    EXPECT_GE(expected.size(), 30u);
    expected.erase("free");        // of every case's memory
    expected.erase("makeKvCache"); // of every case of decoding
    std::set<std::string> covered;
    for (const parity::Case& parityCase : parity::allCases())
        covered.insert(parityCase.operation);
    EXPECT_EQ(covered, expected);
}

TEST(ParityCases, CallTheOperationThatTheyAreNamedAfter)
{
    const auto backend = makeCpuBackend({.threads = 2});
    std::set<std::pair<std::string, std::string>> names;
    for (const parity::Case& parityCase : parity::allCases()) {
        backend->clearTotals();
        parity::Desk desk(*backend, parityCase.weightType);
        parityCase.body(desk);
        EXPECT_TRUE(backend->totals().contains(parityCase.operation)) << parityCase.operation;
        EXPECT_FALSE(desk.takeKept().empty()) << parityCase.operation << " " << parityCase.variant;
        EXPECT_TRUE(names.emplace(parityCase.operation, parityCase.variant).second) << "twice: " << parityCase.variant;
    }
}

TEST(ParityCases, TellWhatTheyAreAbout)
{
    const auto backend = makeCpuBackend({.threads = 1});
    std::size_t told = 0;
    const ParityReport report = checkParity(*backend, *backend, [&](std::size_t done, std::size_t all, const auto&) {
        EXPECT_EQ(done, told++);
        EXPECT_EQ(all, parity::allCases().size());
    });
    EXPECT_EQ(report.cases.size(), told);
    EXPECT_TRUE(report.passed());
    for (const ParityCase& result : report.cases)
        EXPECT_EQ(result.error, 0.0) << result.operation;
}

TEST(ParityFaults, WrongOperationsFailByTheirNamesAlone)
{
    const std::set<std::string_view> wrong = {"embedding", "embeddingBackward", "gatherRows", "scatterAddRows",
        "rmsNormBackward", "rope", "swiglu", "swigluBackward", "add", "attentionBackward", "lmHeadSample",
        "lmHeadLogProbsBackward", "sumOfSquares", "adamW", "adamW8bit", "gatedMlpBackward", "decodeLayer"};
    FaultyBackend faulty(wrong, Fault::SlightlyOff);
    const ParityReport report = checkAgainstTheProcessor(faulty);
    EXPECT_FALSE(report.passed());
    EXPECT_THAT(report.failedOperations(), UnorderedElementsAreArray(wrong));
}

// In groups of which none uses another.
TEST(ParityFaults, AWrongOperationThatOtherCasesUseFailsToo)
{
    const std::vector<std::set<std::string_view>> groups = {{"attention", "rmsNorm", "beginDecodeStep", "scale"},
        {"linear", "decodeAttention", "lmHeadLogProbs", "gatedMlp"}, {"linearBackwardInput"}, {"linearBackwardWeight"}};
    for (const std::set<std::string_view>& wrong : groups) {
        FaultyBackend faulty(wrong, Fault::SlightlyOff);
        const std::vector<std::string> failed = checkAgainstTheProcessor(faulty).failedOperations();
        for (const std::string_view operation : wrong)
            EXPECT_THAT(failed, Contains(std::string(operation)));
    }
}

TEST(ParityFaults, ANaNThatIsLeftInAnOutputNeverPasses)
{
    const std::set<std::string_view> wrong
        = {"embedding", "rope", "attentionBackward", "adamW8bit", "lmHeadLogProbsBackward"};
    FaultyBackend faulty(wrong, Fault::LeavesNan);
    const ParityReport report = checkAgainstTheProcessor(faulty);
    EXPECT_THAT(report.failedOperations(), UnorderedElementsAreArray(wrong));
    EXPECT_THAT(complaintsOf(report), HasSubstr("nan instead of"));
}

TEST(ParityFaults, WhatTheTestedBackendThrowsIsAFailedCase)
{
    const auto faulty = makeCpuBackend({.threads = 1});
    faulty->setFaultHook([](std::string_view operation) {
        if (operation == "swiglu")
            throw std::logic_error("not for odd sizes");
        if (operation == "sumOfSquares")
            throw OutOfMemory("no memory");
    });
    const ParityReport report = checkAgainstTheProcessor(*faulty);
    EXPECT_FALSE(report.deviceLost);
    EXPECT_THAT(report.failedOperations(), ElementsAre("swiglu", "sumOfSquares"));
    EXPECT_THAT(complaintsOf(report), HasSubstr("not for odd sizes"));
    EXPECT_EQ(report.cases.size(), parity::allCases().size());
}

TEST(ParityFaults, ALostDeviceEndsTheCheckAndIsNotTouchedAgain)
{
    const auto faulty = makeCpuBackend({.threads = 1});
    int callsAfter = 0;
    bool lost = false;
    faulty->setFaultHook([&](std::string_view operation) {
        callsAfter += lost ? 1 : 0;
        if (operation == "attention") {
            lost = true;
            throw DeviceError("illegal access");
        }
    });
    const ParityReport report = checkAgainstTheProcessor(*faulty);
    EXPECT_TRUE(report.deviceLost);
    EXPECT_FALSE(report.passed());
    EXPECT_EQ(callsAfter, 0);
    EXPECT_EQ(report.cases.back().operation, "attention");
    EXPECT_EQ(report.cases.back().message, "the device was lost: illegal access");
    EXPECT_THAT(report.failedOperations(), ElementsAre("attention"));
}

TEST(ParityFaults, WhatTheReferenceThrowsGoesThrough)
{
    const auto tested = makeCpuBackend({.threads = 1}), reference = makeCpuBackend({.threads = 1});
    reference->setFaultHook([](std::string_view) { throw OutOfMemory("no memory"); });
    EXPECT_THROW(checkParity(*tested, *reference), OutOfMemory);
}

} // namespace
} // namespace ahascope::kernels
