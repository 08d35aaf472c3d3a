#include "core/text/tokenizer.h"

#include <algorithm>

#include "core/formats/atomic_file.h"
#include "core/formats/file_bytes.h"
#include "core/problem.h"
#include "core/text/bpe_alphabet.h"
#include "core/text/utf8.h"

namespace ahascope::text {

namespace {

constexpr std::uint64_t MaxFileBytes = 64u << 20;

// SentencePiece's space.
constexpr const char* SpaceMark = "\u2581";

// Special tokens first: of two tokens with equal patterns Hugging Face tokenizers takes the special one.
AddedTokenMatcher matcherOf(
    const std::vector<AddedToken>& added, bool normalized, const Normalizer& normalizer, const std::string& where)
{
    std::vector<AddedToken> tokens;
    std::copy_if(added.begin(), added.end(), std::back_inserter(tokens),
        [&](const AddedToken& token) { return token.normalized == normalized; });
    std::stable_partition(tokens.begin(), tokens.end(), [](const AddedToken& token) { return token.special; });
    std::vector<std::string> patterns;
    for (const AddedToken& token : tokens) {
        patterns.push_back(token.content);
        if (normalized)
            patterns.back() = normalizer.normalized(token.content).value_or(token.content);
        if (patterns.back().empty())
            throw InputError(Problem{where + ": added_tokens",
                "the normalizer leaves nothing of '" + token.content.substr(0, 80) + "'", ""});
    }
    return {std::move(tokens), patterns};
}

} // namespace

struct Tokenizer::Workspace {
    std::vector<std::int32_t> ids;
    SplitText split;
    BpeModel::Scratch scratch;
};

struct Tokenizer::Stretch {
    std::string_view text;
    bool atStart = false; // of the whole text
};

Tokenizer::Tokenizer(TokenizerSpec spec, const std::string& where)
    : m_spec(std::move(spec))
    , m_pipeline(parsePipeline(m_spec, where))
    , m_model(m_spec.tokens, m_spec.literal, m_spec.merges, m_spec.options)
    , m_raw(matcherOf(m_spec.added, false, m_pipeline.normalizer, where))
    , m_normalized(matcherOf(m_spec.added, true, m_pipeline.normalizer, where))
{
    if (m_pipeline.byteLevel != m_spec.options.byteLevel)
        throw InputError(Problem{where + ": pre_tokenizer", "and the vocabulary are not both byte-level", ""});
    readTexts();
    // SentencePiece merges over the whole text; in pieces that is the same and faster.
    if (!m_pipeline.byteLevel && m_model.mayCutBefore(SpaceMark))
        m_pipeline.steps.push_back(SplitStep::beforeMark(SpaceMark, false));
    for (const auto* ids : {&m_pipeline.before, &m_pipeline.after}) {
        for (const std::int32_t id : *ids) {
            if (id >= vocabularySize() || m_texts[static_cast<std::size_t>(id)].kind == TokenText::Kind::None)
                throw InputError(
                    Problem{where + ": post_processor", "its id " + std::to_string(id) + " is not in the vocabulary",
                        "the file is damaged: fetch it again"});
        }
    }
}

void Tokenizer::readTexts()
{
    std::size_t size = m_spec.tokens.size();
    for (const AddedToken& token : m_spec.added)
        size = std::max(size, static_cast<std::size_t>(token.id) + 1);
    m_texts.resize(size);
    m_special.resize(size);
    if (m_pipeline.decoder.hasFirstText())
        m_firstTexts.resize(size);
    for (std::size_t id = 0; id < m_spec.tokens.size(); ++id) {
        if (!m_spec.tokens[id].empty())
            readText(static_cast<std::int32_t>(id), m_spec.tokens[id]);
    }
    for (std::size_t i = 0; i < m_spec.added.size(); ++i) {
        const AddedToken& token = m_spec.added[i];
        // Hugging Face tokenizers decodes what it looks for, and reads it in the byte-level alphabet where it can.
        std::string content = token.content;
        if (token.normalized)
            content = m_pipeline.normalizer.normalized(content).value_or(content);
        if (m_pipeline.byteLevel)
            content = bytesOfSpelling(content).value_or(content);
        readText(token.id, content);
        m_special[static_cast<std::size_t>(token.id)] = token.special;
        m_addedAt[token.id] = i;
    }
}

void Tokenizer::readText(std::int32_t id, std::string_view content)
{
    m_texts[static_cast<std::size_t>(id)] = m_pipeline.decoder.ofToken(content);
    if (!m_firstTexts.empty())
        m_firstTexts[static_cast<std::size_t>(id)] = m_pipeline.decoder.firstText(content);
}

std::shared_ptr<const Tokenizer> Tokenizer::fromFile(const std::filesystem::path& path)
{
    return fromJson(formats::readFile(path, MaxFileBytes), path.string());
}

std::shared_ptr<const Tokenizer> Tokenizer::fromJson(std::string_view json, const std::string& where)
{
    return fromSpec(parseTokenizerJson(json, where), where);
}

std::shared_ptr<const Tokenizer> Tokenizer::fromSpec(TokenizerSpec spec, const std::string& where)
{
    return std::shared_ptr<const Tokenizer>(new Tokenizer(std::move(spec), where));
}

void Tokenizer::save(const std::filesystem::path& path) const
{
    formats::writeFileAtomically(path, toJson());
}

std::vector<std::int32_t> Tokenizer::encode(std::string_view text, EncodeOptions options) const
{
    std::string repaired;
    if (!isUtf8(text)) {
        repaired = repairedUtf8(text);
        text = repaired;
    }
    Workspace work;
    work.ids.reserve(text.size() / 4 + 4);
    if (options.addSpecial)
        work.ids = m_pipeline.before;
    m_raw.cut(text, options.recogniseSpecial, [&](const AddedPiece& piece) {
        if (piece.id >= 0)
            work.ids.push_back(piece.id);
        else
            encodeStretch({piece.text, piece.text.data() == text.data()}, options.recogniseSpecial, work);
    });
    if (options.addSpecial)
        work.ids.insert(work.ids.end(), m_pipeline.after.begin(), m_pipeline.after.end());
    return std::move(work.ids);
}

void Tokenizer::encodeStretch(Stretch stretch, bool specials, Workspace& work) const
{
    const std::optional<std::string> normal = m_pipeline.normalizer.normalized(stretch.text);
    if (normal)
        stretch.text = *normal;
    if (m_normalized.empty())
        return encodeWords(stretch, work);
    const char* begin = stretch.text.data();
    m_normalized.cut(stretch.text, specials, [&](const AddedPiece& piece) {
        if (piece.id >= 0)
            work.ids.push_back(piece.id);
        else
            encodeWords({piece.text, stretch.atStart && piece.text.data() == begin}, work);
    });
}

void Tokenizer::encodeWords(Stretch stretch, Workspace& work) const
{
    splitText(m_pipeline.steps, stretch.text, stretch.atStart, work.split);
    const std::string_view all = work.split.text;
    for (const TextSpan& word : work.split.words)
        m_model.encodeWord(all.substr(word.begin, word.end - word.begin), work.ids, work.scratch);
}

std::string Tokenizer::decode(std::span<const std::int32_t> ids, DecodeOptions options) const
{
    TokenDecoder::State state;
    std::string text;
    for (const std::int32_t id : ids)
        decodeNext(id, options, state, text);
    m_pipeline.decoder.finish(state, text);
    return text;
}

void Tokenizer::decodeNext(std::int32_t id, DecodeOptions options, TokenDecoder::State& state, std::string& text) const
{
    if (id < 0 || id >= vocabularySize() || (options.skipSpecial && isSpecial(id)))
        return;
    const auto index = static_cast<std::size_t>(id);
    const bool first = !state.begun && !m_firstTexts.empty();
    m_pipeline.decoder.push(m_texts[index].kind, first ? m_firstTexts[index] : m_texts[index].text, state, text);
}

std::optional<std::int32_t> Tokenizer::idOf(std::string_view token) const
{
    for (const AddedToken& added : m_spec.added) {
        if (added.content == token)
            return added.id;
    }
    const std::int32_t id = m_model.find(token);
    return id >= 0 ? std::optional(id) : std::nullopt;
}

std::string_view Tokenizer::tokenText(std::int32_t id) const
{
    if (id < 0 || id >= vocabularySize())
        return {};
    return m_texts[static_cast<std::size_t>(id)].text;
}

std::string Tokenizer::spelling(std::int32_t id) const
{
    const auto added = m_addedAt.find(id);
    return added != m_addedAt.end() ? m_spec.added[added->second].content : spellingOf(m_spec, id);
}

bool Tokenizer::isSpecial(std::int32_t id) const
{
    return id >= 0 && id < vocabularySize() && m_special[static_cast<std::size_t>(id)];
}

StreamDecoder::StreamDecoder(std::shared_ptr<const Tokenizer> tokenizer, DecodeOptions options)
    : m_tokenizer(std::move(tokenizer))
    , m_options(options)
{
}

std::string StreamDecoder::push(std::int32_t id)
{
    std::string text;
    m_tokenizer->decodeNext(id, m_options, m_state, text);
    return text;
}

std::string StreamDecoder::finish()
{
    std::string text;
    m_tokenizer->m_pipeline.decoder.finish(m_state, text);
    return text;
}

} // namespace ahascope::text
