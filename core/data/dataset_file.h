// Rows out of a file: JSON Lines, a JSON array of objects, CSV, TSV or plain text, all UTF-8. Every complaint is an
// InputError that names the file and the line.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/data/row.h"

namespace ahascope::data {

// Which columns hold what. Those that are not named here travel along in Row::columns.
struct ColumnMapping {
    std::string question = "question";
    std::string answer = "answer";
    std::string
        answerPattern; // Perl regular expression, searched in the answer; its first group, or all of it, is taken
};

struct FileLimits {
    std::uint64_t fileBytes = std::uint64_t{8} << 30;
    std::uint64_t jsonFileBytes = std::uint64_t{512} << 20; // of a .json file, which is read as one value
    std::size_t lineBytes = std::size_t{16} << 20;          // of one row
    std::size_t columns = 1000;
    std::uint64_t rows = 20'000'000;
};

// The kind is told by the name's end: .jsonl and .ndjson, .json, .csv, .tsv, .txt. A missing answer column is allowed
// (the answer is then empty) unless there is a pattern; a missing question is not. A value that is not a string becomes
// its JSON text. Of plain text each paragraph is a row with nothing but the column "completion"; long ones are cut
// between words.
std::vector<Row> readRows(
    const std::filesystem::path& file, const ColumnMapping& columns, const FileLimits& limits = {});

// The same of the bytes of a file; `kind` is the ending without its dot, `where` begins each place.
std::vector<Row> parseRows(std::string_view bytes, std::string_view kind, const std::string& where,
    const ColumnMapping& columns, const FileLimits& limits = {});

} // namespace ahascope::data
