#include "core/text/tokenizer_decoder.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "core/formats/json.h"
#include "core/text/tokenizer_metaspace.h"
#include "core/text/tokenizer_normalizer.h"
#include "core/text/utf8.h"

namespace ahascope::text {

namespace {

using formats::JsonObject;
using nlohmann::json;

constexpr std::size_t MaxSteps = 64;
constexpr std::int64_t MaxStrip = 1024;
constexpr std::string_view Replacement = "\ufffd";

int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// The byte that "<0x0A>" stands for. Rust, which reads the number in Hugging Face tokenizers, also takes "+A".
std::optional<char> byteOfName(std::string_view token)
{
    if (token.size() != 6 || !token.starts_with("<0x") || token[5] != '>')
        return std::nullopt;
    const int high = token[3] == '+' ? 0 : digit(token[3]);
    const int low = digit(token[4]);
    return high >= 0 && low >= 0 ? std::optional(static_cast<char>(high * 16 + low)) : std::nullopt;
}

// Bytes that `count` times `pattern` at the start of `text` take, as far as it stands there.
std::size_t startLength(std::string_view text, std::string_view pattern, std::size_t count)
{
    std::size_t at = 0;
    for (; count > 0 && text.substr(at).starts_with(pattern); --count)
        at += pattern.size();
    return at;
}

} // namespace

TokenDecoder::TokenDecoder(const json& section, const std::string& where) : m_byteLevel(false)
{
    const JsonObject object(section, where);
    const std::string type = object.text("type");
    if (type == "ByteLevel") {
        m_byteLevel = true;
    } else if (type == "Metaspace") {
        const MetaspaceOptions options = readMetaspace(section, where);
        m_mark = options.mark;
        m_dropsFirstMark = options.prefix != MetaspaceOptions::Prefix::Never;
    } else if (type == "Sequence") {
        const json& steps = object.at("decoders");
        if (!steps.is_array() || steps.size() > MaxSteps)
            object.refuse("decoders", "is not a list of at most 64 steps");
        for (std::size_t i = 0; i < steps.size(); ++i)
            read(steps[i], where + ": decoders[" + std::to_string(i) + "]");
    } else {
        object.refuse("type", "'" + type.substr(0, 80) + "' is not supported",
            "supported are ByteLevel, Metaspace and sequences of Replace, ByteFallback, Fuse and Strip");
    }
}

void TokenDecoder::read(const json& value, const std::string& where)
{
    const JsonObject object(value, where);
    const std::string type = object.text("type");
    if (m_fused && (type != "Strip" || m_strips > 0))
        object.refuse("type", "'" + type.substr(0, 80) + "' after Fuse is not supported", "only one Strip is");
    std::vector<Step>& steps = m_byteFallback ? m_after : m_before;
    if (type == "Replace") {
        const std::string pattern = plainPattern(value, where);
        const std::string content = object.text("content");
        m_growth *= growthOf(pattern, content);
        if (m_growth > MaxGrowth)
            object.refuse("content", "the replacements make a text more than 4 times as long");
        steps.push_back({pattern, content, false, 0});
    } else if (type == "ByteFallback") {
        if (m_byteFallback)
            object.refuse("type", "ByteFallback stands twice");
        m_byteFallback = true;
    } else if (type == "Fuse") {
        m_fused = true;
    } else if (type == "Strip") {
        if (object.integer("stop", 0, MaxStrip, 0) != 0)
            object.refuse("stop", "is not 0: taking off the end is not supported");
        const auto count = static_cast<std::size_t>(object.integer("start", 0, MaxStrip, 0));
        if (m_fused) {
            m_stripped = singleCharacter(object, "content");
            m_strips = count;
        } else {
            steps.push_back({singleCharacter(object, "content"), "", true, count});
        }
    } else {
        object.refuse("type", "'" + type.substr(0, 80) + "' is not supported in a sequence",
            "supported are Replace, ByteFallback, Fuse and Strip");
    }
}

TokenText TokenDecoder::ofToken(std::string_view content) const
{
    if (m_byteLevel)
        return {TokenText::Kind::Text, std::string(content)};
    if (m_mark)
        return {TokenText::Kind::Text, replaced(content, *m_mark, " ")};
    std::string text = applied(m_before, std::string(content));
    if (const std::optional<char> byte = m_byteFallback ? byteOfName(text) : std::nullopt)
        return {TokenText::Kind::Byte, std::string(1, *byte)};
    return {TokenText::Kind::Text, applied(m_after, std::move(text))};
}

std::string TokenDecoder::applied(const std::vector<Step>& steps, std::string text)
{
    for (const Step& step : steps) {
        if (step.isStrip)
            text.erase(0, startLength(text, step.pattern, step.strip));
        else
            text = replaced(text, step.pattern, step.content);
    }
    return text;
}

std::string TokenDecoder::firstText(std::string_view content) const
{
    return replaced(content, *m_mark, "");
}

void TokenDecoder::push(TokenText::Kind kind, std::string_view text, State& state, std::string& out) const
{
    if (kind == TokenText::Kind::None)
        return;
    if (m_byteLevel)
        return pushBytes(text, state, out);
    if (kind == TokenText::Kind::Byte) {
        state.held += text;
        return;
    }
    releaseRun(state, out);
    emit(text, state, out);
}

void TokenDecoder::finish(State& state, std::string& out) const
{
    if (m_byteLevel)
        out += repairedUtf8(state.held);
    else
        releaseRun(state, out);
    state = {};
}

void TokenDecoder::pushBytes(std::string_view bytes, State& state, std::string& out)
{
    if (state.held.empty() && isUtf8(bytes)) {
        out += bytes;
        return;
    }
    state.held += bytes;
    const std::size_t complete = completeUtf8Length(state.held);
    out += repairedUtf8(std::string_view(state.held).substr(0, complete));
    state.held.erase(0, complete);
}

// A run of byte tokens is text as a whole or not at all: then each byte is a U+FFFD of its own.
void TokenDecoder::releaseRun(State& state, std::string& out) const
{
    if (state.held.empty())
        return;
    const std::string run = std::exchange(state.held, {});
    if (isUtf8(run))
        return emit(applied(m_after, run), state, out);
    const std::string replacement = applied(m_after, std::string(Replacement));
    for (std::size_t i = 0; i < run.size(); ++i)
        emit(replacement, state, out);
}

void TokenDecoder::emit(std::string_view text, State& state, std::string& out) const
{
    if (state.stripped < m_strips) {
        const std::size_t length = startLength(text, m_stripped, m_strips - state.stripped);
        state.stripped += length / m_stripped.size();
        text.remove_prefix(length);
        if (!text.empty())
            state.stripped = m_strips; // what comes is no longer the start
    }
    state.begun = true;
    out += text;
}

} // namespace ahascope::text
