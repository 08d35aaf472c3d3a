// Whether problems of a held-out set stand in the training set in other words: shared runs of n words.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "core/data/row.h"

namespace ahascope::data {

struct Overlap {
    std::size_t heldOutRow = 0;
    std::size_t trainingRow = 0; // the first that shares the words
    std::string words;           // the shared run, lower case

    bool operator==(const Overlap&) const = default;
};

// Words of a text as the check sees it: runs of letters and digits in lower case (ASCII), each CJK character a word.
std::vector<std::string> overlapWords(std::string_view text);

// At most one entry per held-out row, in its order. A question of fewer than n words counts when it stands whole in the
// training set. n = 10 is the filter of DeepSeek-R1 (arXiv 2501.12948).
std::vector<Overlap> findOverlap(std::span<const Row> training, std::span<const Row> heldOut, std::size_t n = 10);

} // namespace ahascope::data
