#include "core/text/tokenizer.h"

#include <algorithm>

#include "core/formats/atomic_file.h"
#include "core/formats/file_bytes.h"
#include "core/problem.h"
#include "core/text/bpe_alphabet.h"
#include "core/text/unicode_nfc.h"
#include "core/text/utf8.h"

namespace ahascope::text {

namespace {

constexpr std::uint64_t MaxFileBytes = 64u << 20;

// What an added token decodes to. The decoder reads its content in the byte-level alphabet where it can.
std::string bytesOfContent(const std::string& content)
{
    return bytesOfSpelling(content).value_or(content);
}

// Special tokens first: of two tokens with equal patterns Hugging Face tokenizers takes the special one.
AddedTokenMatcher matcherOf(const std::vector<AddedToken>& added, bool normalized, bool nfcContents)
{
    std::vector<AddedToken> tokens;
    std::copy_if(added.begin(), added.end(), std::back_inserter(tokens),
        [&](const AddedToken& token) { return token.normalized == normalized; });
    std::stable_partition(tokens.begin(), tokens.end(), [](const AddedToken& token) { return token.special; });
    std::vector<std::string> patterns;
    for (const AddedToken& token : tokens)
        patterns.push_back(nfcContents ? nfc(token.content).value_or(token.content) : token.content);
    return {std::move(tokens), patterns};
}

} // namespace

struct Tokenizer::Workspace {
    std::vector<std::int32_t> ids;
    SplitText split;
    BpeModel::Scratch scratch;
};

Tokenizer::Tokenizer(TokenizerSpec spec, const std::string& where)
    : m_spec(std::move(spec))
    , m_pipeline(parsePipeline(m_spec, where))
    , m_model(m_spec.tokens, m_spec.literal, m_spec.merges, m_spec.options)
    , m_raw(matcherOf(m_spec.added, false, false))
    , m_normalized(matcherOf(m_spec.added, true, m_pipeline.nfc))
{
    std::size_t size = m_spec.tokens.size();
    for (const AddedToken& token : m_spec.added)
        size = std::max(size, static_cast<std::size_t>(token.id) + 1);
    m_added.resize(size);
    m_special.resize(size);
    for (const AddedToken& token : m_spec.added) {
        m_added[static_cast<std::size_t>(token.id)] = true;
        m_special[static_cast<std::size_t>(token.id)] = token.special;
        m_addedBytes[token.id] = bytesOfContent(token.content);
    }
    for (const auto* ids : {&m_pipeline.before, &m_pipeline.after}) {
        for (const std::int32_t id : *ids) {
            if (tokenText(id).empty())
                throw InputError(
                    Problem{where + ": post_processor", "its id " + std::to_string(id) + " is not in the vocabulary",
                        "the file is damaged: fetch it again"});
        }
    }
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
            encodeStretch(piece.text, options.recogniseSpecial, work);
    });
    if (options.addSpecial)
        work.ids.insert(work.ids.end(), m_pipeline.after.begin(), m_pipeline.after.end());
    return std::move(work.ids);
}

void Tokenizer::encodeStretch(std::string_view text, bool specials, Workspace& work) const
{
    std::optional<std::string> normal;
    if (m_pipeline.nfc && (normal = nfc(text)))
        text = *normal;
    if (m_normalized.empty())
        return encodeWords(text, work);
    m_normalized.cut(text, specials, [&](const AddedPiece& piece) {
        if (piece.id >= 0)
            work.ids.push_back(piece.id);
        else
            encodeWords(piece.text, work);
    });
}

void Tokenizer::encodeWords(std::string_view text, Workspace& work) const
{
    splitText(m_pipeline.steps, text, work.split);
    const std::string_view all = work.split.text;
    for (const TextSpan& word : work.split.words)
        m_model.encodeWord(all.substr(word.begin, word.end - word.begin), work.ids, work.scratch);
}

std::string Tokenizer::decode(std::span<const std::int32_t> ids, DecodeOptions options) const
{
    std::string bytes;
    for (const std::int32_t id : ids) {
        if (!options.skipSpecial || !isSpecial(id))
            bytes += tokenText(id);
    }
    return isUtf8(bytes) ? bytes : repairedUtf8(bytes);
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
    if (m_added[static_cast<std::size_t>(id)])
        return m_addedBytes.at(id);
    return m_spec.tokens[static_cast<std::size_t>(id)];
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
    if (m_options.skipSpecial && m_tokenizer->isSpecial(id))
        return {};
    m_pending += m_tokenizer->tokenText(id);
    const std::size_t complete = completeUtf8Length(m_pending);
    std::string text = repairedUtf8(std::string_view(m_pending).substr(0, complete));
    m_pending.erase(0, complete);
    return text;
}

std::string StreamDecoder::finish()
{
    std::string text = repairedUtf8(m_pending);
    m_pending.clear();
    return text;
}

} // namespace ahascope::text
