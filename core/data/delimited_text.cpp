#include "core/data/delimited_text.h"

#include <algorithm>
#include <utility>

#include "core/problem.h"

namespace ahascope::data {

DelimitedReader::DelimitedReader(std::string_view text, char delimiter, std::string where, std::size_t mostBytes)
    : m_text(text)
    , m_delimiter(delimiter)
    , m_where(std::move(where))
    , m_mostBytes(mostBytes)
{
}

void DelimitedReader::refuse(const std::string& message, const std::string& remedy) const
{
    throw InputError({m_where + ": line " + std::to_string(m_recordLine), message, remedy});
}

bool DelimitedReader::skipBlankLine()
{
    std::size_t at = m_at;
    if (at < m_text.size() && m_text[at] == '\r') {
        ++at;
    }
    if (at < m_text.size() && m_text[at] == '\n') {
        m_at = at + 1;
        ++m_line;
        return true;
    }
    return false;
}

bool DelimitedReader::next(std::vector<std::string>& cells)
{
    while (skipBlankLine()) { }
    if (m_at >= m_text.size()) {
        return false;
    }
    cells.clear();
    m_recordLine = m_line;
    m_recordBegin = m_at;
    while (true) {
        cells.push_back(readCell());
        if (m_at - m_recordBegin > m_mostBytes) {
            refuse("a row is longer than " + std::to_string(m_mostBytes) + " bytes", "is a quote missing?");
        }
        if (m_at >= m_text.size()) {
            return true;
        }
        const char end = m_text[m_at++];
        if (end == '\n') {
            ++m_line;
            return true;
        }
    }
}

// Leaves the place at the delimiter, the line feed or the end.
std::string DelimitedReader::readCell()
{
    if (m_at < m_text.size() && m_text[m_at] == '"') {
        return readQuoted();
    }
    std::size_t end = m_at;
    while (end < m_text.size() && m_text[end] != m_delimiter && m_text[end] != '\n') {
        ++end;
    }
    std::string_view cell = m_text.substr(m_at, end - m_at);
    m_at = end;
    if (!cell.empty() && cell.back() == '\r' && (end == m_text.size() || m_text[end] == '\n')) {
        cell.remove_suffix(1);
    }
    return std::string(cell);
}

std::string DelimitedReader::readQuoted()
{
    std::string cell;
    std::size_t at = m_at + 1;
    while (true) {
        const std::size_t quote = m_text.find('"', at);
        if (quote == std::string_view::npos || quote - m_recordBegin > m_mostBytes) {
            refuse("a quoted cell does not end", "close it with a \" and double those within");
        }
        const std::string_view piece = m_text.substr(at, quote - at);
        m_line += static_cast<std::size_t>(std::count(piece.begin(), piece.end(), '\n'));
        cell += piece;
        at = quote + 1;
        if (at >= m_text.size() || m_text[at] != '"') {
            break;
        }
        cell += '"';
        ++at;
    }
    if (at < m_text.size() && m_text[at] == '\r' && (at + 1 == m_text.size() || m_text[at + 1] == '\n')) {
        ++at;
    }
    if (at < m_text.size() && m_text[at] != m_delimiter && m_text[at] != '\n') {
        refuse("text follows a quoted cell", "double the quotes inside a quoted cell");
    }
    m_at = at;
    return cell;
}

} // namespace ahascope::data
