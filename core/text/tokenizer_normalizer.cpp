#include "core/text/tokenizer_normalizer.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/formats/json.h"
#include "core/text/unicode_nfc.h"

namespace ahascope::text {

namespace {

using formats::JsonObject;
using nlohmann::json;

constexpr std::size_t MaxSteps = 64;
constexpr std::size_t MaxPatternBytes = 64;

std::string shortText(const JsonObject& object, const char* key)
{
    std::string text = object.text(key);
    if (text.size() > MaxPatternBytes)
        object.refuse(key, "has more than 64 bytes");
    return text;
}

} // namespace

std::string plainPattern(const json& section, const std::string& where)
{
    const JsonObject pattern = JsonObject(section, where).object("pattern");
    if (!pattern.has("String"))
        pattern.refuse("String", "is missing: only plain strings are supported here", "");
    std::string text = shortText(pattern, "String");
    if (text.empty())
        pattern.refuse("String", "is empty");
    return text;
}

std::string replaced(std::string_view text, std::string_view pattern, std::string_view content)
{
    std::string result;
    result.reserve(text.size() + text.size() / 4);
    std::size_t done = 0;
    for (std::size_t at = text.find(pattern); at != std::string_view::npos; at = text.find(pattern, done)) {
        result.append(text, done, at - done).append(content);
        done = at + pattern.size();
    }
    return result.append(text, done);
}

double growthOf(std::string_view pattern, std::string_view content)
{
    return std::max(1.0, static_cast<double>(content.size()) / static_cast<double>(pattern.size()));
}

Normalizer::Normalizer(const json& section, const std::string& where)
{
    if (!section.is_null())
        read(section, where);
}

void Normalizer::read(const json& section, const std::string& where)
{
    const JsonObject object(section, where);
    const std::string type = object.text("type");
    if (m_steps.size() == MaxSteps)
        object.refuse("type", "more than 64 steps");
    if (type == "NFC") {
        m_steps.push_back({Step::Kind::Nfc, {}, {}});
    } else if (type == "Prepend") {
        m_steps.push_back({Step::Kind::Prepend, {}, shortText(object, "prepend")});
    } else if (type == "Replace") {
        m_steps.push_back({Step::Kind::Replace, plainPattern(section, where), shortText(object, "content")});
        m_growth *= growthOf(m_steps.back().pattern, m_steps.back().content);
        if (m_growth > MaxGrowth)
            object.refuse("content", "the replacements make a text more than 4 times as long");
    } else if (type == "Sequence") {
        const json& parts = object.at("normalizers");
        if (!parts.is_array())
            object.refuse("normalizers", "is not a list");
        for (std::size_t i = 0; i < parts.size(); ++i)
            read(parts[i], where + ": normalizers[" + std::to_string(i) + "]");
    } else {
        object.refuse(
            "type", "'" + type.substr(0, 80) + "' is not supported", "supported are NFC, Prepend and Replace");
    }
}

bool Normalizer::movesText() const
{
    return std::any_of(m_steps.begin(), m_steps.end(), [](const Step& step) { return step.kind != Step::Kind::Nfc; });
}

std::optional<std::string> Normalizer::normalized(std::string_view text) const
{
    std::optional<std::string> result;
    for (const Step& step : m_steps) {
        const std::string_view now = result ? std::string_view(*result) : text;
        if (step.kind == Step::Kind::Nfc) {
            if (std::optional<std::string> composed = nfc(now))
                result = std::move(composed);
        } else if (step.kind == Step::Kind::Replace) {
            if (now.find(step.pattern) != std::string_view::npos)
                result = replaced(now, step.pattern, step.content);
        } else if (!now.empty()) {
            result = step.content + std::string(now);
        }
    }
    return result;
}

} // namespace ahascope::text
