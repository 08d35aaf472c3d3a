#include "core/train/batch_planner.h"

namespace ahascope::train {

namespace {

struct Size {
    std::int64_t rows = 0;
    std::int64_t outputs = 0;

    Size operator+(const Size& other) const { return {rows + other.rows, outputs + other.outputs}; }
    bool fits(std::int64_t budget) const { return rows <= budget && outputs <= budget; }
};

Size sizeOf(const model::PackedBatch& batch)
{
    return {batch.rows(), batch.outputs()};
}

Size sizeOf(const PolicySample& sample)
{
    const auto tokens = static_cast<std::int64_t>(sample.tokens.size());
    return {tokens - 1, tokens};
}

class PolicyPlanner {
public:
    PolicyPlanner(std::span<const PolicyGroup> groups, std::int64_t budget) : m_groups(groups), m_budget(budget) { }

    void add(std::size_t group, const std::vector<std::size_t>& samples)
    {
        const std::vector<PolicySample>& all = m_groups[group].samples;
        Size whole{static_cast<std::int64_t>(m_groups[group].prompt.size()), 0};
        for (const std::size_t sample : samples)
            whole = whole + sizeOf(all[sample]);
        // A whole group that does not fit behind the others begins a micro-batch, whether it has to be split or
        // not.
        std::size_t prompt = begin(group, whole);
        bool alone = true; // the prompt has no completion yet
        for (const std::size_t sample : samples) {
            if (!alone && !(sizeOf(m_batches.back().batch) + sizeOf(all[sample])).fits(m_budget)) {
                m_batches.emplace_back();
                prompt = m_batches.back().batch.addSequence(m_groups[group].prompt);
            }
            PolicyMicroBatch& micro = m_batches.back();
            micro.samples.push_back(
                {group, sample, static_cast<std::size_t>(micro.batch.outputs()), all[sample].tokens.size()});
            micro.batch.addCompletion(prompt, all[sample].tokens);
            alone = false;
        }
    }

    std::vector<PolicyMicroBatch> take() { return std::move(m_batches); }

private:
    std::size_t begin(std::size_t group, Size whole)
    {
        if (m_batches.empty() || !(sizeOf(m_batches.back().batch) + whole).fits(m_budget))
            m_batches.emplace_back();
        return m_batches.back().batch.addSequence(m_groups[group].prompt);
    }

    std::span<const PolicyGroup> m_groups;
    std::int64_t m_budget;
    std::vector<PolicyMicroBatch> m_batches;
};

bool isTarget(const SupervisedExample& example, std::size_t token)
{
    return token > 0 && (example.mask.empty() || example.mask[token]);
}

} // namespace

std::vector<PolicyMicroBatch> planPolicyBatches(std::span<const PolicyGroup> groups, std::int64_t tokenBudget,
    const std::function<bool(std::size_t group, std::size_t sample)>& chosen)
{
    PolicyPlanner planner(groups, tokenBudget);
    for (std::size_t group = 0; group < groups.size(); ++group) {
        std::vector<std::size_t> samples;
        for (std::size_t sample = 0; sample < groups[group].samples.size(); ++sample)
            if (!groups[group].samples[sample].tokens.empty() && chosen(group, sample))
                samples.push_back(sample);
        if (!samples.empty())
            planner.add(group, samples);
    }
    return planner.take();
}

std::vector<model::PackedBatch> planSupervisedBatches(
    std::span<const SupervisedExample> examples, std::int64_t tokenBudget)
{
    std::vector<model::PackedBatch> batches;
    for (const SupervisedExample& example : examples) {
        std::size_t last = 0;
        std::int64_t targets = 0;
        for (std::size_t i = 0; i < example.tokens.size(); ++i)
            if (isTarget(example, i)) {
                last = i;
                ++targets;
            }
        if (targets == 0)
            continue;
        const Size size{static_cast<std::int64_t>(last), targets};
        if (batches.empty() || !(sizeOf(batches.back()) + size).fits(tokenBudget))
            batches.emplace_back();
        model::PackedBatch& batch = batches.back();
        const std::int64_t first = batch.rows();
        batch.addSequence(std::span(example.tokens).first(last));
        for (std::size_t i = 1; i <= last; ++i)
            if (isTarget(example, i))
                batch.addOutput(first + static_cast<std::int64_t>(i) - 1, example.tokens[i]);
    }
    return batches;
}

std::vector<GroupRange> planUpdates(std::size_t prompts, std::size_t updates, std::size_t iterations)
{
    kernels::expect(updates > 0 && prompts % updates == 0, "the updates divide the prompts");
    const std::size_t count = prompts / updates;
    std::vector<GroupRange> plan;
    for (std::size_t iteration = 0; iteration < iterations; ++iteration)
        for (std::size_t update = 0; update < updates; ++update)
            plan.push_back({update * count, count});
    return plan;
}

} // namespace ahascope::train
