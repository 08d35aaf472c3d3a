// Random numbers that depend on what they are for and not on what was drawn before: SplitMix64 (Steele, Lea & Flood,
// OOPSLA 2014) started from a key that is mixed from a seed, a purpose and counters.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <utility>
#include <vector>

namespace ahascope::data {

constexpr std::uint64_t mix64(std::uint64_t value)
{
    value += 0x9E3779B97F4A7C15u;
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9u;
    value = (value ^ (value >> 27)) * 0x94D049BB133111EBu;
    return value ^ (value >> 31);
}

class CounterRandom {
public:
    explicit constexpr CounterRandom(std::initializer_list<std::uint64_t> key)
    {
        for (const std::uint64_t part : key) {
            m_state = mix64(m_state ^ part);
        }
    }

    constexpr std::uint64_t next()
    {
        m_state += 0x9E3779B97F4A7C15u;
        return mix64(m_state);
    }
    // 0 .. count - 1; 0 < count < 2^32. The bias is below count / 2^32.
    constexpr std::uint64_t below(std::uint64_t count) { return ((next() >> 32) * count) >> 32; }
    // From 0 to below 1.
    constexpr double uniform() { return static_cast<double>(next() >> 11) * 0x1p-53; }
    constexpr bool chance(double probability) { return uniform() < probability; }

    template <class T>
    void shuffle(std::vector<T>& values)
    {
        for (std::size_t i = values.size(); i > 1; --i) {
            std::swap(values[i - 1], values[below(i)]);
        }
    }

private:
    std::uint64_t m_state = 0;
};

} // namespace ahascope::data
