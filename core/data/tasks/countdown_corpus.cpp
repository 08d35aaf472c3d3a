#include <algorithm>
#include <array>
#include <numeric>

#include "core/data/tasks/countdown.h"

namespace ahascope::data {

namespace {

enum class Strategy { NoChain, OneTry, FewTries, Search };

constexpr std::array<std::string_view, 4> strategyNames{"no_chain", "one_try", "few_tries", "search"};

Strategy chooseStrategy(const CountdownCorpus& corpus, CounterRandom& random)
{
    const std::array shares{corpus.noChain, corpus.oneTry, corpus.fewTries, corpus.search};
    double draw = random.uniform() * std::accumulate(shares.begin(), shares.end(), 0.0);
    for (std::size_t i = 0; i + 1 < shares.size(); ++i) {
        if (draw < shares[i]) {
            return static_cast<Strategy>(i);
        }
        draw -= shares[i];
    }
    return Strategy::Search;
}

Language chooseLanguage(const CountdownCorpus& corpus, Strategy strategy, CounterRandom& random)
{
    const double draw = random.uniform();
    if (strategy == Strategy::NoChain) {
        return Language::English;
    }
    if (draw < corpus.chinese) {
        return Language::Chinese;
    }
    const double mixed = strategy == Strategy::OneTry ? corpus.mixedOneTry
        : strategy == Strategy::FewTries              ? corpus.mixedFewTries
                                                      : corpus.mixedSearch;
    return draw < corpus.chinese + mixed ? Language::Mixed : Language::English;
}

// The tries of one text, in their order.
std::vector<const Try*> chooseTries(const CountdownCorpus& corpus, Strategy strategy, const std::vector<Try>& all,
    std::int64_t target, CounterRandom& random)
{
    std::vector<const Try*> order;
    for (const Try& one : all) {
        if (one.live() || corpus.order == "systematic") {
            order.push_back(&one);
        }
    }
    if (corpus.order == "systematic") {
        std::rotate(
            order.begin(), order.begin() + static_cast<std::ptrdiff_t>(random.below(order.size())), order.end());
    } else {
        random.shuffle(order);
    }
    std::int64_t most = corpus.mostTries;
    if (strategy == Strategy::NoChain || strategy == Strategy::OneTry) {
        most = 1;
    } else if (strategy == Strategy::FewTries) {
        most = 2 + static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(corpus.fewTriesMost - 1)));
    }
    std::vector<const Try*> chosen;
    std::int64_t live = 0;
    for (const Try* one : order) {
        chosen.push_back(one);
        live += one->live() ? 1 : 0;
        if ((one->live() && one->result() == target) || live == most) {
            break;
        }
    }
    while (!chosen.back()->live()) {
        chosen.pop_back(); // the answer is that of the last whole try
    }
    return chosen;
}

// Writes tries as a chain of thought, with at most one slip that is noticed and mended.
class Chain {
public:
    Chain(std::int64_t target, std::int64_t largestValue, bool systematic, Voice& voice, CounterRandom& random)
        : m_target(target)
        , m_largestValue(largestValue)
        , m_systematic(systematic)
        , m_voice(voice)
        , m_random(random)
    {
    }

    // `slip`: equation, counted from 0 over the whole chain, at which one is made; below 0: none.
    std::string write(const std::vector<const Try*>& tries, std::int64_t slip)
    {
        m_slip = slip;
        for (std::size_t i = 0; i < tries.size(); ++i) {
            const std::size_t from = i == 0 ? 0 : join(*tries[i - 1], *tries[i]);
            writeTry(*tries[i], from);
        }
        return std::move(m_text);
    }

    std::int64_t slips() const { return m_slips; }

private:
    void add(std::string_view words)
    {
        if (!m_text.empty()) {
            m_text += ' ';
        }
        m_text += words;
    }

