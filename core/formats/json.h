// JSON from untrusted files: bounded in size, depth and number of values, without duplicate keys or lone surrogates.
// Only .cpp files include <nlohmann/json.hpp>.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace ahascope::formats {

struct JsonLimits {
    std::uint64_t maxBytes = 64u << 20;
    int maxDepth = 64; // of nested arrays and objects
    std::uint64_t maxValues = 20'000'000;
};

// Containers too large to keep as a tree: for a container at one of these paths ("model.vocab"; "" is the root) each
// member goes to the function as soon as it is read (key empty in arrays) and the container itself stays empty.
// Whoever listens looks after duplicate keys there.
using JsonStreams = std::map<std::string, std::function<void(std::string_view key, const nlohmann::json& value)>>;

// Throws InputError with `where`, the byte offset and the reason.
nlohmann::json parseJson(
    std::string_view text, const std::string& where, const JsonLimits& limits = {}, const JsonStreams& streams = {});
nlohmann::json readJsonFile(const std::filesystem::path& path, const JsonLimits& limits = {});

// Typed access to the members of one object; every complaint is an InputError that names `where` and the key.
// It refers to the object and must not outlive it. A member that is null counts as absent.
class JsonObject {
public:
    JsonObject(const nlohmann::json& value, std::string where); // throws unless it is an object

    bool has(const std::string& key) const;
    const nlohmann::json& at(const std::string& key) const; // throws when absent
    JsonObject object(const std::string& key) const;
    std::string text(const std::string& key) const;
    std::string text(const std::string& key, std::string_view absent) const;
    std::int64_t integer(const std::string& key, std::int64_t least, std::int64_t most) const;
    std::int64_t integer(const std::string& key, std::int64_t least, std::int64_t most, std::int64_t absent) const;
    double number(const std::string& key) const; // finite
    double number(const std::string& key, double absent) const;
    bool boolean(const std::string& key, bool absent) const;

    const std::string& where() const { return m_where; }
    [[noreturn]] void refuse(const std::string& key, const std::string& message, const std::string& remedy = "") const;

private:
    const nlohmann::json* m_value;
    std::string m_where;
};

} // namespace ahascope::formats
