#include "core/data/corpus.h"

namespace ahascope::data {

namespace {

constexpr std::uint64_t purposeCorpus = 0x636F72707573; // keeps the draws apart from those of other uses of the seed
constexpr int mostDraws = 10'000;

InputError noProblem()
{
    return InputError({"data.held_out", "this side of the split has no problem of the task",
        "choose another share or a larger task"});
}

} // namespace

Corpus::Corpus(std::shared_ptr<const Task> task, Split split, double heldOutShare, std::uint64_t seed)
    : m_task(std::move(task))
    , m_split(split)
    , m_heldOutShare(heldOutShare)
    , m_seed(seed)
{
    if (const auto size = m_task->size()) {
        for (std::uint64_t index = 0; index < *size; ++index) {
            if (isIn(m_split, problemId(m_task->canonical(m_task->instance(index))), m_heldOutShare)) {
                m_indices.push_back(static_cast<std::uint32_t>(index));
            }
        }
        if (m_indices.empty()) {
            throw noProblem();
        }
    }
}

Instance Corpus::choose(CounterRandom& random) const
{
    if (!m_indices.empty()) {
        return m_task->instance(m_indices[random.below(m_indices.size())]);
    }
    for (int draw = 0; draw < mostDraws; ++draw) {
        Instance instance = m_task->draw(random);
        if (isIn(m_split, problemId(m_task->canonical(instance)), m_heldOutShare)) {
            return instance;
        }
    }
    throw noProblem();
}

CorpusText Corpus::text(std::uint64_t index) const
{
    CounterRandom random{m_seed, purposeCorpus, index};
    return m_task->write(choose(random), random);
}

} // namespace ahascope::data
