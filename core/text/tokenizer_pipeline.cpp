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
    object.refuse("type", "'" + type.substr(0, 80) + "' is not supported");
}

SplitBehavior readBehavior(const JsonObject& object)
{
    constexpr std::pair<std::string_view, SplitBehavior> Names[] = {{"Isolated", SplitBehavior::Isolated},
        {"Removed", SplitBehavior::Removed}, {"MergedWithPrevious", SplitBehavior::MergedWithPrevious},
        {"MergedWithNext", SplitBehavior::MergedWithNext}, {"Contiguous", SplitBehavior::Contiguous}};
    const std::string behavior = object.text("behavior");
    for (const auto& [name, value] : Names) {
        if (name == behavior)
            return value;
    }
    object.refuse("behavior", "'" + behavior.substr(0, 80) + "' is not known");
}

SplitStep readSplit(const json& value, const JsonObject& object)
{
    const SplitOptions options{readBehavior(object), object.boolean("invert", false)};
    const JsonObject pattern = object.object("pattern");
    if (pattern.has("Regex"))
        return SplitStep::regex(pattern.text("Regex"), object.where() + ": pattern", options);
    return SplitStep::plain(plainPattern(value, object.where()), options);
}

// Reads the steps in their order.
class PreTokenizerReader {
public:
    explicit PreTokenizerReader(TokenizerPipeline& pipeline) : m_pipeline(pipeline) { }

    void read(const json& value, const std::string& where)
    {
        const JsonObject object(value, where);
        const std::string type = object.text("type");
        // After ByteLevel the text is spelled in its alphabet and cannot be cut further.
        if (m_pipeline.byteLevel)
            object.refuse("type", "'" + type.substr(0, 80) + "': ByteLevel is not the last step");
        if (type == "Sequence")
            readSequence(object);
        else if (type == "Split")
            m_pipeline.steps.push_back(readSplit(value, object));
        else if (type == "Digits")
            m_pipeline.steps.push_back(SplitStep::digits(object.boolean("individual_digits", false)));
        else if (type == "Metaspace")
            readMark(value, object);
        else if (type == "ByteLevel")
            readByteLevel(object);
        else
            unsupported(object, type);
    }

private:
    void readSequence(const JsonObject& object)
    {
        const json& parts = object.at("pretokenizers");
        if (!parts.is_array() || parts.size() + m_pipeline.steps.size() > MaxSteps)
            object.refuse("pretokenizers", "is not a list of at most 64 steps");
        for (std::size_t i = 0; i < parts.size(); ++i)
            read(parts[i], object.where() + ": pretokenizers[" + std::to_string(i) + "]");
    }

    void readMark(const json& value, const JsonObject& object)
    {
        const MetaspaceOptions options = readMetaspace(value, object.where());
        if (m_marked)
            object.refuse("type", "Metaspace stands twice");
        if (options.prefix == MetaspaceOptions::Prefix::First && m_pipeline.normalizer.movesText())
            object.refuse("prepend_scheme", "'first' is not supported after a normalizer that adds or replaces text");
        m_marked = true;
        m_pipeline.steps.push_back(SplitStep::metaspace(options));
        if (options.split)
            m_pipeline.steps.push_back(SplitStep::beforeMark(options.mark, true));
    }

    void readByteLevel(const JsonObject& object)
    {
        if (m_marked)
            object.refuse("type", "ByteLevel after Metaspace is not supported");
        if (object.boolean("add_prefix_space", true))
            m_pipeline.steps.push_back(SplitStep::prefixSpace());
        if (object.boolean("use_regex", true))
            m_pipeline.steps.push_back(SplitStep::gpt2());
        m_pipeline.byteLevel = true;
    }

    TokenizerPipeline& m_pipeline;
    bool m_marked = false;
};

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

void readPostProcessor(const json& value, const std::string& where, TokenizerPipeline& pipeline, bool& hasTemplate)
{
    if (value.is_null())
        return;
    const JsonObject object(value, where);
    const std::string type = object.text("type");
    if (type == "TemplateProcessing") {
        if (hasTemplate)
            object.refuse("type", "TemplateProcessing stands twice");
        hasTemplate = true;
        readTemplate(object, pipeline);
    } else if (type == "Sequence") {
        const json& parts = object.at("processors");
        if (!parts.is_array() || parts.size() > MaxSteps)
            object.refuse("processors", "is not a list of at most 64 steps");
        for (std::size_t i = 0; i < parts.size(); ++i)
            readPostProcessor(parts[i], where + ": processors[" + std::to_string(i) + "]", pipeline, hasTemplate);
    } else if (type != "ByteLevel") { // ByteLevel only trims offsets
        unsupported(object, type);
    }
}

} // namespace

TokenizerPipeline parsePipeline(const TokenizerSpec& spec, const std::string& where)
{
    const auto parsed = [&](const std::string& text, const char* name) {
        return formats::parseJson(text, where + ": " + name, {.maxDepth = 32});
    };
    TokenizerPipeline pipeline;
    pipeline.normalizer = Normalizer(parsed(spec.normalizer, "normalizer"), where + ": normalizer");
    const json preTokenizer = parsed(spec.preTokenizer, "pre_tokenizer");
    if (!preTokenizer.is_null())
        PreTokenizerReader(pipeline).read(preTokenizer, where + ": pre_tokenizer");
    bool hasTemplate = false;
    readPostProcessor(parsed(spec.postProcessor, "post_processor"), where + ": post_processor", pipeline, hasTemplate);
    const json decoder = parsed(spec.decoder, "decoder");
    if (decoder.is_null())
        throw InputError(Problem{where + ": decoder", "is missing", ""});
    pipeline.decoder = TokenDecoder(decoder, where + ": decoder");
    if (pipeline.decoder.byteLevel() != pipeline.byteLevel)
        throw InputError(
            Problem{where + ": decoder", "does not go with the pre_tokenizer: only one of them is ByteLevel", ""});
    return pipeline;
}

} // namespace ahascope::text
