#include "core/text/tokenizer_vocabulary.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/problem.h"
#include "core/text/bpe_alphabet.h"

namespace ahascope::text {

using nlohmann::json;

std::string shownText(std::string_view text)
{
    return "'" + std::string(text.substr(0, 80)) + "'";
}

SpellingIndex::SpellingIndex(const TokenizerSpec& spec)
    : m_byteLevel(spec.options.byteLevel)
    , m_tokens(spec.tokens, spec.literal)
{
    for (std::size_t id = 0; id < spec.tokens.size(); ++id) {
        if (spec.literal[id])
            m_literals.emplace(spec.tokens[id], static_cast<std::int32_t>(id));
    }
}

std::int32_t SpellingIndex::find(const std::string& spelling) const
{
    if (!m_byteLevel)
        return m_tokens.find(spelling);
    const std::optional<std::string> bytes = bytesOfSpelling(spelling);
    return bytes ? find(*bytes, false) : find(spelling, true);
}

std::int32_t SpellingIndex::find(const std::string& token, bool literal) const
{
    if (!literal)
        return m_tokens.find(token);
    const auto found = m_literals.find(token);
    return found == m_literals.end() ? -1 : found->second;
}

VocabularyReader::VocabularyReader(TokenizerSpec& spec, std::size_t fileBytes, std::string where)
    : m_spec(spec)
    , m_where(std::move(where))
    // A token takes at least five bytes of the file ("a":0); some room for ids that are left out.
    , m_idLimit(std::min(MaxVocabulary, fileBytes / 5 + 65536))
{
}

void VocabularyReader::refuseVocabulary(const std::string& message) const
{
    throw InputError(Problem{m_where + ": model.vocab", message, "the file is damaged: fetch it again"});
}

void VocabularyReader::refuseMerge(std::size_t rank, const std::string& message) const
{
    throw InputError(Problem{
        m_where + ": model.merges[" + std::to_string(rank) + "]", message, "the file is damaged: fetch it again"});
}

void VocabularyReader::addToken(std::string_view spelling, const json& value)
{
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() >= m_idLimit)
        refuseVocabulary("the id " + value.dump().substr(0, 40) + " of " + shownText(spelling)
            + " is not a whole number below " + std::to_string(m_idLimit));
    if (spelling.empty() || spelling.size() > MaxTokenBytes)
        refuseVocabulary("a token has " + std::to_string(spelling.size()) + " bytes, not 1 to 4096");
    const auto id = value.get<std::size_t>();
    if (id >= m_spec.tokens.size()) {
        m_spec.tokens.resize(id + 1);
        m_spec.literal.resize(id + 1);
    }
    if (!m_spec.tokens[id].empty())
        refuseVocabulary("the id " + std::to_string(id) + " stands for two tokens");
    m_spec.tokens[id] = spelling;
}

// From the spelling of the file to bytes.
void VocabularyReader::readAlphabet()
{
    for (std::size_t id = 0; id < m_spec.tokens.size(); ++id) {
        std::optional<std::string> bytes = bytesOfSpelling(m_spec.tokens[id]);
        m_spec.literal[id] = !bytes;
        if (bytes)
            m_spec.tokens[id] = std::move(*bytes);
    }
}

void VocabularyReader::addMerge(const json& merge)
{
    if (m_lengths.size() == MaxVocabulary)
        refuseMerge(m_lengths.size(), "more than 4000000 merges");
    if (merge.is_array() && merge.size() == 2 && merge[0].is_string() && merge[1].is_string())
        return keepMerge(merge[0].get_ref<const std::string&>(), merge[1].get_ref<const std::string&>());
    const std::string_view text = merge.is_string() ? std::string_view(merge.get_ref<const std::string&>()) : "";
    const std::size_t space = text.find(' ');
    if (space == std::string_view::npos || text.find(' ', space + 1) != std::string_view::npos)
        refuseMerge(m_lengths.size(), "is neither \"left right\" nor a pair of strings");
    keepMerge(text.substr(0, space), text.substr(space + 1));
}

void VocabularyReader::keepMerge(std::string_view left, std::string_view right)
{
    m_mergeText.append(left).append(right);
    m_lengths.emplace_back(left.size(), right.size());
}

void VocabularyReader::finish()
{
    if (m_spec.options.byteLevel)
        readAlphabet();
    const SpellingIndex index(m_spec);
    checkUnique(index);
    m_spec.merges.reserve(m_lengths.size());
    std::string_view rest = m_mergeText;
    for (const auto& [leftLength, rightLength] : m_lengths) {
        const std::string left(rest.substr(0, leftLength));
        const std::string right(rest.substr(leftLength, rightLength));
        rest.remove_prefix(left.size() + right.size());
        const auto idOf = [&](const std::string& spelling) {
            const std::int32_t id = index.find(spelling);
            if (id < 0)
                refuseMerge(m_spec.merges.size(),
                    shownText(left + " " + right) + ": " + shownText(spelling) + " is not in model.vocab");
            return id;
        };
        m_spec.merges.push_back({idOf(left), idOf(right), idOf(left + right)});
    }
}

void VocabularyReader::checkUnique(const SpellingIndex& index) const
{
    for (std::size_t id = 0; id < m_spec.tokens.size(); ++id) {
        const std::string& token = m_spec.tokens[id];
        // Of two ids for one token the index knows the first only.
        if (!token.empty() && index.find(token, m_spec.literal[id]) != static_cast<std::int32_t>(id))
            refuseVocabulary("the token " + shownText(token) + " stands twice");
    }
}

} // namespace ahascope::text
