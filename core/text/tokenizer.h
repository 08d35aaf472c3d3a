// A BPE tokenizer: text to token ids and back, exactly as Hugging Face tokenizers does it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/text/tokenizer_added.h"
#include "core/text/tokenizer_json.h"

namespace ahascope::text {

struct EncodeOptions {
    bool recogniseSpecial = true; // special tokens in the text become their ids; otherwise they are ordinary text
    bool addSpecial = false;      // apply the post-processor (beginning of text)
};

struct DecodeOptions {
    bool skipSpecial = false;
};

// Immutable; any number of threads may use one.
class Tokenizer {
public:
    // All throw InputError with what is wrong and where.
    static std::shared_ptr<const Tokenizer> fromFile(const std::filesystem::path& path);
    static std::shared_ptr<const Tokenizer> fromJson(std::string_view json, const std::string& where);
    static std::shared_ptr<const Tokenizer> fromSpec(TokenizerSpec spec, const std::string& where);

    std::string toJson() const { return tokenizerJson(m_spec); }
    // Atomic; throws formats::FileError.
    void save(const std::filesystem::path& path) const;

    // Text that is not UTF-8 is repaired with U+FFFD first. Time n log n.
    std::vector<std::int32_t> encode(std::string_view text, EncodeOptions options = {}) const;
    // Well-formed UTF-8: bytes that make no code point become U+FFFD. Ids without a token are skipped, since models
    // have more outputs than tokens.
    std::string decode(std::span<const std::int32_t> ids, DecodeOptions options = {}) const;

    // One above the largest id of a token.
    std::int32_t vocabularySize() const { return static_cast<std::int32_t>(m_texts.size()); }
    // The added token, else the token of the vocabulary, that is `token`: bytes if the vocabulary is byte-level.
    std::optional<std::int32_t> idOf(std::string_view token) const;
    // The bytes that one token stands for, maybe a part of a code point; empty when the id has no token. Metaspace and
    // Strip may take a space from it where it begins a text.
    std::string_view tokenText(std::int32_t id) const;
    // The token as tokenizer.json writes it; empty when the id has none.
    std::string spelling(std::int32_t id) const;
    bool isSpecial(std::int32_t id) const;
    const std::vector<AddedToken>& addedTokens() const { return m_spec.added; }
    const TokenizerSpec& spec() const { return m_spec; }

private:
    Tokenizer(TokenizerSpec spec, const std::string& where);
    friend class StreamDecoder;
    struct Workspace;
    struct Stretch; // of text between added tokens
    void readTexts();
    void readText(std::int32_t id, std::string_view content);
    void encodeStretch(Stretch stretch, bool specials, Workspace& work) const;
    void encodeWords(Stretch stretch, Workspace& work) const;
    void decodeNext(std::int32_t id, DecodeOptions options, TokenDecoder::State& state, std::string& text) const;

    TokenizerSpec m_spec;
    TokenizerPipeline m_pipeline;
    std::vector<TokenText> m_texts;        // by id
    std::vector<std::string> m_firstTexts; // by id, of a token that begins a text; empty where that makes no difference
    std::vector<bool> m_special;           // by id
    std::unordered_map<std::int32_t, std::size_t> m_addedAt; // index into the spec's added tokens by id
    BpeModel m_model;
    AddedTokenMatcher m_raw;        // added tokens looked for in the text as it comes
    AddedTokenMatcher m_normalized; // and after normalisation
};

// Text of tokens as they arrive: a code point that is split over tokens is held back until it is whole, a run of byte
// tokens (SentencePiece) until it ends, since one bad byte makes all of it U+FFFD.
// What it returns, put together, is decode() of all ids.
class StreamDecoder {
public:
    explicit StreamDecoder(std::shared_ptr<const Tokenizer> tokenizer, DecodeOptions options = {});

    std::string push(std::int32_t id);
    // What was held back, U+FFFD where it is no text; begins a new text.
    std::string finish();

private:
    std::shared_ptr<const Tokenizer> m_tokenizer;
    DecodeOptions m_options;
    TokenDecoder::State m_state;
};

} // namespace ahascope::text
