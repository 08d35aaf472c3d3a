// Countdown: make a target out of numbers, each used once.
//
// A text of the corpus is a search whose every step follows from the one before (countdown_search.h):
//
//     8 + 3 = 11 , 11 + 2 = 13 no try 11 - 2 = 9 no try 11 * 2 = 22 no wait 8 - 3 = 5 , 5 + 2 = 7 yes
//
// It begins anywhere in the order and goes round. Strategies differ in when they give up; every one ends with the
// expression of its last try.
#pragma once

#include <memory>
#include <string>

#include "core/data/tasks/countdown_search.h"
#include "core/data/tasks/task.h"
#include "core/data/tasks/voice.h"

namespace ahascope::data {

struct CountdownOptions {
    std::int64_t numbers = 3; // how many
    std::int64_t lowest = 1;
    std::int64_t highest = 15;
    std::string operations = "+-*";
    std::int64_t largestValue = 99; // of every value on the way
    std::int64_t lowestTarget = 1;
    std::int64_t highestTarget = 50;
    std::string wording = "short";

    SearchRules rules() const { return {operations, largestValue}; }
};

struct CountdownCorpus {
    double noChain = 0.48; // shares of strategies
    double oneTry = 0.22;
    double fewTries = 0.22; // 2 .. fewTriesMost, evenly
    double search = 0.08;   // until found
    std::int64_t fewTriesMost = 4;
    std::int64_t mostTries = 60;      // a search gives up after so many
    std::string order = "systematic"; // or "random": whole tries in any order without repeats
    FormatShares formats{0.70, 0.15};
    double slips = 0.10;   // share of chains with one
    double chinese = 0.04; // share of chains written in Chinese
    double mixedOneTry = 0.05;
    double mixedFewTries = 0.10;
    double mixedSearch = 0.30;
};

// A countdown text about one problem. Deterministic in `random`.
CorpusText writeCountdown(const CountdownOptions& options, const CountdownCorpus& corpus,
    const std::vector<std::int64_t>& numbers, std::int64_t target, CounterRandom& random);

TaskType countdownTask();

} // namespace ahascope::data
