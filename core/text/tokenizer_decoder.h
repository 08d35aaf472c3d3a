// The decoder of tokenizer.json: what becomes of tokens, one after another, on their way back to text.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ahascope::text {

// What one token gives, as far as that does not depend on its neighbours.
struct TokenText {
    enum class Kind : std::uint8_t { None, Text, Byte };
    Kind kind = Kind::None; // None: there is no such token
    std::string text;
};

class TokenDecoder {
public:
    // One text that is being decoded.
    struct State {
        std::string held; // bytes that are not yet a code point, or a run of byte tokens
        bool begun = false;
        std::size_t stripped = 0;
    };

    TokenDecoder() = default; // ByteLevel
    // ByteLevel, Metaspace, or a Sequence of Replace, ByteFallback, Fuse and Strip. Throws InputError with `where` on
    // anything else.
    TokenDecoder(const nlohmann::json& section, const std::string& where);

    bool byteLevel() const { return m_byteLevel; }
    TokenText ofToken(std::string_view content) const; // byte-level: the content is bytes already
    // Metaspace gives another text for the first token, without any mark.
    bool hasFirstText() const { return m_dropsFirstMark; }
    std::string firstText(std::string_view content) const;
    // Appends to `out` what is certain after one more token of that text: ofToken's, or firstText's if the state has
    // not begun.
    void push(TokenText::Kind kind, std::string_view text, State& state, std::string& out) const;
    // Appends the rest.
    void finish(State& state, std::string& out) const;

private:
    struct Step { // of each piece by itself
        std::string pattern;
        std::string content;   // in its place
        bool isStrip = false;  // instead: the pattern is taken off the start
        std::size_t strip = 0; // at most so often
    };

    void read(const nlohmann::json& step, const std::string& where);
    static std::string applied(const std::vector<Step>& steps, std::string text);
    static void pushBytes(std::string_view bytes, State& state, std::string& out);
    void releaseRun(State& state, std::string& out) const;
    void emit(std::string_view text, State& state, std::string& out) const;

    bool m_byteLevel = true;
    double m_growth = 1;               // of a text by all replacements, at most
    std::optional<std::string> m_mark; // Metaspace
    bool m_dropsFirstMark = false;
    std::vector<Step> m_before; // steps before ByteFallback
    bool m_byteFallback = false;
    std::vector<Step> m_after; // and behind it, up to Fuse
    bool m_fused = false;
    std::string m_stripped;   // behind Fuse: a character that is taken off the start of the text
    std::size_t m_strips = 0; // at most so often
};

} // namespace ahascope::text