    // The word between two tries; gives the first step that has to be written.
    std::size_t join(const Try& last, const Try& next)
    {
        if (!m_systematic) {
            add(m_voice.say(m_random.chance(0.4) ? Word::Wait : Word::Try));
            return 0;
        }
        const std::size_t common = commonSteps(last, next);
        add(m_voice.say(common > 0 && common + 1 == next.steps.size() ? Word::Try : Word::Wait));
        return common;
    }

    void writeTry(const Try& one, std::size_t from)
    {
        for (std::size_t step = from; step < one.steps.size(); ++step) {
            const Equation& equation = one.steps[step];
            if (step > from) {
                add(",");
            }
            const bool last = step + 1 == one.steps.size();
            const bool slipsHere = equation.outcome == Outcome::Live && m_equation++ == m_slip;
            if (slipsHere && (!last || m_random.chance(0.5))) {
                writeEquation(equation, wrongResult(equation.result));
                add(m_voice.say(Word::Mistake));
                ++m_slips;
            }
            writeEquation(equation, equation.result);
            if (last) {
                writeVerdict(equation, slipsHere && m_slips == 0);
            }
        }
    }

    void writeEquation(const Equation& equation, std::int64_t result)
    {
        add(std::to_string(equation.left) + ' ' + equation.operation + ' ' + std::to_string(equation.right));
        if (equation.outcome == Outcome::TooBig) {
            add("=");
            add(m_voice.say(Word::Big));
        } else if (equation.outcome != Outcome::Broken) {
            add("= " + std::to_string(result));
        }
    }

    void writeVerdict(const Equation& equation, bool slip)
    {
        if (equation.outcome == Outcome::TooBig) {
            return; // "big" says it
        }
        const bool right = equation.outcome == Outcome::Live && equation.result == m_target;
        if (slip) {
            add(m_voice.say(right ? Word::No : Word::Yes));
            add(m_voice.say(Word::Check));
            ++m_slips;
        }
        add(m_voice.say(right ? Word::Yes : Word::No));
    }

    std::int64_t wrongResult(std::int64_t result)
    {
        static constexpr std::array<std::int64_t, 6> errors{-10, -2, -1, 1, 2, 10};
        while (true) {
            const std::int64_t wrong = result + errors[m_random.below(errors.size())];
            if (wrong >= 1 && wrong <= m_largestValue) {
                return wrong;
            }
        }
    }

    std::int64_t m_target;
    std::int64_t m_largestValue;
    bool m_systematic;
    Voice& m_voice;
    CounterRandom& m_random;
    std::string m_text;
    std::int64_t m_equation = 0; // live ones written
    std::int64_t m_slip = -1;
    std::int64_t m_slips = 0;
};

} // namespace

CorpusText writeCountdown(const CountdownOptions& options, const CountdownCorpus& corpus,
    const std::vector<std::int64_t>& numbers, std::int64_t target, CounterRandom& random)
{
    const std::vector<Try> all = allTries(numbers, options.rules());
    const Strategy strategy = chooseStrategy(corpus, random);
    const Language language = chooseLanguage(corpus, strategy, random);
    const Format format = chooseFormat(corpus.formats, random);
    const std::vector<const Try*> tries = chooseTries(corpus, strategy, all, target, random);
    Voice voice(language, random);

    CorpusText text;
    text.strategy = strategyNames[static_cast<std::size_t>(strategy)];
    text.format = toString(format);
    text.language = toString(language);
    text.correct = tries.back()->result() == target;
    std::string chain;
    if (strategy != Strategy::NoChain) {
        text.tries = static_cast<std::int64_t>(tries.size());
        // Uniform over the tries; a short chain has its slip as often as a long one.
        const std::int64_t slip
            = random.chance(corpus.slips) ? static_cast<std::int64_t>(random.below(tries.size() + 1)) : -1;
        Chain writer(target, options.largestValue, corpus.order == "systematic", voice, random);
        chain = writer.write(tries, slip);
        text.slips = writer.slips();
    }
    text.completion = completionText(format, chain, tries.back()->expression, voice);
    return text;
}

} // namespace ahascope::data
