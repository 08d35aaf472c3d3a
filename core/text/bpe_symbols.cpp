#include "core/text/bpe_symbols.h"

#include <algorithm>
#include <iterator>

#include "core/text/bpe_model.h"
#include "core/text/utf8.h"

namespace ahascope::text {

namespace {

// "<0x0A>"
std::string nameOfByte(std::size_t byte)
{
    constexpr std::string_view Digits = "0123456789ABCDEF";
    return {'<', '0', 'x', Digits[byte / 16], Digits[byte % 16], '>'};
}

// Unknown symbols are held back until a known one or the end comes, as Hugging Face tokenizers does: bytes of a
// character that falls back go before them.
class UnknownSymbols {
public:
    UnknownSymbols(const BpeOptions& options, std::vector<std::int32_t>& symbols)
        : m_options(options)
        , m_symbols(symbols)
    {
    }

    void add()
    {
        if (!m_options.unknown)
            return;
        if (!m_options.fuseUnknown)
            flush();
        m_held = true;
    }

    void flush()
    {
        if (m_held)
            m_symbols.push_back(*m_options.unknown);
        m_held = false;
    }

private:
    const BpeOptions& m_options;
    std::vector<std::int32_t>& m_symbols;
    bool m_held = false;
};

} // namespace

BpeSymbols::BpeSymbols(const std::vector<std::string>& tokens, const TokenIndex& index, BpeOptions options)
    : m_options(options)
{
    for (std::size_t byte = 0; byte < m_bytes.size(); ++byte)
        m_bytes[byte] = index.find(options.byteLevel ? std::string(1, static_cast<char>(byte)) : nameOfByte(byte));
    if (options.byteLevel)
        return;
    if (!m_options.byteFallback)
        m_bytes.fill(-1);
    m_pages.resize(PageSize, -1);
    for (std::size_t id = 0; id < tokens.size(); ++id) {
        const std::string& token = tokens[id];
        if (token.empty() || token.size() > 4 || codePointAt(token, 0).bytes != token.size())
            continue;
        const char32_t character = codePointAt(token, 0).value;
        std::uint16_t& page = m_pageOf[character / PageSize];
        if (page == 0) {
            page = static_cast<std::uint16_t>(m_pages.size() / PageSize);
            m_pages.resize(m_pages.size() + PageSize, -1);
        }
        m_pages[page * PageSize + character % PageSize] = static_cast<std::int32_t>(id);
    }
}

void BpeSymbols::load(std::string_view word, std::vector<std::int32_t>& symbols) const
{
    symbols.clear();
    if (m_options.byteLevel)
        loadBytes(word, symbols);
    else
        loadCharacters(word, symbols);
}

void BpeSymbols::loadBytes(std::string_view word, std::vector<std::int32_t>& symbols) const
{
    UnknownSymbols unknown(m_options, symbols);
    for (const char c : word) {
        const std::int32_t id = m_bytes[static_cast<unsigned char>(c)];
        if (id < 0) {
            unknown.add();
            continue;
        }
        unknown.flush();
        symbols.push_back(id);
    }
    unknown.flush();
}

void BpeSymbols::loadCharacters(std::string_view word, std::vector<std::int32_t>& symbols) const
{
    UnknownSymbols unknown(m_options, symbols);
    for (std::size_t at = 0; at < word.size();) {
        const CodePoint c = codePointAt(word, at);
        const std::int32_t id = idOf(c.value);
        if (id >= 0) {
            unknown.flush();
            symbols.push_back(id);
        } else if (!fallBack(word.substr(at, c.bytes), symbols)) {
            unknown.add();
        }
        at += c.bytes;
    }
    unknown.flush();
}

bool BpeSymbols::fallBack(std::string_view character, std::vector<std::int32_t>& symbols) const
{
    const auto idOfByte = [&](char c) { return m_bytes[static_cast<unsigned char>(c)]; };
    if (std::any_of(character.begin(), character.end(), [&](char c) { return idOfByte(c) < 0; }))
        return false;
    std::transform(character.begin(), character.end(), std::back_inserter(symbols), idOfByte);
    return true;
}

} // namespace ahascope::text
