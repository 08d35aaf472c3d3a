#include "core/data/overlap.h"

#include <unordered_map>

#include <xxhash.h>

#include "core/text/unicode_class.h"
#include "core/text/utf8.h"

namespace ahascope::data {

namespace {

bool isCjk(char32_t value)
{
    return (value >= 0x3040 && value <= 0x30FF) || (value >= 0x3400 && value <= 0x4DBF)
        || (value >= 0x4E00 && value <= 0x9FFF) || (value >= 0xF900 && value <= 0xFAFF)
        || (value >= 0x20000 && value <= 0x323AF);
}

std::string joined(const std::vector<std::string>& words, std::size_t first, std::size_t count)
{
    std::string text;
    for (std::size_t i = first; i < first + count; ++i) {
        text += text.empty() ? "" : " ";
        text += words[i];
    }
    return text;
}

// Every run of n words of a question, or all its words when it is shorter; calls fn(hash, first word, count).
template <class Function>
void forEachRun(const std::vector<std::string>& words, std::size_t n, Function fn)
{
    if (words.empty()) {
        return;
    }
    const std::size_t count = std::min(n, words.size());
    for (std::size_t first = 0; first + count <= words.size(); ++first) {
        // The count is part of the key: a short question matches only a question of the same words.
        const std::string text = joined(words, first, count);
        fn(XXH3_64bits_withSeed(text.data(), text.size(), count), first, count);
    }
}

} // namespace

std::vector<std::string> overlapWords(std::string_view text)
{
    const text::UnicodeClasses& classes = text::UnicodeClasses::instance();
    std::vector<std::string> words;
    std::string word;
    const auto end = [&] {
        if (!word.empty()) {
            words.push_back(std::move(word));
            word.clear();
        }
    };
    for (std::size_t at = 0; at < text.size();) {
        const text::CodePoint point = text::codePointAt(text, at);
        const text::CharacterKind kind = classes.kind(point.value);
        if (isCjk(point.value)) {
            end();
            words.emplace_back(text.substr(at, point.bytes));
        } else if (kind == text::CharacterKind::Letter || kind == text::CharacterKind::Number
            || kind == text::CharacterKind::Mark) {
            if (point.value >= 'A' && point.value <= 'Z') {
                word += static_cast<char>(point.value - 'A' + 'a');
            } else {
                word += text.substr(at, point.bytes);
            }
        } else {
            end();
        }
        at += point.bytes;
    }
    end();
    return words;
}

std::vector<Overlap> findOverlap(std::span<const Row> training, std::span<const Row> heldOut, std::size_t n)
{
    std::unordered_map<std::uint64_t, std::size_t> rowOf;
    for (std::size_t row = 0; row < training.size(); ++row) {
        forEachRun(overlapWords(training[row].question), n,
            [&](std::uint64_t hash, std::size_t, std::size_t) { rowOf.emplace(hash, row); });
    }
    std::vector<Overlap> overlaps;
    for (std::size_t row = 0; row < heldOut.size(); ++row) {
        const std::vector<std::string> words = overlapWords(heldOut[row].question);
        bool found = false;
        forEachRun(words, n, [&](std::uint64_t hash, std::size_t first, std::size_t count) {
            const auto match = rowOf.find(hash);
            if (!found && match != rowOf.end()) {
                overlaps.push_back({row, match->second, joined(words, first, count)});
                found = true;
            }
        });
    }
    return overlaps;
}

} // namespace ahascope::data
