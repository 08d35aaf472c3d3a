#include "core/analysis/language_mixing.h"

#include <algorithm>
#include <array>
#include <cstdio> // the header of CLD2 needs it and does not include it
#include <map>
#include <set>
#include <span>

#include <cld2/public/compact_lang_det.h>
#include <cld2/public/encodings.h>

#include "core/analysis/language_words.h"
#include "core/analysis/prose.h"

namespace ahascope::analysis {

namespace {

// Below these CLD2 guesses: "no wait no try" must not become Italian.
constexpr std::size_t fewestBytes = 100;
constexpr std::size_t fewestDistinctWords = 12;

constexpr std::array<std::string_view, 12> nonLatinTargets{
    "ar", "bn", "el", "fa", "he", "hi", "ja", "ko", "ru", "th", "uk", "zh"};

std::string_view defaultLatin(std::string_view target)
{
    const bool latin
        = std::find(nonLatinTargets.begin(), nonLatinTargets.end(), target) == nonLatinTargets.end() && !target.empty();
    return latin ? target : "en";
}

bool isVariedEnough(std::string_view text, std::span<const LanguageWord> words)
{
    std::set<std::string_view> distinct;
    std::size_t bytes = 0;
    for (const LanguageWord& word : words) {
        distinct.insert(word.at.of(text));
        bytes += word.at.size() + 1;
    }
    return bytes >= fewestBytes && distinct.size() >= fewestDistinctWords;
}

// Asks CLD2 about a stretch of Latin words, which it gets without numbers and signs between them.
class LatinSeparator {
public:
    LatinSeparator(std::string_view text, std::string_view fallback) : m_text(text), m_fallback(fallback) { }

    void separate(std::span<LanguageWord> words)
    {
        for (LanguageWord& word : words) {
            word.language = m_fallback;
        }
        if (!isVariedEnough(m_text, words)) {
            return;
        }
        std::string joined;
        std::vector<std::size_t> begins;
        for (const LanguageWord& word : words) {
            begins.push_back(joined.size());
            joined += word.at.of(m_text);
            joined += ' ';
        }
        for (const CLD2::ResultChunk& chunk : chunksOf(joined)) {
            const auto begin = static_cast<std::size_t>(chunk.offset);
            const std::size_t end = begin + static_cast<std::size_t>(chunk.bytes);
            const auto first = std::lower_bound(begins.begin(), begins.end(), begin) - begins.begin();
            const auto last = std::lower_bound(begins.begin(), begins.end(), end) - begins.begin();
            assign(words.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(last - first)),
                static_cast<CLD2::Language>(chunk.lang1));
        }
    }

private:
    static CLD2::ResultChunkVector chunksOf(const std::string& joined)
    {
        CLD2::CLDHints hints{nullptr, nullptr, CLD2::UNKNOWN_ENCODING, CLD2::UNKNOWN_LANGUAGE};
        std::array<CLD2::Language, 3> languages{};
        std::array<int, 3> percents{};
        std::array<double, 3> scores{};
        CLD2::ResultChunkVector chunks;
        int textBytes = 0;
        bool reliable = false;
        const bool plainText = true;
        CLD2::ExtDetectLanguageSummary(joined.data(), static_cast<int>(joined.size()), plainText, &hints, 0,
            languages.data(), percents.data(), scores.data(), &chunks, &textBytes, &reliable);
        return reliable ? chunks : CLD2::ResultChunkVector();
    }

    void assign(std::span<LanguageWord> words, CLD2::Language language) const
    {
        if (language == CLD2::UNKNOWN_LANGUAGE || !isVariedEnough(m_text, words)) {
            return;
        }
        const std::string_view code = CLD2::LanguageCode(language); // static storage
        for (LanguageWord& word : words) {
            word.language = code;
        }
    }

    std::string_view m_text;
    std::string_view m_fallback;
};

void separateLatin(std::string_view text, std::vector<LanguageWord>& words, std::string_view fallback)
{
    LatinSeparator separator(text, fallback);
    for (auto begin = words.begin(); begin != words.end();) {
        const bool latin = begin->language.empty();
        const auto end = std::find_if(
            begin, words.end(), [&](const LanguageWord& word) { return word.language.empty() != latin; });
        if (latin) {
            separator.separate({begin, end});
        }
        begin = end;
    }
}

} // namespace

LanguageUse languagesOf(std::string_view text, std::string_view target)
{
    const std::string prose = proseOf(text);
    std::vector<LanguageWord> words = languageWordsOf(prose);
    separateLatin(prose, words, defaultLatin(target));
    LanguageUse use;
    use.words = words.size();
    std::map<std::string_view, std::size_t> counts;
    for (const LanguageWord& word : words) {
        ++counts[word.language];
        if (use.spans.empty() || use.spans.back().language != word.language) {
            use.spans.push_back({word.at, std::string(word.language), 0});
        }
        use.spans.back().at.end = word.at.end;
        ++use.spans.back().words;
    }
    if (words.empty()) {
        return use;
    }
    std::size_t most = counts.contains(target) ? counts[target] : 0;
    use.main = most > 0 ? std::string(target) : "";
    for (const auto& [language, count] : counts) {
        if (count > most) {
            most = count;
            use.main = language;
        }
    }
    const auto total = static_cast<double>(use.words);
    use.otherWords = use.words - most;
    use.mixing = static_cast<double>(use.otherWords) / total;
    use.mixed = use.otherWords >= 2 && use.otherWords * 50 >= use.words; // 2 %
    use.targetRatio = static_cast<double>(counts.contains(target) ? counts[target] : 0) / total;
    return use;
}

} // namespace ahascope::analysis
