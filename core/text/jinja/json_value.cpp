#include "core/text/jinja/json_value.h"

#include <nlohmann/json.hpp>

#include "core/problem.h"

namespace ahascope::text::jinja {

namespace {

using nlohmann::json;

constexpr std::size_t MostBytes = 16u << 20;
constexpr std::size_t MostValues = 1'000'000;
constexpr std::size_t Deepest = 64;

// Receives nlohmann's events, which come from a parser that does not recurse.
class ValueBuilder {
public:
    explicit ValueBuilder(const std::string& where) : m_where(where) { }

    bool null() { return add(Value::none()); }
    bool boolean(bool value) { return add(Value::boolean(value)); }
    bool number_integer(json::number_integer_t value) { return add(Value::integer(value)); }
    bool number_unsigned(json::number_unsigned_t value)
    {
        if (value > static_cast<std::uint64_t>(INT64_MAX))
            refuse("the number " + std::to_string(value) + " needs more than 64 bits");
        return add(Value::integer(static_cast<std::int64_t>(value)));
    }
    bool number_float(json::number_float_t value, const std::string&) { return add(Value::number(value)); }
    bool string(std::string& value) { return add(Value::text(std::move(value))); }
    bool binary(json::binary_t&) { return false; }
    bool start_object(std::size_t) { return open(true); }
    bool start_array(std::size_t) { return open(false); }
    bool end_object() { return close(); }
    bool end_array() { return close(); }
    bool key(std::string& name)
    {
        m_open.back().key = Value::text(std::move(name));
        return true;
    }
    bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&)
    {
        refuse("byte " + std::to_string(position) + " is not JSON");
    }

    Value take() { return std::move(m_root); }

private:
    struct Level {
        bool object;
        Entries entries;
        std::vector<Value> items;
        Value key;
    };

    [[noreturn]] void refuse(const std::string& message) const
    {
        throw InputError(Problem{m_where, message, "mend the JSON"});
    }

    bool open(bool object)
    {
        if (m_open.size() >= Deepest)
            refuse("is nested more than " + std::to_string(Deepest) + " levels deep");
        m_open.push_back({object, {}, {}, {}});
        return true;
    }

    bool close()
    {
        Level level = std::move(m_open.back());
        m_open.pop_back();
        return add(level.object ? Value::dict(std::move(level.entries)) : Value::list(std::move(level.items)));
    }

    bool add(Value value)
    {
        if (++m_values > MostValues)
            refuse("has more than " + std::to_string(MostValues) + " values");
        if (m_open.empty()) {
            m_root = std::move(value);
        } else if (Level& level = m_open.back(); level.object) {
            try {
                put(level.entries, std::move(level.key), std::move(value), m_budget);
            } catch (const Fault&) {
                refuse("has too many keys in one object");
            }
        } else {
            level.items.push_back(std::move(value));
        }
        return true;
    }

    const std::string& m_where;
    Budget m_budget{Limits{.steps = 50'000'000}}; // for the search of keys that stand twice
    std::vector<Level> m_open;
    Value m_root = Value::none();
    std::size_t m_values = 0;
};

} // namespace

Value valueOfJson(std::string_view text, const std::string& where)
{
    if (text.size() > MostBytes)
        throw InputError(Problem{where, "has more than 16 MiB", ""});
    ValueBuilder builder(where);
    json::sax_parse(text.begin(), text.end(), &builder);
    return builder.take();
}

} // namespace ahascope::text::jinja
