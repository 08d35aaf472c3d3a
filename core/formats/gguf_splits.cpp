#include "core/formats/gguf_splits.h"

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <vector>

namespace ahascope::formats {

namespace {

using nlohmann::json;

constexpr std::string_view Gpt2 = R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";
constexpr std::string_view Qwen2
    = R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view Llama3
    = R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view DeepSeek3
    = R"([!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

// The steps before the final one that spells bytes: a regular expression, or "digits".
constexpr std::string_view EachDigit = "digits";

struct Name {
    std::string_view name;
    std::vector<std::string_view> steps;
    GgufSplit split;
};

// Of several names for the same split the first is the one that is written.
const std::vector<Name>& names()
{
    static const std::vector<Name> table{
        {"gpt-2", {Gpt2}, {.known = true}},
        {"qwen2", {Qwen2}, {.known = true, .nfc = true}},
        {"deepseek-r1-qwen", {Qwen2}, {.known = true}},
        {"llama-bpe", {Llama3}, {.known = true, .ignoreMerges = true, .addBegin = true}},
        {"llama3", {Llama3}, {.known = true, .ignoreMerges = true, .addBegin = true}},
        {"llama-v3", {Llama3}, {.known = true, .ignoreMerges = true, .addBegin = true}},
        {"smollm", {EachDigit, Gpt2}, {.known = true}},
        {"deepseek-v3", {R"(\p{N}{1,3})", "[\u4e00-\u9fa5\u3040-\u309f\u30a0-\u30ff]+", DeepSeek3}, {.known = true}},
        {"deepseek-coder",
            {R"([\r\n])", R"(\s?\p{L}+)", R"(\s?\p{P}+)", "[\u4e00-\u9fa5\u0800-\u4e00\uac00-\ud7ff]+", EachDigit},
            {.known = true}},
    };
    return table;
}

json splitStep(std::string_view expression)
{
    return {{"type", "Split"}, {"pattern", {{"Regex", expression}}}, {"behavior", "Isolated"}, {"invert", false}};
}

json bytesStep()
{
    return {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"trim_offsets", true}, {"use_regex", false}};
}

// Appends the steps of a section; false when one is nothing that a name stands for.
bool flatten(const json& section, std::vector<std::string>& steps)
{
    const std::string type = section.value("type", "");
    if (type == "Sequence") {
        return std::all_of(section["pretokenizers"].begin(), section["pretokenizers"].end(),
            [&](const json& part) { return flatten(part, steps); });
    }
    if (type == "Split") {
        steps.push_back(section["pattern"].value("Regex", ""));
        return !steps.back().empty();
    }
    if (type == "Digits") {
        steps.emplace_back(EachDigit);
        return section.value("individual_digits", false);
    }
    if (type != "ByteLevel" || section.value("add_prefix_space", true))
        return false;
    if (section.value("use_regex", true))
        steps.emplace_back(Gpt2);
    return true;
}

} // namespace

GgufSplit splitNamed(std::string_view name, json& preTokenizer)
{
    for (const Name& known : names()) {
        if (known.name != name)
            continue;
        json steps = json::array();
        for (const std::string_view step : known.steps)
            steps.push_back(
                step == EachDigit ? json{{"type", "Digits"}, {"individual_digits", true}} : splitStep(step));
        steps.push_back(bytesStep());
        preTokenizer = {{"type", "Sequence"}, {"pretokenizers", std::move(steps)}};
        return known.split;
    }
    return {};
}

std::string splitNameOf(const json& preTokenizer, bool nfc, bool ignoreMerges)
{
    std::vector<std::string> steps;
    if (!preTokenizer.is_object() || !flatten(preTokenizer, steps))
        return {};
    for (const Name& known : names())
        if (std::equal(steps.begin(), steps.end(), known.steps.begin(), known.steps.end()) && known.split.nfc == nfc
            && known.split.ignoreMerges == ignoreMerges)
            return std::string(known.name);
    return {};
}

} // namespace ahascope::formats
