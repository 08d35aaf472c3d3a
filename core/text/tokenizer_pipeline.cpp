// The sections of tokenizer.json around the model: normaliser, pre-tokenizer, post-processor and decoder.
#include <nlohmann/json.hpp>

#include "core/formats/json.h"
#include "core/problem.h"
#include "core/text/tokenizer_json.h"

namespace ahascope::text {

namespace {

using formats::JsonObject;
using nlohmann::json;

constexpr std::size_t MaxSteps = 64;

[[noreturn]] void unsupported(const JsonObject& object, const std::string& type)
{
    object.refuse("type", "'" + type.substr(0, 80) + "' is not supported", "only byte-level BPE tokenizers are");
}

void readNormalizer(const json& value, const std::string& where, TokenizerPipeline& pipeline)
{
    if (value.is_null())
        return;
    const JsonObject object(value, where);
    const std::string type = object.text("type");
    if (type == "NFC") {
        pipeline.nfc = true;
    } else if (type == "Sequence") {
        for (const json& part : object.at("normalizers"))
            readNormalizer(part, where + ": normalizers", pipeline);
    } else {
        unsupported(object, type);
    }
}

SplitStep readSplit(const JsonObject& object)
{
    const std::string behavior = object.text("behavior");
    const bool invert = object.boolean("invert", false);
    // Inverted removal keeps the matches and drops what is between them; that is the same where all text is matched.
    if (!(behavior == "Isolated" && !invert) && !(behavior == "Removed" && invert))
        object.refuse("behavior", "'" + behavior.substr(0, 80) + "' is not supported", "only Isolated is");
    const JsonObject pattern = object.object("pattern");
    if (!pattern.has("Regex"))
        object.refuse("pattern", "has no Regex", "splits at a plain string are not supported");
    const std::string expression = pattern.text("Regex");
    SplitStep step = SplitStep::regex(expression, object.where() + ": pattern");
    if (behavior == "Removed" && !step.coversAllText())
        object.refuse("behavior", "text between the matches would be lost", "only Isolated is supported");
    return step;
}

// `last` tells whether nothing follows: after ByteLevel the text is spelled in its alphabet and cannot be cut further.
void readPreTokenizer(const json& value, const std::string& where, bool last, TokenizerPipeline& pipeline, bool& bytes)
{
    const JsonObject object(value, where);
    const std::string type = object.text("type");
    if (type == "Sequence") {
        const json& parts = object.at("pretokenizers");
        if (!parts.is_array() || parts.size() > MaxSteps)
            object.refuse("pretokenizers", "is not a list of at most 64 steps");
        for (std::size_t i = 0; i < parts.size(); ++i)
            readPreTokenizer(parts[i], where + ": pretokenizers[" + std::to_string(i) + "]",
                last && i + 1 == parts.size(), pipeline, bytes);
    } else if (type == "Split") {
        pipeline.steps.push_back(readSplit(object));
    } else if (type == "Digits") {
        pipeline.steps.push_back(SplitStep::digits(object.boolean("individual_digits", false)));
    } else if (type == "ByteLevel") {
        if (!last)
            object.refuse("type", "ByteLevel is not the last step", "");
        if (object.boolean("add_prefix_space", true))
            pipeline.steps.push_back(SplitStep::prefixSpace());
        if (object.boolean("use_regex", true))
            pipeline.steps.push_back(SplitStep::gpt2());
        bytes = true;
    } else {
        unsupported(object, type);
    }
}

void appendSpecial(const JsonObject& object, const std::string& name, std::vector<std::int32_t>& ids)
{
    const JsonObject special = object.object("special_tokens").object(name);
    const json& list = special.at("ids");
    if (!list.is_array() || list.empty() || list.size() > 16)
        special.refuse("ids", "is not a list of 1 to 16 ids");
    for (const json& id : list) {
        if (!id.is_number_unsigned() || id.get<std::uint64_t>() > INT32_MAX)
            special.refuse("ids", "an id is not a whole number in range");
        ids.push_back(id.get<std::int32_t>());
    }
}

void readTemplate(const JsonObject& object, TokenizerPipeline& pipeline)
{
    const json& parts = object.at("single");
    if (!parts.is_array() || parts.size() > MaxSteps)
        object.refuse("single", "is not a list of at most 64 parts");
    bool seen = false;
    for (const json& part : parts) {
        if (part.is_object() && part.contains("SpecialToken")) {
            const JsonObject token(part["SpecialToken"], object.where() + ": single");
            appendSpecial(object, token.text("id"), seen ? pipeline.after : pipeline.before);
        } else if (part.is_object() && part.contains("Sequence") && !seen) {
            seen = true;
        } else {
            object.refuse("single", "a part is neither a SpecialToken nor the one Sequence");
        }
    }
    if (!seen)
        object.refuse("single", "has no Sequence");
}

void readPostProcessor(const json& value, const std::string& where, TokenizerPipeline& pipeline)
{
    if (value.is_null())
        return;
    const JsonObject object(value, where);
    const std::string type = object.text("type");
    if (type == "TemplateProcessing")
        readTemplate(object, pipeline);
    else if (type == "Sequence")
        for (const json& part : object.at("processors"))
            readPostProcessor(part, where + ": processors", pipeline);
    else if (type != "ByteLevel") // ByteLevel only trims offsets
        unsupported(object, type);
}

} // namespace

TokenizerPipeline parsePipeline(const TokenizerSpec& spec, const std::string& where)
{
    const auto parsed = [&](const std::string& text, const char* name) {
        return formats::parseJson(text, where + ": " + name, {.maxDepth = 32});
    };
    TokenizerPipeline pipeline;
    readNormalizer(parsed(spec.normalizer, "normalizer"), where + ": normalizer", pipeline);
    bool bytes = false;
    const json preTokenizer = parsed(spec.preTokenizer, "pre_tokenizer");
    if (!preTokenizer.is_null())
        readPreTokenizer(preTokenizer, where + ": pre_tokenizer", true, pipeline, bytes);
    if (!bytes)
        throw InputError(Problem{where + ": pre_tokenizer", "has no ByteLevel step: the vocabulary is not byte-level",
            "only byte-level BPE tokenizers are supported"});
    readPostProcessor(parsed(spec.postProcessor, "post_processor"), where + ": post_processor", pipeline);
    const json decoder = parsed(spec.decoder, "decoder");
    const std::string type = decoder.is_null() ? "none" : JsonObject(decoder, where + ": decoder").text("type");
    if (type != "ByteLevel")
        throw InputError(Problem{
            where + ": decoder", "'" + type.substr(0, 80) + "' is not supported", "only the ByteLevel decoder is"});
    return pipeline;
}

} // namespace ahascope::text
