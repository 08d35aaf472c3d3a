#include "core/analysis/words.h"

#include "core/text/utf8.h"

namespace ahascope::analysis {

namespace {

constexpr std::size_t longestWord = 24;

bool isAsciiLetter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool isWordByte(char c)
{
    return isAsciiLetter(c) || (c >= '0' && c <= '9') || c == '_';
}

} // namespace

bool isHan(char32_t codePoint)
{
    return (codePoint >= 0x4E00 && codePoint <= 0x9FFF) || (codePoint >= 0x3400 && codePoint <= 0x4DBF)
        || (codePoint >= 0x20000 && codePoint <= 0x323AF) || (codePoint >= 0xF900 && codePoint <= 0xFAFF);
}

bool isLatinLetter(char32_t codePoint)
{
    if (codePoint < 0x80) {
        return isAsciiLetter(static_cast<char>(codePoint));
    }
    const bool letters = (codePoint >= 0xC0 && codePoint <= 0x24F) || (codePoint >= 0x1E00 && codePoint <= 0x1EFF);
    return letters && codePoint != 0xD7 && codePoint != 0xF7; // multiplication and division signs
}

std::optional<WordScanner::Stop> WordScanner::next()
{
    while (m_at < m_text.size()) {
        if (isWordByte(m_text[m_at])) {
            return readWord(m_at);
        }
        const text::CodePoint point = text::codePointAt(m_text, m_at);
        if (point.bytes > 1 && isLatinLetter(point.value)) {
            return readWord(m_at);
        }
        const std::size_t begin = m_at;
        m_at += point.bytes;
        if (isHan(point.value)) {
            return Stop{{begin, m_at}, {}, true};
        }
    }
    return std::nullopt;
}

WordScanner::Stop WordScanner::readWord(std::size_t begin)
{
    bool plain = begin == 0 || m_text[begin - 1] != '\\';
    std::string word;
    while (m_at < m_text.size()) {
        const char byte = m_text[m_at];
        if (isWordByte(byte)) {
            plain = plain && isAsciiLetter(byte) && word.size() < longestWord;
            if (plain) {
                word += static_cast<char>(byte | 0x20);
            }
            ++m_at;
            continue;
        }
        const text::CodePoint point = text::codePointAt(m_text, m_at);
        if (point.bytes == 1 || !isLatinLetter(point.value)) {
            break;
        }
        plain = false;
        m_at += point.bytes;
    }
    return {{begin, m_at}, plain ? std::move(word) : std::string(), false};
}

} // namespace ahascope::analysis
