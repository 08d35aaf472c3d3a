// The normaliser of tokenizer.json: what is done to a stretch of text before it is cut into words.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ahascope::text {

class Normalizer {
public:
    Normalizer() = default; // changes nothing
    // NFC, Prepend, Replace of a plain string, and sequences of them. Throws InputError with `where` on anything else
    // and on steps that could make a text more than 4 times as long.
    Normalizer(const nlohmann::json& section, const std::string& where);

    bool empty() const { return m_steps.empty(); }
    // Whether a character may come from another place than its own in the text.
    bool movesText() const;
    // The normal form of well-formed UTF-8, or nothing where that is the text itself.
    std::optional<std::string> normalized(std::string_view text) const;

private:
    struct Step {
        enum class Kind { Nfc, Prepend, Replace } kind = Kind::Nfc;
        std::string pattern; // Replace
        std::string content; // Replace, Prepend
    };

    void read(const nlohmann::json& section, const std::string& where);

    std::vector<Step> m_steps;
    double m_growth = 1; // of a text by all replacements, at most
};

// Every `pattern` of `text` replaced, from the left.
std::string replaced(std::string_view text, std::string_view pattern, std::string_view content);

// How many times as long that makes a text at most; no tokenizer may reach more than MaxGrowth.
double growthOf(std::string_view pattern, std::string_view content);
constexpr double MaxGrowth = 4; // a character for a byte

// The string of a section's {"pattern": {"String": ..}} of 1 to 64 bytes. Throws InputError.
std::string plainPattern(const nlohmann::json& section, const std::string& where);

} // namespace ahascope::text
