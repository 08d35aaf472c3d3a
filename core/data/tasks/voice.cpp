#include "core/data/tasks/voice.h"

#include "core/text/completion_parser.h"

namespace ahascope::data {

namespace {

struct Names {
    std::string_view english;
    std::string_view chinese;
};

constexpr std::array<Names, 9> names{{{"yes", "对"}, {"no", "不对"}, {"wait", "等等"}, {"try", "试试"}, {"big", "太大"},
    {"mistake", "错了"}, {"check", "检查"}, {"so", "所以"}, {"then", "然后"}}};

} // namespace

std::string_view toString(Language language)
{
    return language == Language::English ? "en" : language == Language::Chinese ? "zh" : "mixed";
}

std::string_view toString(Format format)
{
    return format == Format::Full ? "full" : format == Format::AnswerOnly ? "answer" : "none";
}

std::string_view Voice::say(Word word)
{
    const Names& both = names[static_cast<std::size_t>(word)];
    const bool chinese = m_language == Language::Chinese || (m_language == Language::Mixed && m_random.chance(0.5));
    return chinese ? both.chinese : both.english;
}

std::vector<std::string> voiceWords()
{
    std::vector<std::string> words;
    for (const Names& both : names) {
        words.emplace_back(both.english);
        words.emplace_back(both.chinese);
    }
    const text::Tags tags;
    words.insert(words.end(), {tags.thinkOpen, tags.thinkClose, tags.answerOpen, tags.answerClose});
    return words;
}

Format chooseFormat(const FormatShares& shares, CounterRandom& random)
{
    const double draw = random.uniform();
    return draw < shares.full                    ? Format::Full
        : draw < shares.full + shares.answerOnly ? Format::AnswerOnly
                                                 : Format::None;
}

std::string completionText(Format format, std::string_view chain, std::string_view answer, Voice& voice)
{
    const text::Tags tags;
    std::string text;
    const auto add = [&](std::string_view words) {
        if (!words.empty()) {
            text += ' ';
            text += words;
        }
    };
    if (format == Format::Full) {
        add(tags.thinkOpen);
    }
    add(chain);
    if (format == Format::Full) {
        add(tags.thinkClose);
    }
    if (format == Format::None) {
        if (!chain.empty()) {
            add(voice.say(Word::So));
        }
        add(answer);
    } else {
        add(tags.answerOpen);
        add(answer);
        add(tags.answerClose);
    }
    return text;
}

} // namespace ahascope::data
