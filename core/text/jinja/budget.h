// What rendering one template may cost, and the error that ends it. A template is untrusted code.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace ahascope::text::jinja {

struct Limits {
    std::uint64_t steps = 5'000'000;  // evaluated nodes; work on long values counts by its length
    std::uint64_t bytes = 256u << 20; // of all values and texts that are made, freed ones included
    std::uint64_t output = 32u << 20; // bytes of one text
    int depth = 500;                  // of nested evaluation, macro calls included
};

// A template that cannot be read or rendered; becomes an InputError that names the line.
class Fault : public std::runtime_error {
public:
    explicit Fault(const std::string& message, std::string remedy = "", int line = 0)
        : std::runtime_error(message)
        , m_remedy(std::move(remedy))
        , m_line(line)
    {
    }
    const std::string& remedy() const { return m_remedy; }
    int line() const { return m_line; } // 0: where evaluation stands

private:
    std::string m_remedy;
    int m_line;
};

// Counts what is spent; throws Fault when a limit is reached. Everything that makes a value asks first.
class Budget {
public:
    explicit Budget(const Limits& limits) : m_limits(limits) { }

    void step(std::uint64_t count = 1)
    {
        m_steps += count;
        if (m_steps > m_limits.steps)
            throw Fault("takes more than " + std::to_string(m_limits.steps) + " steps", "does a loop never end?");
    }

    // Before `count` elements of `size` bytes are made.
    void make(std::uint64_t count, std::uint64_t size = 1)
    {
        if (count > m_limits.bytes / size || count * size > m_limits.bytes - m_bytes)
            throw Fault("makes values of more than " + std::to_string(m_limits.bytes >> 20) + " MiB");
        m_bytes += count * size;
        step(count * size / 256);
    }

    // Before a text grows by `more` bytes.
    void grow(const std::string& text, std::uint64_t more)
    {
        if (more > m_limits.output || text.size() + more > m_limits.output)
            throw Fault("writes a text of more than " + std::to_string(m_limits.output >> 20) + " MiB");
        make(more);
    }
    void append(std::string& text, std::string_view more)
    {
        grow(text, more.size());
        text += more;
    }

    // Lives as long as one level of nesting.
    class Level {
    public:
        explicit Level(Budget& budget) : m_budget(budget)
        {
            if (++m_budget.m_depth > m_budget.m_limits.depth) {
                --m_budget.m_depth;
                throw Fault("nests more than " + std::to_string(m_budget.m_limits.depth) + " evaluations",
                    "does a macro call itself for ever?");
            }
        }
        ~Level() { --m_budget.m_depth; }
        Level(const Level&) = delete;
        Level& operator=(const Level&) = delete;

    private:
        Budget& m_budget;
    };

private:
    Limits m_limits;
    std::uint64_t m_steps = 0;
    std::uint64_t m_bytes = 0;
    int m_depth = 0;
};

} // namespace ahascope::text::jinja
