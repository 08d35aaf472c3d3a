// How bad input and failed work are reported, everywhere in core.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

namespace ahascope {

// One thing that is wrong with something a person gave us.
struct Problem {
    std::string where;   // "experiment.toml: stage[0].updates_per_rollout", "model.safetensors: offset 8"
    std::string message; // what is wrong: "17 does not divide num_prompts = 32"
    std::string remedy;  // what to do about it: "choose one of 1, 2, 4, 8, 16, 32"; may be empty

    bool operator==(const Problem&) const = default;
};

// "where: message (remedy)", on one line.
std::string toString(const Problem& problem);

// Thrown by readers of untrusted input; holds at least one problem. Exit code 2 on the command line.
class InputError : public std::runtime_error {
public:
    explicit InputError(Problem problem);
    explicit InputError(std::vector<Problem> problems);
    const std::vector<Problem>& problems() const { return m_problems; }

private:
    std::vector<Problem> m_problems;
};

// Why an operation could not go on, as a value that is stored, logged and shown.
struct Failure {
    std::string summary; // one line: what happened, what it means, what to do
    std::string detail;  // may be empty

    bool operator==(const Failure&) const = default;
};

} // namespace ahascope
