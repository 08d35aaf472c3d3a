#include <algorithm>
#include <memory>

#include <CLI/CLI.hpp>

#include "app/cli/command.h"
#include "app/cli/json_columns.h"
#include "app/cli/json_lines.h"
#include "core/analysis/answer_changes.h"
#include "core/analysis/language_mixing.h"
#include "core/analysis/reflections.h"
#include "core/analysis/repetition.h"
#include "core/text/utf8.h"

namespace ahascope::cli {

namespace {

// Byte offsets of a text as offsets in code points.
class CodePoints {
public:
    explicit CodePoints(std::string_view text) : m_starts(text::codePointStarts(text)) { }

    nlohmann::ordered_json span(const text::Span& bytes) const
    {
        return {{"start", at(bytes.begin)}, {"end", at(bytes.end)}};
    }

private:
    std::size_t at(std::size_t byte) const
    {
        return static_cast<std::size_t>(std::lower_bound(m_starts.begin(), m_starts.end(), byte) - m_starts.begin());
    }

    std::vector<std::size_t> m_starts;
};

nlohmann::ordered_json answer(const nlohmann::json& in, const std::string& target)
{
    const std::string text = requiredColumn(in, "text");
    const CodePoints points(text);
    nlohmann::ordered_json reflections = nlohmann::ordered_json::array();
    for (const analysis::Reflection& reflection : analysis::findReflections(text)) {
        nlohmann::ordered_json entry = points.span(reflection.at);
        entry["marker"] = reflection.marker;
        entry["kind"] = analysis::toString(reflection.kind);
        reflections.push_back(std::move(entry));
    }
    const analysis::LanguageUse use = analysis::languagesOf(text, target);
    nlohmann::ordered_json languages = nlohmann::ordered_json::array();
    for (const analysis::LanguageSpan& span : use.spans) {
        nlohmann::ordered_json entry = points.span(span.at);
        entry["language"] = span.language;
        languages.push_back(std::move(entry));
    }
    nlohmann::ordered_json out;
    out["reflections"] = std::move(reflections);
    out["languages"] = std::move(languages);
    out["mixing"] = use.mixing;
    out["mixed"] = use.mixed;
    out["target_ratio"] = use.targetRatio;
    out["repetition"] = analysis::repetition(text);
    out["answer_changes"] = analysis::answerChanges(text);
    return out;
}

} // namespace

void addAnalyze(CLI::App& app, const Common&)
{
    auto target = std::make_shared<std::string>("en");
    CLI::App* command = app.add_subcommand("analyze",
        "JSON lines {text} to {reflections, languages, mixing, repetition, answer_changes}; offsets in code points");
    command->add_option("--target-language", *target, "ISO 639-1 code of the language that is asked for")
        ->capture_default_str();
    command->callback(
        [target] { throw Exit{filterJsonLines([&](const nlohmann::json& in) { return answer(in, *target); })}; });
}

} // namespace ahascope::cli
