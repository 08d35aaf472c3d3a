#include "core/formats/gguf_splits.h"

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <vector>

#include "core/text/split_expressions.h"

namespace ahascope::formats {

namespace {

using nlohmann::json;
using namespace text;

// The ranges of DeepSeek LLM as its tokenizer.json has them; escaped, since many of these letters look alike.
constexpr std::string_view DeepSeekLlmLetters
    = R"(\s?[A-Za-z)"
      "\u00b5\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u01ba\u01bc-\u01bf\u01c4-\u0293\u0295-\u02af\u0370-\u0373\u0376"
      "\u0377\u037b-\u037d\u037f\u0386\u0388-\u038a\u038c\u038e-\u03a1\u03a3-\u03f5\u03f7-\u0481\u048a-\u052f"
      "\u0531-\u0556\u10a0-\u10c5\u13a0-\u13f5\u13f8-\u13fd\u1c90-\u1cba\u1cbd-\u1cbf\u1d00-\u1d2b\u1d6b-\u1d77"
      "\u1d79-\u1d9a\u1e00-\u1f15\u1f18-\u1f1d\u1f20-\u1f45\u1f48-\u1f4d\u1f50-\u1f57\u1f59\u1f5b\u1f5d"
      "\u1f5f-\u1f7d\u1f80-\u1fb4\u1fb6-\u1fbc\u1fbe\u1fc2-\u1fc4\u1fc6-\u1fcc\u1fd0-\u1fd3\u1fd6-\u1fdb"
      "\u1fe0-\u1fec\u1ff2-\u1ff4\u1ff6-\u1ffc\u2102\u2107\u210a-\u2113\u2115\u2119-\u211d\u2124\u2126\u2128"
      "\u212a-\u212d\u212f-\u2134\u2139\u213c-\u213f\u2145-\u2149\u214e\u2183\u2184\u2c00-\u2c7b\u2c7e-\u2ce4"
      "\u2ceb-\u2cee\u2cf2\u2cf3\ua640-\ua66d\ua680-\ua69b\ua722-\ua76f\ua771-\ua787\ua78b-\ua78e\uab70-\uabbf"
      "\ufb00-\ufb06\ufb13-\ufb17\uff21-\uff3a\uff41-\uff5a\U00010400-\U0001044f\U000104b0-\U000104d3"
      "\U000104d8-\U000104fb\U00010c80-\U00010cb2\U00010cc0-\U00010cf2\U000118a0-\U000118df"
      "\U0001e900-\U0001e943"
      "]+";
constexpr std::string_view DeepSeekLlmSigns = "\\s?[!-/:-~\uff01-\uff0f\uff1a-\uff5e\u2018-\u201f\u3000-\u3002]+";
constexpr std::string_view DeepSeekLlmScripts = "[\u4e00-\u9fa5\u0800-\u4e00\uac00-\ud7ff]+";
constexpr std::string_view DeepSeek3Scripts = "[\u4e00-\u9fa5\u3040-\u309f\u30a0-\u30ff]+";

// The steps before the final one that spells bytes: a regular expression, or "digits".
constexpr std::string_view EachDigit = "digits";

struct Name {
    std::string_view name;
    std::vector<std::string_view> steps;
    GgufSplit split;
};

// The steps are those of the families' tokenizer.json, which the models were trained with. llama.cpp cuts differently
// in places: it takes the digits of DeepSeek LLM in runs, tells small letters from capitals in ASCII only and lets no
// marks into words under "tekken", and knows no normalisation. Of several names for the same steps the first is the one
// that is written.
const std::vector<Name>& names()
{
    static const std::vector<Name> table{
        {"gpt-2", {Gpt2Expression}, {.known = true}},
        {"qwen2", {Qwen2Expression}, {.known = true, .nfc = true}},
        {"deepseek-r1-qwen", {Qwen2Expression}, {.known = true, .nfc = true}},
        {"llama-bpe", {Llama3Expression}, {.known = true, .ignoreMerges = true, .addBegin = true}},
        {"llama3", {Llama3Expression}, {.known = true, .ignoreMerges = true, .addBegin = true}},
        {"llama-v3", {Llama3Expression}, {.known = true, .ignoreMerges = true, .addBegin = true}},
        {"tekken", {TekkenExpression}, {.known = true, .ignoreMerges = true, .addBegin = true}},
        {"smollm", {EachDigit, Gpt2Expression}, {.known = true}},
        {"deepseek-llm", {"[\r\n]", DeepSeekLlmLetters, DeepSeekLlmSigns, R"(\s+$)", DeepSeekLlmScripts, EachDigit},
            {.known = true}},
        {"deepseek-coder", {"[\r\n]", R"(\s?\p{L}+)", R"(\s?\p{P}+)", DeepSeekLlmScripts, EachDigit}, {.known = true}},
        {"deepseek-v3", {R"(\p{N}{1,3})", DeepSeek3Scripts, DeepSeek3Expression}, {.known = true}},
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
        steps.emplace_back(Gpt2Expression);
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
