// Records of CSV (RFC 4180) and TSV.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace ahascope::data {

class DelimitedReader {
public:
    // `where` begins the places of problems; `text` must outlive the reader.
    DelimitedReader(std::string_view text, char delimiter, std::string where, std::size_t mostBytes);

    // The cells of the next record that is not blank; false at the end. Throws InputError for a quote that never
    // closes, text after a closing quote, or a record that is too long.
    bool next(std::vector<std::string>& cells);

    std::size_t line() const { return m_recordLine; } // that the last record begins on, from 1

private:
    std::string readCell();
    std::string readQuoted();
    bool skipBlankLine();
    [[noreturn]] void refuse(const std::string& message, const std::string& remedy) const;

    std::string_view m_text;
    char m_delimiter;
    std::string m_where;
    std::size_t m_mostBytes;
    std::size_t m_at = 0;
    std::size_t m_line = 1;
    std::size_t m_recordLine = 1;
    std::size_t m_recordBegin = 0;
};

} // namespace ahascope::data
