// The texts that a supervised stage learns from: problems of a task on one side of the split, written out.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/data/tasks/task.h"

namespace ahascope::data {

class Corpus {
public:
    // Throws InputError when the split leaves no problem.
    Corpus(std::shared_ptr<const Task> task, Split split, double heldOutShare, std::uint64_t seed);

    // Text `index`, any number: the same for the same seed, whatever was asked before.
    CorpusText text(std::uint64_t index) const;

private:
    Instance choose(CounterRandom& random) const;

    std::shared_ptr<const Task> m_task;
    Split m_split;
    double m_heldOutShare;
    std::uint64_t m_seed;
    std::vector<std::uint32_t> m_indices; // problems of a finite task
};

} // namespace ahascope::data
