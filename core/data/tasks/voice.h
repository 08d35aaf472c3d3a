// The words of the tiny languages that the corpora are written in: English, Chinese or both in one text.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "core/data/counter_random.h"

namespace ahascope::data {

enum class Word {
    Yes,     // this try is right
    No,      // this try is wrong
    Wait,    // goes back to an earlier step
    Try,     // another last step
    Big,     // a result too big to be of use
    Mistake, // the equation before is wrong; it is written again
    Check,   // the verdict before is wrong; it is given again
    So,      // the answer follows, where no tag says it
    Then     // the next step of a sum
};

enum class Language { English, Chinese, Mixed };

std::string_view toString(Language language); // "en", "zh", "mixed"

class Voice {
public:
    Voice(Language language, CounterRandom& random) : m_language(language), m_random(random) { }

    // In the voice's language; in both with even chances where it is mixed.
    std::string_view say(Word word);

private:
    Language m_language;
    CounterRandom& m_random;
};

// Every word in every language.
std::vector<std::string> voiceWords();

// What stands around a chain of thought and its answer.
enum class Format {
    Full,       // think and answer block
    AnswerOnly, // the answer in its block
    None
};

std::string_view toString(Format format); // "full", "answer", "none"

// Shares of the texts; the rest has no tags.
struct FormatShares {
    double full = 1.0;
    double answerOnly = 0.0;
};
Format chooseFormat(const FormatShares& shares, CounterRandom& random);

// The whole completion, with a space before it. `chain` may be empty; words are separated by one space.
std::string completionText(Format format, std::string_view chain, std::string_view answer, Voice& voice);

} // namespace ahascope::data
