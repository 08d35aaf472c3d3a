#include "core/data/tasks/running_sum.h"

#include "core/data/tasks/option_reader.h"

namespace ahascope::data {

namespace {

const std::vector<TaskOption>& runningSumOptions()
{
    static const std::vector<TaskOption> options{
        {"terms", RunningSumOptions{}.terms, "How many numbers are added.", "", 2, 200, {}},
        {"modulus", RunningSumOptions{}.modulus, "Sums are taken modulo this number.", "", 2, 100, {}},
    };
    return options;
}

const std::vector<TaskOption>& runningSumCorpusOptions()
{
    static const RunningSumCorpus defaults;
    static const std::vector<TaskOption> options{
        shareOption("chain", defaults.chain, "Texts that write every partial sum; the rest answers at once."),
        shareOption("full_tags", defaults.formats.full, "Texts with a think and an answer block."),
        shareOption(
            "answer_tag", defaults.formats.answerOnly, "Texts with an answer block alone; the rest has no tags."),
        shareOption("slips", defaults.slips, "Chains with a wrong step that is noticed and mended."),
        shareOption("chinese", defaults.chinese, "Chains written in Chinese."),
        shareOption("mixed", defaults.mixed, "Chains in both languages."),
    };
    return options;
}

std::vector<Problem> checkOptions(const Options&, const Options& givenCorpus)
{
    const OptionReader reader(runningSumCorpusOptions(), givenCorpus);
    if (reader.number("full_tags") + reader.number("answer_tag") > 1 + 1e-9) {
        return {{"corpus.answer_tag", "full_tags and answer_tag are more than 1 together", "lower one"}};
    }
    return {};
}

class RunningSumTask : public Task {
public:
    RunningSumTask(RunningSumOptions options, RunningSumCorpus corpus) : m_options(options), m_corpus(corpus) { }

    std::string verifier() const override { return "integer"; }
    std::optional<std::uint64_t> size() const override { return std::nullopt; }
    Instance instance(std::uint64_t index) const override
    {
        CounterRandom random{index};
        return draw(random);
    }

    Instance draw(CounterRandom& random) const override
    {
        Instance drawn;
        for (std::int64_t i = 0; i < m_options.terms; ++i) {
            drawn.numbers.push_back(
                static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(m_options.modulus))));
            drawn.target = (drawn.target + drawn.numbers.back()) % m_options.modulus;
        }
        return drawn;
    }

    std::string canonical(const Instance& instance) const override
    {
        return "running_sum " + std::to_string(m_options.modulus) + joined(instance.numbers);
    }

    Row row(const Instance& instance, CounterRandom&) const override { return inWords(instance); }

    CorpusText write(const Instance& instance, CounterRandom& random) const override
    {
        const bool chained = random.chance(m_corpus.chain);
        const double draw = random.uniform();
        const Language language = !chained || draw >= m_corpus.chinese + m_corpus.mixed ? Language::English
            : draw < m_corpus.chinese                                                   ? Language::Chinese
                                                                                        : Language::Mixed;
        const Format format = chooseFormat(m_corpus.formats, random);
        Voice voice(language, random);
        CorpusText text;
        text.row = inWords(instance);
        text.strategy = chained ? "chain" : "no_chain";
        text.format = toString(format);
        text.language = toString(language);
        std::int64_t answer = instance.target;
        std::string chain;
        if (chained) {
            chain = writeChain(instance, voice, random, text.slips);
        } else {
            answer = static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(m_options.modulus)));
        }
        text.correct = answer == instance.target;
        text.completion = completionText(format, chain, std::to_string(answer), voice);
        return text;
    }

    std::vector<std::string> words() const override
    {
        std::vector<std::string> all;
        for (std::int64_t number = 0; number <= m_options.modulus; ++number) {
            all.push_back(std::to_string(number));
        }
        all.insert(all.end(), {"+", "=", "add", "mod", ":"});
        const std::vector<std::string> spoken = voiceWords();
        all.insert(all.end(), spoken.begin(), spoken.end());
        return all;
    }

private:
    static std::string joined(const std::vector<std::int64_t>& numbers)
    {
        std::string text;
        for (const std::int64_t number : numbers) {
            text += ' ' + std::to_string(number);
        }
        return text;
    }

    Row inWords(const Instance& instance) const
    {
        Row row;
        row.id = problemId(canonical(instance));
        row.question = "add mod " + std::to_string(m_options.modulus) + " :" + joined(instance.numbers);
        row.answer = std::to_string(instance.target);
        return row;
    }

    std::string writeChain(const Instance& instance, Voice& voice, CounterRandom& random, std::int64_t& slips) const
    {
        const std::uint64_t steps = instance.numbers.size() - 1;
        const std::uint64_t slip = random.chance(m_corpus.slips) ? random.below(steps) : steps;
        std::string text;
        std::int64_t sum = instance.numbers[0];
        for (std::uint64_t step = 0; step < steps; ++step) {
            if (step > 0) {
                text.append(" ").append(voice.say(Word::Then)).append(" ");
            }
            const std::int64_t term = instance.numbers[step + 1];
            const std::string sides = std::to_string(sum) + " + " + std::to_string(term) + " = ";
            sum = (sum + term) % m_options.modulus;
            if (step == slip) {
                const auto off
                    = static_cast<std::int64_t>(1 + random.below(static_cast<std::uint64_t>(m_options.modulus - 1)));
                text += sides + std::to_string((sum + off) % m_options.modulus);
                text.append(" ").append(voice.say(Word::Mistake)).append(" ");
                ++slips;
            }
            text += sides + std::to_string(sum);
        }
        return text;
    }

    RunningSumOptions m_options;
    RunningSumCorpus m_corpus;
};

} // namespace

TaskType runningSumTask()
{
    return {"running_sum", "Add numbers from left to right modulo m.", runningSumOptions(), runningSumCorpusOptions(),
        checkOptions, [](const Options& options, const Options& corpus) -> std::shared_ptr<const Task> {
            const OptionReader reader(runningSumOptions(), options);
            const OptionReader texts(runningSumCorpusOptions(), corpus);
            const std::vector<Problem> problems = checkOptions(options, corpus);
            if (!problems.empty()) {
                throw InputError(problems);
            }
            return std::make_shared<RunningSumTask>(
                RunningSumOptions{reader.integer("terms"), reader.integer("modulus")},
                RunningSumCorpus{texts.number("chain"), {texts.number("full_tags"), texts.number("answer_tag")},
                    texts.number("slips"), texts.number("chinese"), texts.number("mixed")});
        }};
}

} // namespace ahascope::data
