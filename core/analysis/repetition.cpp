#include "core/analysis/repetition.h"

#include <bit>
#include <cstdint>
#include <vector>

#include <unicode/uchar.h>

#include "core/analysis/words.h"
#include "core/text/utf8.h"

namespace ahascope::analysis {

namespace {

enum class UnitClass { Space, Letters, Digits, Single };

UnitClass classOf(char32_t codePoint)
{
    const auto c = static_cast<UChar32>(codePoint);
    if (u_isUWhiteSpace(c)) {
        return UnitClass::Space;
    }
    if (u_isdigit(c)) {
        return UnitClass::Digits;
    }
    // Scripts that put no spaces between words: each character is a unit.
    const bool spaceless = isHan(codePoint) || (codePoint >= 0x3040 && codePoint <= 0x30FF);
    return u_isalpha(c) && !spaceless ? UnitClass::Letters : UnitClass::Single;
}

constexpr std::uint64_t mixed(std::uint64_t a)
{
    a ^= a >> 30; // finaliser of SplitMix64
    a *= 0xBF58476D1CE4E5B9;
    a ^= a >> 27;
    a *= 0x94D049BB133111EB;
    return a ^ (a >> 31);
}

// A 64-bit number for each unit: equal units, equal numbers; different ones collide with odds of 2^-64.
std::vector<std::uint64_t> unitsOf(std::string_view text)
{
    std::vector<std::uint64_t> units;
    UnitClass last = UnitClass::Space;
    for (std::size_t i = 0; i < text.size();) {
        const text::CodePoint point = text::codePointAt(text, i);
        i += point.bytes;
        const UnitClass kind = classOf(point.value);
        if (kind != UnitClass::Space) {
            const auto folded = static_cast<std::uint64_t>(u_tolower(static_cast<UChar32>(point.value)));
            const bool joins = kind == last && kind != UnitClass::Single;
            if (joins) {
                units.back() = mixed(units.back() + folded + 1);
            } else {
                units.push_back(mixed(folded + 1));
            }
        }
        last = kind;
    }
    return units;
}

// A set of numbers in one open-addressed table of fixed size.
class NumberSet {
public:
    explicit NumberSet(std::size_t most) : m_slots(std::bit_ceil(2 * most + 1)) { }

    // False if it was there before.
    bool insert(std::uint64_t number)
    {
        number += number == 0 ? 1 : 0; // 0 marks a free slot
        std::size_t slot = number & (m_slots.size() - 1);
        while (m_slots[slot] != 0) {
            if (m_slots[slot] == number) {
                return false;
            }
            slot = (slot + 1) & (m_slots.size() - 1);
        }
        m_slots[slot] = number;
        return true;
    }

private:
    std::vector<std::uint64_t> m_slots;
};

} // namespace

double repetition(std::string_view text, std::size_t n)
{
    const std::vector<std::uint64_t> units = unitsOf(text);
    if (n == 0 || units.size() < n) {
        return 0.0;
    }
    const std::size_t grams = units.size() - n + 1;
    NumberSet seen(grams);
    std::size_t distinct = 0;
    for (std::size_t i = 0; i < grams; ++i) {
        std::uint64_t gram = n;
        for (std::size_t j = 0; j < n; ++j) {
            gram = mixed(gram ^ units[i + j]) + j;
        }
        distinct += seen.insert(gram) ? 1 : 0;
    }
    return 1.0 - static_cast<double>(distinct) / static_cast<double>(grams);
}

} // namespace ahascope::analysis
