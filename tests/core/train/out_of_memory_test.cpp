// Trainers on a device that runs out of memory: at every allocation, at every operation, and within a budget.
#include <cmath>

#include <gmock/gmock.h>

#include "core/train/supervised_trainer.h"
#include "tests/core/train/trainer_support.h"

namespace ahascope::train {
namespace {

using testing::HasSubstr;

constexpr std::int64_t wholeBudget = 400; // several halvings above one longest sequence
constexpr std::int64_t longest = 64;

struct Halving {
    std::int64_t before = 0;
    std::int64_t now = 0;

    bool operator==(const Halving&) const = default;
};

// What an update leaves.
struct Left {
    std::vector<float> gradients;
    std::vector<float> values;
    std::map<std::string, double> metrics;
    std::vector<Halving> halvings;
    int operations = 0; // offered to the fault hook during the update
};

// Called with the number of the operation, from 1, and its name; true: there is no memory for it.
using Fails = std::function<bool(int number, std::string_view operation)>;

// The rollout is always the same, so that its memory is none of this.
std::vector<PolicyGroup> groupsOf(const model::ModelConfig& config)
{
    const auto backend = kernels::makeCpuBackend({.threads = 1});
    model::Parameters policy(*backend, config, model::Gradients::None);
    fillRandomly(policy, 21, 0.3f);
    return sampleGroups(*backend, policy, 0.8f);
}

std::vector<SupervisedExample> examplesOf(const std::vector<PolicyGroup>& groups)
{
    std::vector<SupervisedExample> examples;
    for (const PolicyGroup& group : groups)
        for (const PolicySample& sample : group.samples) {
            SupervisedExample& example = examples.emplace_back();
            example.tokens = group.prompt;
            example.tokens.insert(example.tokens.end(), sample.tokens.begin(), sample.tokens.end());
        }
    return examples;
}

// One update of a new trainer on a new backend. `make(backend, policy, listener)` returns the trainer,
// `update(trainer)` its result.
template <class Make, class Update>
Left leftBy(const Fails& fails, const Make& make, const Update& update)
{
    Left left;
    const auto backend = kernels::makeCpuBackend({.threads = 1});
    model::Parameters policy(*backend, model::tinyConfig(), model::Gradients::Kept);
    fillRandomly(policy, 21, 0.3f);
    auto trainer = make(*backend, policy, [&](std::int64_t before, std::int64_t now, const std::string& reason) {
        EXPECT_THAT(reason, HasSubstr("no memory"));
        left.halvings.push_back({before, now});
    });
    backend->setFaultHook([&](std::string_view operation) {
        if (fails(++left.operations, operation))
            throw kernels::OutOfMemory("no memory for " + std::string(operation));
    });
    const UpdateResult result = update(*trainer);
    backend->setFaultHook({});
    EXPECT_TRUE(result.applied);
    left.metrics = result.metrics;
    left.values = allValues(policy);
    left.gradients.resize(static_cast<std::size_t>(policy.trained().count()));
    backend->download(left.gradients.data(), policy.trained().flatGradients());
    return left;
}

Left policyUpdate(const Fails& fails, double beta = 0.05)
{
    static const std::vector<PolicyGroup> groups = groupsOf(model::tinyConfig());
    std::vector<PolicyGroup> mine = groups;
    return leftBy(
        fails,
        [&](kernels::Backend& backend, model::Parameters& policy, const BudgetListener& listener) {
            PolicyTrainerOptions options;
            options.loss.beta = beta;
            options.schedule = {.type = SchedulerType::Constant, .learningRate = 1e-2, .steps = 100};
            options.temperature = 0.8f;
            options.tokenBudget = wholeBudget;
            options.maxSequenceTokens = longest;
            options.budgetHalved = listener;
            return std::make_unique<PolicyTrainer>(backend, policy, options);
        },
        [&](PolicyTrainer& trainer) { return trainer.update({.groups = mine, .fresh = true}); });
}

Left supervisedUpdate(const Fails& fails)
{
    static const std::vector<SupervisedExample> examples = examplesOf(groupsOf(model::tinyConfig()));
    return leftBy(
        fails,
        [&](kernels::Backend& backend, model::Parameters& policy, const BudgetListener& listener) {
            SupervisedTrainerOptions options;
            options.schedule = {.type = SchedulerType::Constant, .learningRate = 1e-2, .steps = 100};
            options.tokenBudget = wholeBudget;
            options.maxSequenceTokens = longest;
            options.budgetHalved = listener;
            return std::make_unique<SupervisedTrainer>(backend, policy, options);
        },
        [&](SupervisedTrainer& trainer) { return trainer.update(examples); });
}

bool never(int, std::string_view)
{
    return false;
}

// The same mathematics: gradients and metrics within rounding of sums in another order.
void expectAlike(const Left& split, const Left& whole, const std::string& what)
{
    double largest = 0, difference = 0;
    for (std::size_t i = 0; i < whole.gradients.size(); ++i) {
        largest = std::max(largest, std::abs(double{whole.gradients[i]}));
        difference = std::max(difference, std::abs(double{whole.gradients[i]} - double{split.gradients[i]}));
    }
    EXPECT_GT(largest, 0) << what;
    EXPECT_LE(difference, 1e-5 * largest) << what;
    for (const char* name : {"loss", "grad_norm", "entropy"})
        EXPECT_NEAR(split.metrics.at(name), whole.metrics.at(name), 1e-5) << what << " " << name;
}

class OutOfMemory : public testing::TestWithParam<Left (*)(const Fails&)> {
protected:
    Left update(const Fails& fails) const { return GetParam()(fails); }
};
INSTANTIATE_TEST_SUITE_P(Trainers, OutOfMemory,
    testing::Values(
        +[](const Fails& fails) { return policyUpdate(fails); }, &supervisedUpdate));

TEST_P(OutOfMemory, AtEachAllocationOfAnUpdateBeginsItAnewInHalf)
{
    const Left whole = update(never);
    EXPECT_TRUE(whole.halvings.empty());
    int allocations = 0;
    update([&](int, std::string_view operation) {
        allocations += operation == "allocate" ? 1 : 0;
        return false;
    });
    ASSERT_GT(allocations, 0);
    for (int k = 1; k <= allocations; ++k) {
        int seen = 0;
        const Left split
            = update([&](int, std::string_view operation) { return operation == "allocate" && ++seen == k; });
        EXPECT_EQ(split.halvings, (std::vector<Halving>{{400, 200}})) << "allocation " << k;
        expectAlike(split, whole, "allocation " + std::to_string(k));
    }
}

// A device may need room inside any operation. Up to the optimizer's first change everything can be begun anew.
TEST_P(OutOfMemory, AtEachOperationUpToTheStepBeginsTheUpdateAnew)
{
    const Left whole = update(never);
    for (int k = 1; k <= whole.operations; ++k) {
        std::string failed;
        const auto fails = [&](int number, std::string_view operation) {
            if (number == k)
                failed = operation;
            return number == k;
        };
        try {
            const Left split = update(fails);
            EXPECT_EQ(split.halvings, (std::vector<Halving>{{400, 200}})) << failed;
            expectAlike(split, whole, "operation " + std::to_string(k) + ", " + failed);
        } catch (const kernels::OutOfMemory&) {
            EXPECT_THAT(failed, testing::AnyOf("adamW", "commit")) << "operation " << k;
        }
    }
}

TEST_P(OutOfMemory, HalvesAsOftenAsNeeded)
{
    int left = 2;
    const Left split = update([&](int, std::string_view operation) { return operation == "attention" && left-- > 0; });
    EXPECT_EQ(split.halvings, (std::vector<Halving>{{400, 200}, {200, 100}}));
    expectAlike(split, update(never), "two halvings");
}

TEST_P(OutOfMemory, EndsAtOneLongestSequence)
{
    try {
        update([](int, std::string_view operation) { return operation == "attention"; });
        FAIL() << "went on without memory";
    } catch (const kernels::OutOfMemory& error) {
        EXPECT_THAT(error.what(), testing::AllOf(HasSubstr("no memory for attention"), HasSubstr("64 tokens")));
    }
}

TEST(OutOfMemoryOfAReference, IsBegunAnewToo)
{
    int left = 1;
    const auto firstForward = [&](int, std::string_view operation) { return operation == "embedding" && left-- > 0; };
    const Left split = policyUpdate(firstForward);
    EXPECT_EQ(split.halvings, (std::vector<Halving>{{400, 200}}));
    expectAlike(split, policyUpdate(never), "reference");
}

// Within every budget a trainer takes the largest micro-batch that fits, or says that none does.
TEST(OutOfMemoryOfANewTrainer, TakesWhatFitsTheDevice)
{
    const auto budgetWithin = [](std::size_t bytes) {
        std::int64_t rows = 512;
        const auto backend = kernels::makePlanBackend(bytes);
        model::Parameters policy(*backend, model::tinyConfig(), model::Gradients::Kept);
        const TrainingCore core(*backend, policy,
            {.optimizer = {},
                .tokenBudget = rows,
                .maxSequenceTokens = longest,
                .budgetHalved = [&](auto before, auto now, const auto&) {
                    EXPECT_EQ(before, rows);
                    rows = now;
                }});
        EXPECT_EQ(core.budget(), rows);
        return std::pair(rows, backend->bytesInUse());
    };
    const auto [rows, whole] = budgetWithin(0);
    EXPECT_EQ(rows, 512);
    std::int64_t last = rows;
    for (std::size_t bytes = whole; last > longest; bytes -= whole / 200) {
        const std::int64_t now = budgetWithin(bytes).first;
        EXPECT_TRUE(now == last || now == last / 2) << now << " after " << last;
        last = now;
    }
    EXPECT_THROW(budgetWithin(1000), kernels::OutOfMemory);
}

} // namespace
} // namespace ahascope::train
