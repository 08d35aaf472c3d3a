#include "core/data/tasks/countdown.h"

#include <algorithm>
#include <set>

#include "core/data/tasks/option_reader.h"

namespace ahascope::data {

namespace {

constexpr std::uint64_t mostMultisets = 20'000; // that are enumerated; larger spaces are drawn from
constexpr std::int64_t mostEnumeratedNumbers = 4;
constexpr int mostDraws = 100'000;

const std::vector<TaskOption>& countdownOptions()
{
    static const std::vector<TaskOption> options{
        {"numbers", std::int64_t{3}, "How many numbers a problem has.", "", 2, 6, {}},
        {"lowest", std::int64_t{1}, "Smallest number of a problem.", "", 1, 999, {}},
        {"highest", std::int64_t{15}, "Largest number of a problem.", "", 1, 999, {}},
        textOption("operations", "+-*", "Operations that may be used, in the order in which searches try them."),
        {"largest_value", std::int64_t{99}, "Largest value on the way to the target.", "", 10, 9999, {}},
        {"lowest_target", std::int64_t{1}, "Smallest number to be made.", "", 1, 9999, {}},
        {"highest_target", std::int64_t{50}, "Largest number to be made.", "", 1, 9999, {}},
        textOption("wording", "short", "How a problem is asked: \"make 22 using 3 8 11\", or a whole sentence.",
            {"short", "sentence"}),
    };
    return options;
}

const std::vector<TaskOption>& countdownCorpusOptions()
{
    static const CountdownCorpus defaults;
    static const std::vector<TaskOption> options{
        shareOption("no_chain", defaults.noChain, "Texts that answer at once with any combination."),
        shareOption("one_try", defaults.oneTry, "Texts that try one combination, check it and answer with it."),
        shareOption("few_tries", defaults.fewTries, "Texts that give up after a few tries."),
        shareOption("search", defaults.search, "Texts that search until they find the target."),
        {"few_tries_most", defaults.fewTriesMost, "Most tries of a text that gives up.", "tries", 2, 100, {}},
        {"most_tries", defaults.mostTries, "Tries after which a search gives up.", "tries", 1, 10'000, {}},
        textOption("order", defaults.order,
            "Order of tries: systematic, each following from the one before, or random without repeats.",
            {"random", "systematic"}),
        shareOption("full_tags", defaults.formats.full, "Texts with a think and an answer block."),
        shareOption(
            "answer_tag", defaults.formats.answerOnly, "Texts with an answer block alone; the rest has no tags."),
        shareOption("slips", defaults.slips, "Chains with a wrong result or verdict that is noticed and mended."),
        shareOption("chinese", defaults.chinese, "Chains written in Chinese."),
        shareOption("mixed_one_try", defaults.mixedOneTry, "Chains of one try in both languages."),
        shareOption("mixed_few_tries", defaults.mixedFewTries, "Chains of a few tries in both languages."),
        shareOption("mixed_search", defaults.mixedSearch, "Searches in both languages."),
    };
    return options;
}

CountdownOptions readOptions(const Options& given)
{
    const OptionReader reader(countdownOptions(), given);
    CountdownOptions options;
    options.numbers = reader.integer("numbers");
    options.lowest = reader.integer("lowest");
    options.highest = reader.integer("highest");
    options.operations = reader.text("operations");
    options.largestValue = reader.integer("largest_value");
    options.lowestTarget = reader.integer("lowest_target");
    options.highestTarget = reader.integer("highest_target");
    options.wording = reader.text("wording");
    return options;
}

CountdownCorpus readCorpus(const Options& given)
{
    const OptionReader reader(countdownCorpusOptions(), given);
    CountdownCorpus corpus;
    corpus.noChain = reader.number("no_chain");
    corpus.oneTry = reader.number("one_try");
    corpus.fewTries = reader.number("few_tries");
    corpus.search = reader.number("search");
    corpus.fewTriesMost = reader.integer("few_tries_most");
    corpus.mostTries = reader.integer("most_tries");
    corpus.order = reader.text("order");
    corpus.formats = {reader.number("full_tags"), reader.number("answer_tag")};
    corpus.slips = reader.number("slips");
    corpus.chinese = reader.number("chinese");
    corpus.mixedOneTry = reader.number("mixed_one_try");
    corpus.mixedFewTries = reader.number("mixed_few_tries");
    corpus.mixedSearch = reader.number("mixed_search");
    return corpus;
}

std::vector<Problem> checkOptions(const Options& givenOptions, const Options& givenCorpus)
{
    const CountdownOptions options = readOptions(givenOptions);
    const CountdownCorpus corpus = readCorpus(givenCorpus);
    std::vector<Problem> problems;
    if (options.highest < options.lowest) {
        problems.push_back({"highest", "is below lowest = " + std::to_string(options.lowest), "raise it"});
    }
    if (options.highestTarget < options.lowestTarget) {
        problems.push_back(
            {"highest_target", "is below lowest_target = " + std::to_string(options.lowestTarget), "raise it"});
    }
    const std::set<char> different(options.operations.begin(), options.operations.end());
    if (options.operations.empty() || different.size() != options.operations.size()
        || options.operations.find_first_not_of("+-*/") != std::string::npos) {
        problems.push_back({"operations", "is not a choice of + - * /, each once", "write operations = \"+-*\""});
    }
    if (corpus.noChain + corpus.oneTry + corpus.fewTries + corpus.search <= 0) {
        problems.push_back({"corpus.search", "every share of a strategy is 0", "give one of them a share"});
    }
    if (corpus.formats.full + corpus.formats.answerOnly > 1 + 1e-9) {
        problems.push_back({"corpus.answer_tag", "full_tags and answer_tag are more than 1 together", "lower one"});
    }
    return problems;
}

class CountdownTask : public Task {
public:
    CountdownTask(CountdownOptions options, CountdownCorpus corpus)
        : m_options(std::move(options))
        , m_corpus(std::move(corpus))
    {
        if (finite()) {
            std::vector<std::int64_t> numbers;
            enumerate(numbers);
            if (m_instances.empty()) {
                throw InputError({"task", "no problem has a solution with these numbers and targets",
                    "widen lowest .. highest or lowest_target .. highest_target"});
            }
        } else {
            CounterRandom random{0};
            draw(random); // throws now rather than in the middle of a run
        }
    }

    std::string verifier() const override { return "countdown"; }

    std::optional<std::uint64_t> size() const override
    {
        return m_instances.empty() ? std::nullopt : std::optional<std::uint64_t>(m_instances.size());
    }

    Instance instance(std::uint64_t index) const override { return m_instances.at(index); }

    Instance draw(CounterRandom& random) const override
    {
        if (!m_instances.empty()) {
            return m_instances[random.below(m_instances.size())];
        }
        for (int attempt = 0; attempt < mostDraws; ++attempt) {
            Instance drawn;
            for (std::int64_t i = 0; i < m_options.numbers; ++i) {
                drawn.numbers.push_back(m_options.lowest
                    + static_cast<std::int64_t>(
                        random.below(static_cast<std::uint64_t>(m_options.highest - m_options.lowest + 1))));
            }
            std::sort(drawn.numbers.begin(), drawn.numbers.end());
            drawn.target = randomResult(drawn.numbers, random);
            if (isTarget(drawn.target, drawn.numbers)) {
                return drawn;
            }
        }
        throw InputError({"task", "no problem was found in " + std::to_string(mostDraws) + " draws",
            "widen lowest .. highest or lowest_target .. highest_target"});
    }

    std::string canonical(const Instance& instance) const override
    {
        std::vector<std::int64_t> sorted = instance.numbers;
        std::sort(sorted.begin(), sorted.end());
        std::string text = "countdown";
        for (const std::int64_t number : sorted) {
            text += ' ' + std::to_string(number);
        }
        return text + " = " + std::to_string(instance.target);
    }

    Row row(const Instance& instance, CounterRandom& random) const override
    {
        std::vector<std::int64_t> numbers = instance.numbers;
        random.shuffle(numbers);
        return inWords(instance, numbers);
    }

    CorpusText write(const Instance& instance, CounterRandom& random) const override
    {
        std::vector<std::int64_t> numbers = instance.numbers;
        random.shuffle(numbers);
        CorpusText text = writeCountdown(m_options, m_corpus, numbers, instance.target, random);
        text.row = inWords(instance, numbers);
        return text;
    }

    std::vector<std::string> words() const override
    {
        std::vector<std::string> all;
        const std::int64_t largest = std::max({m_options.largestValue, m_options.highest, m_options.highestTarget});
        for (std::int64_t number = 0; number <= largest; ++number) {
            all.push_back(std::to_string(number));
        }
        for (const char operation : m_options.operations) {
            all.emplace_back(1, operation);
        }
        all.insert(all.end(), {"=", ",", "(", ")", "make", "using"});
        const std::vector<std::string> spoken = voiceWords();
        all.insert(all.end(), spoken.begin(), spoken.end());
        return all;
    }

private:
    bool finite() const
    {
        if (m_options.numbers > mostEnumeratedNumbers) {
            return false;
        }
        // C(range + numbers - 1, numbers)
        const auto range = static_cast<std::uint64_t>(m_options.highest - m_options.lowest + 1);
        std::uint64_t count = 1;
        for (std::uint64_t i = 0; i < static_cast<std::uint64_t>(m_options.numbers); ++i) {
            count = count * (range + i) / (i + 1);
        }
        // A multiset of four has about sixty times as many tries as one of three.
        return count <= (m_options.numbers == 4 ? mostMultisets / 20 : mostMultisets);
    }

    bool isTarget(std::int64_t value, const std::vector<std::int64_t>& numbers) const
    {
        return value >= m_options.lowestTarget && value <= m_options.highestTarget
            && std::find(numbers.begin(), numbers.end(), value) == numbers.end();
    }

    void enumerate(std::vector<std::int64_t>& numbers)
    {
        if (static_cast<std::int64_t>(numbers.size()) < m_options.numbers) {
            for (std::int64_t next = numbers.empty() ? m_options.lowest : numbers.back(); next <= m_options.highest;
                 ++next) {
                numbers.push_back(next);
                enumerate(numbers);
                numbers.pop_back();
            }
            return;
        }
        std::set<std::int64_t> targets;
        for (const Try& one : allTries(numbers, m_options.rules())) {
            if (one.live() && isTarget(one.result(), numbers)) {
                targets.insert(one.result());
            }
        }
        for (const std::int64_t target : targets) {
            m_instances.push_back({numbers, target});
        }
    }

    // Of a random way to combine the numbers; 0 when it leads nowhere.
    std::int64_t randomResult(std::vector<std::int64_t> values, CounterRandom& random) const
    {
        while (values.size() > 1) {
            random.shuffle(values);
            const std::vector<std::int64_t> pair{values[values.size() - 2], values[values.size() - 1]};
            const char operation = m_options.operations[random.below(m_options.operations.size())];
            const std::vector<Try> made = allTries(pair, {std::string_view(&operation, 1), m_options.largestValue});
            if (!made[0].live()) {
                return 0;
            }
            values.pop_back();
            values.back() = made[0].result();
        }
        return values[0];
    }

    Row inWords(const Instance& instance, const std::vector<std::int64_t>& numbers) const
    {
        std::string spaced;
        std::string listed;
        for (const std::int64_t number : numbers) {
            spaced += ' ' + std::to_string(number);
            listed += (listed.empty() ? "" : ", ") + std::to_string(number);
        }
        Row row;
        row.id = problemId(canonical(instance));
        row.answer = std::to_string(instance.target);
        row.question = m_options.wording == "short" ? "make " + row.answer + " using" + spaced
                                                    : "Make " + row.answer + " out of the numbers " + listed
                + ". Use every number exactly once, with the operations " + spacedOperations()
                + " and parentheses. Answer with the expression alone.";
        row.columns = {{"numbers", '[' + listed + ']'}, {"target", row.answer}};
        return row;
    }

    std::string spacedOperations() const
    {
        std::string text;
        for (const char operation : m_options.operations) {
            text += text.empty() ? "" : " ";
            text += operation;
        }
        return text;
    }

    CountdownOptions m_options;
    CountdownCorpus m_corpus;
    std::vector<Instance> m_instances; // of a finite space
};

} // namespace

TaskType countdownTask()
{
    return {"countdown", "Make a target out of numbers, each used exactly once.", countdownOptions(),
        countdownCorpusOptions(), checkOptions, [](const Options& options, const Options& corpus) {
            const std::vector<Problem> problems = checkOptions(options, corpus);
            if (!problems.empty()) {
                throw InputError(problems);
            }
            return std::make_shared<CountdownTask>(readOptions(options), readCorpus(corpus));
        }};
}

} // namespace ahascope::data
