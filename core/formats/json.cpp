#include "core/formats/json.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <vector>

#include "core/formats/file_bytes.h"
#include "core/problem.h"

namespace ahascope::formats {

namespace {

using nlohmann::json;

// Receives nlohmann's events, which come from a parser that does not recurse, and builds the tree.
class TreeBuilder {
public:
    TreeBuilder(const std::string& where, const JsonLimits& limits, const JsonStreams& streams)
        : m_where(where)
        , m_limits(limits)
        , m_streams(streams)
    {
    }

    bool null() { return add(nullptr); }
    bool boolean(bool value) { return add(value); }
    bool number_integer(json::number_integer_t value) { return add(value); }
    bool number_unsigned(json::number_unsigned_t value) { return add(value); }
    bool number_float(json::number_float_t value, const std::string&) { return add(value); }
    bool string(std::string& value) { return add(std::move(value)); }
    bool binary(json::binary_t&) { return false; }
    bool start_object(std::size_t) { return open(json::object()); }
    bool start_array(std::size_t) { return open(json::array()); }
    bool end_object() { return close(); }
    bool end_array() { return close(); }

    bool key(std::string& name)
    {
        Level& level = m_open.back();
        if (level.stream == nullptr && level.value.contains(name))
            refuse("the key '" + name.substr(0, 80) + "' stands twice in one object");
        level.key = std::move(name);
        return true;
    }

    bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception& error)
    {
        // nlohmann's text reads "[json.exception...] parse error at line 1, column 2: syntax error ... - reason".
        std::string reason = error.what();
        if (const std::size_t dash = reason.find(": "); dash != std::string::npos)
            reason.erase(0, dash + 2);
        refuse("byte " + std::to_string(position) + " is not JSON: " + reason.substr(0, 200));
    }

    json take() { return std::move(m_root); }

private:
    struct Level {
        json value;
        std::string path; // of this container; filled only where a stream could match
        std::string key;  // of the member being read
        const JsonStreams::mapped_type* stream = nullptr;
    };

    [[noreturn]] void refuse(const std::string& message) const
    {
        throw InputError(Problem{m_where, message, "mend the JSON"});
    }

    void count()
    {
        if (++m_values > m_limits.maxValues)
            refuse("has more than " + std::to_string(m_limits.maxValues) + " values");
    }

    bool add(json&& value)
    {
        count();
        place(std::move(value));
        return true;
    }

    bool open(json&& container)
    {
        count();
        if (static_cast<int>(m_open.size()) >= m_limits.maxDepth)
            refuse("is nested more than " + std::to_string(m_limits.maxDepth) + " levels deep");
        Level level{std::move(container), {}, {}, nullptr};
        if (!m_streams.empty() && m_open.size() <= 4) {
            if (!m_open.empty())
                level.path = m_open.back().path + (m_open.size() > 1 ? "." : "") + m_open.back().key;
            const auto found = m_streams.find(level.path);
            const bool inArray = !m_open.empty() && m_open.back().value.is_array();
            if (found != m_streams.end() && !inArray)
                level.stream = &found->second;
        }
        m_open.push_back(std::move(level));
        return true;
    }

    bool close()
    {
        json value = std::move(m_open.back().value);
        m_open.pop_back();
        place(std::move(value));
        return true;
    }

    void place(json&& value)
    {
        if (m_open.empty()) {
            m_root = std::move(value);
            return;
        }
        Level& level = m_open.back();
        if (level.stream != nullptr)
            (*level.stream)(level.key, value);
        else if (level.value.is_array())
            level.value.push_back(std::move(value));
        else
            level.value[level.key] = std::move(value);
    }

    const std::string& m_where;
    const JsonLimits& m_limits;
    const JsonStreams& m_streams;
    std::vector<Level> m_open;
    json m_root;
    std::uint64_t m_values = 0;
};

} // namespace

json parseJson(std::string_view text, const std::string& where, const JsonLimits& limits, const JsonStreams& streams)
{
    if (text.size() > limits.maxBytes)
        throw InputError(Problem{where,
            "has " + std::to_string(text.size()) + " bytes; at most " + std::to_string(limits.maxBytes) + " are read",
            ""});
    TreeBuilder builder(where, limits, streams);
    json::sax_parse(text.begin(), text.end(), &builder);
    return builder.take();
}

json readJsonFile(const std::filesystem::path& path, const JsonLimits& limits)
{
    return parseJson(readFile(path, limits.maxBytes), path.string(), limits);
}

JsonObject::JsonObject(const json& value, std::string where) : m_value(&value), m_where(std::move(where))
{
    if (!value.is_object())
        throw InputError(Problem{m_where, std::string("is ") + value.type_name() + ", not an object", ""});
}

void JsonObject::refuse(const std::string& key, const std::string& message, const std::string& remedy) const
{
    throw InputError(Problem{m_where + ": " + key, message, remedy});
}

bool JsonObject::has(const std::string& key) const
{
    const auto found = m_value->find(key);
    return found != m_value->end() && !found->is_null();
}

const json& JsonObject::at(const std::string& key) const
{
    const auto found = m_value->find(key);
    if (found == m_value->end() || found->is_null())
        refuse(key, "is missing");
    return *found;
}

JsonObject JsonObject::object(const std::string& key) const
{
    return {at(key), m_where + ": " + key};
}

std::string JsonObject::text(const std::string& key) const
{
    const json& value = at(key);
    if (!value.is_string())
        refuse(key, std::string("is ") + value.type_name() + ", not a string");
    return value.get<std::string>();
}

std::string JsonObject::text(const std::string& key, std::string_view absent) const
{
    return has(key) ? text(key) : std::string(absent);
}

std::int64_t JsonObject::integer(const std::string& key, std::int64_t least, std::int64_t most) const
{
    const json& value = at(key);
    const bool fits = value.is_number_unsigned() ? value.get<std::uint64_t>() <= static_cast<std::uint64_t>(INT64_MAX)
                                                 : value.is_number_integer();
    if (!fits)
        refuse(key, "is not a whole number in range");
    const auto number = value.get<std::int64_t>();
    if (number < least || number > most)
        refuse(key, std::to_string(number) + " is outside " + std::to_string(least) + " .. " + std::to_string(most));
    return number;
}

std::int64_t JsonObject::integer(
    const std::string& key, std::int64_t least, std::int64_t most, std::int64_t absent) const
{
    return has(key) ? integer(key, least, most) : absent;
}

double JsonObject::number(const std::string& key) const
{
    const json& value = at(key);
    if (!value.is_number() || !std::isfinite(value.get<double>()))
        refuse(key, "is not a finite number");
    return value.get<double>();
}

double JsonObject::number(const std::string& key, double absent) const
{
    return has(key) ? number(key) : absent;
}

bool JsonObject::boolean(const std::string& key, bool absent) const
{
    if (!has(key))
        return absent;
    const json& value = at(key);
    if (!value.is_boolean())
        refuse(key, std::string("is ") + value.type_name() + ", not true or false");
    return value.get<bool>();
}

} // namespace ahascope::formats
