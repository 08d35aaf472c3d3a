// A built-in source of problems and of the texts that a tiny base model is trained on.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/data/counter_random.h"
#include "core/data/row.h"
#include "core/problem.h"

namespace ahascope::data {

using OptionValue = std::variant<bool, std::int64_t, double, std::string>;
using Options = std::vector<std::pair<std::string, OptionValue>>;

struct TaskOption {
    std::string name;
    OptionValue fallback; // its type is the option's type
    std::string help;
    std::string unit;
    double minimum = -std::numeric_limits<double>::infinity();
    double maximum = std::numeric_limits<double>::infinity();
    std::vector<std::string> choices; // of a text; empty: any text
};

// A problem before it is put into words. What the numbers mean is the task's.
struct Instance {
    std::vector<std::int64_t> numbers;
    std::int64_t target = 0; // countdown: to be made; running_sum: the answer

    bool operator==(const Instance&) const = default;
};

// One text of a corpus. prompt template(row.question) + completion + end token; the loss is put on the completion.
struct CorpusText {
    Row row;
    std::string completion; // begins with a space
    std::string strategy;   // "no_chain", "one_try", "few_tries", "search", "chain"
    std::string format;     // "full", "answer", "none"
    std::string language;   // "en", "zh", "mixed"
    std::int64_t tries = 0;
    std::int64_t slips = 0;
    bool correct = false; // the answer it ends with
};

class Task {
public:
    virtual ~Task() = default;

    virtual std::string verifier() const = 0; // `kind` of the accuracy rule that fits
    // Number of different problems; none: endless.
    virtual std::optional<std::uint64_t> size() const = 0;
    // Problem `index` < size() of a finite task.
    virtual Instance instance(std::uint64_t index) const = 0;
    // Some problem; for endless tasks.
    virtual Instance draw(CounterRandom& random) const = 0;
    // Equal for problems that are the same in other words ("countdown 3 8 11 22").
    virtual std::string canonical(const Instance& instance) const = 0;
    // In words. `random` chooses what does not change the problem (the order of numbers).
    virtual Row row(const Instance& instance, CounterRandom& random) const = 0;
    // A text of the corpus about the problem.
    virtual CorpusText write(const Instance& instance, CounterRandom& random) const = 0;
    // Every word that questions and texts are made of, for the tokenizer.
    virtual std::vector<std::string> words() const = 0;
};

// A registered task ("countdown", "running_sum").
struct TaskType {
    std::string type;
    std::string help;
    std::vector<TaskOption> options; // keys beside `task`
    std::vector<TaskOption> corpus;  // keys of [data.train.corpus]
    // Problems across options, `where` being the option's name; empty: make() will do. Gets what was given.
    std::function<std::vector<Problem>(const Options& options, const Options& corpus)> check;
    // Throws InputError for options that cannot be. Absent ones have their fallbacks.
    std::function<std::shared_ptr<const Task>(const Options& options, const Options& corpus)> make;
};

// Every task there is, sorted by name. One line each in task_types.cpp.
const std::vector<TaskType>& taskTypes();
const TaskType* findTaskType(std::string_view type); // null when there is none

// Everything wrong with given options: unknown names, wrong types, out of range; then check().
std::vector<Problem> problemsWith(const TaskType& type, const Options& options, const Options& corpus);

} // namespace ahascope::data
