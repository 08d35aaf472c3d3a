// Running sum: add numbers from left to right modulo m.
//
// A chain writes every partial sum, "3 + 8 = 1 then 1 + 5 = 6"; without it the answer is a guess, right one time in m.
// (The mixture of long and short answers of Tsilivis, Malach, Ullrich & Kempe, arXiv 2510.11495.)
#pragma once

#include "core/data/tasks/task.h"
#include "core/data/tasks/voice.h"

namespace ahascope::data {

struct RunningSumOptions {
    std::int64_t terms = 12;
    std::int64_t modulus = 10;
};

struct RunningSumCorpus {
    double chain = 0.18; // share of texts with every step; the rest answers at once
    FormatShares formats{0.70, 0.30};
    double slips = 0.05;   // share of chains with a wrong step that is noticed and mended
    double chinese = 0.04; // share of chains written in Chinese
    double mixed = 0.10;   // share of chains in both languages
};

TaskType runningSumTask();

} // namespace ahascope::data
