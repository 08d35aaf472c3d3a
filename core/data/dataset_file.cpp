#include "core/data/dataset_file.h"

#include <algorithm>
#include <optional>
#include <set>

#include <nlohmann/json.hpp>

#include "core/data/answer_pattern.h"
#include "core/data/delimited_text.h"
#include "core/formats/file_bytes.h"
#include "core/formats/json.h"
#include "core/text/nearest_name.h"
#include "core/text/utf8.h"
#include "core/text/white_space.h"

namespace ahascope::data {

namespace {

constexpr std::size_t paragraphBytes = 4000; // at which plain text is cut; a few hundred to a thousand tokens

// One row while it is read: what was found under each name.
class RowBuilder {
public:
    RowBuilder(const ColumnMapping& columns, const FileLimits& limits)
        : m_columns(columns)
        , m_limits(limits)
        , m_pattern(columns.answerPattern)
    {
    }

    void begin(std::string where)
    {
        m_where = std::move(where);
        m_question.reset();
        m_answer.reset();
        m_others.clear();
        m_names.clear();
    }

    void add(std::string_view name, std::string value)
    {
        if (m_names.size() >= m_limits.columns) {
            refuse("more than " + std::to_string(m_limits.columns) + " columns", "leave some out");
        }
        if (!m_names.emplace(name).second) {
            refuse("the column \"" + std::string(name) + "\" stands twice", "rename one of them");
        }
        if (name == m_columns.question) {
            m_question = std::move(value);
        } else if (name == m_columns.answer) {
            m_answer = std::move(value);
        } else {
            m_others.emplace_back(name, std::move(value));
        }
    }

    Row finish()
    {
        if (!m_question) {
            const std::vector<std::string> known(m_names.begin(), m_names.end());
            refuse("there is no column \"" + m_columns.question + "\"",
                known.empty() ? "name it as question = \"...\"" : text::nameRemedy(m_columns.question, known));
        }
        Row row;
        row.question = std::move(*m_question);
        row.id = questionId(row.question);
        row.columns = std::move(m_others);
        if (!m_columns.answerPattern.empty()) {
            if (!m_answer) {
                refuse("there is no column \"" + m_columns.answer + "\" to take the answer from", "check answer");
            }
            const auto found = m_pattern.find(*m_answer);
            if (!found) {
                refuse("answer_pattern finds nothing in the answer",
                    "check answer_pattern = \"" + m_columns.answerPattern + "\"");
            }
            // The whole answer (a worked solution) stays readable beside the part that is compared.
            row.columns.emplace_back(m_columns.answer, std::move(*m_answer));
            row.answer = *found;
        } else if (m_answer) {
            row.answer = std::move(*m_answer);
        }
        return row;
    }

    [[noreturn]] void refuse(const std::string& message, const std::string& remedy) const
    {
        throw InputError({m_where, message, remedy});
    }

private:
    const ColumnMapping& m_columns;
    const FileLimits& m_limits;
    AnswerPattern m_pattern;
    std::string m_where;
    std::optional<std::string> m_question;
    std::optional<std::string> m_answer;
    text::Columns m_others;
    std::set<std::string, std::less<>> m_names;
};

std::string textOf(const nlohmann::json& value)
{
    return value.is_string() ? value.get<std::string>() : value.dump();
}

std::string lineName(const std::string& where, std::size_t line)
{
    return where + ": line " + std::to_string(line);
}

void keep(std::vector<Row>& rows, Row row, const FileLimits& limits, const std::string& where)
{
    if (rows.size() >= limits.rows) {
        throw InputError({where, "more than " + std::to_string(limits.rows) + " rows", "split the file"});
    }
    rows.push_back(std::move(row));
}

std::vector<Row> parseJsonLines(
    std::string_view bytes, const std::string& where, RowBuilder& builder, const FileLimits& limits)
{
    std::vector<Row> rows;
    std::size_t line = 0;
    for (std::size_t at = 0; at < bytes.size();) {
        const std::size_t end = std::min(bytes.find('\n', at), bytes.size());
        const std::string_view text = text::trim(bytes.substr(at, end - at));
        at = end + 1;
        ++line;
        if (text.empty()) {
            continue;
        }
        const std::string place = lineName(where, line);
        if (text.front() != '{') {
            throw InputError({place, "is not a JSON object", "write one object per line, { \"question\": ... }"});
        }
        builder.begin(place);
        const formats::JsonStreams streams{
            {"", [&](std::string_view key, const nlohmann::json& value) { builder.add(key, textOf(value)); }}};
        formats::parseJson(
            text, place, {.maxBytes = limits.lineBytes, .maxDepth = 64, .maxValues = 1'000'000}, streams);
        keep(rows, builder.finish(), limits, place);
    }
    return rows;
}

std::vector<Row> parseJsonArray(
    std::string_view bytes, const std::string& where, RowBuilder& builder, const FileLimits& limits)
{
    const std::string_view text = text::trim(bytes);
    if (text.empty() || text.front() != '[') {
        throw InputError(
            {where, "is not a JSON array of objects", "write [ {...}, {...} ], or JSON Lines in a .jsonl file"});
    }
    std::vector<Row> rows;
    const formats::JsonStreams streams{{"", [&](std::string_view, const nlohmann::json& value) {
                                            const std::string place
                                                = where + ": row " + std::to_string(rows.size() + 1);
                                            builder.begin(place);
                                            if (!value.is_object()) {
                                                builder.refuse("is not a JSON object", "write { \"question\": ... }");
                                            }
                                            for (const auto& [key, member] : value.items()) {
                                                builder.add(key, textOf(member));
                                            }
                                            keep(rows, builder.finish(), limits, place);
                                        }}};
    formats::parseJson(
        text, where, {.maxBytes = limits.jsonFileBytes, .maxDepth = 64, .maxValues = 50'000'000}, streams);
    return rows;
}

std::vector<Row> parseDelimited(
    std::string_view bytes, char delimiter, const std::string& where, RowBuilder& builder, const FileLimits& limits)
{
    DelimitedReader reader(bytes, delimiter, where, limits.lineBytes);
    std::vector<std::string> names;
    std::vector<std::string> cells;
    std::vector<Row> rows;
    if (!reader.next(names)) {
        return rows;
    }
    while (reader.next(cells)) {
        const std::string place = lineName(where, reader.line());
        if (cells.size() != names.size()) {
            throw InputError(
                {place, "has " + std::to_string(cells.size()) + " cells, the head has " + std::to_string(names.size()),
                    "put cells that hold a delimiter or a line end into quotes"});
        }
        builder.begin(place);
        for (std::size_t i = 0; i < names.size(); ++i) {
            if (!text::isUtf8(cells[i])) {
                builder.refuse("is not UTF-8", "save the file as UTF-8");
            }
            builder.add(names[i], std::move(cells[i]));
        }
        keep(rows, builder.finish(), limits, place);
    }
    return rows;
}

void addParagraph(
    std::vector<Row>& rows, std::string_view paragraph, const FileLimits& limits, const std::string& place)
{
    std::string_view rest = text::trim(paragraph);
    while (!rest.empty()) {
        std::size_t end = rest.size();
        if (end > paragraphBytes) {
            end = rest.find_last_of(" \t\n", paragraphBytes);
            if (end == std::string_view::npos || end == 0) {
                // Without a space to cut at: before the code point that would not fit.
                end = text::completeUtf8Length(rest.substr(0, paragraphBytes));
                end = end == 0 ? paragraphBytes : end;
            }
        }
        Row row;
        row.columns = {{"completion", std::string(rest.substr(0, end))}};
        row.id = questionId(row.columns.front().second);
        keep(rows, std::move(row), limits, place);
        rest = text::trim(rest.substr(end));
    }
}

std::vector<Row> parsePlainText(std::string_view bytes, const std::string& where, const FileLimits& limits)
{
    std::vector<Row> rows;
    std::size_t line = 0;
    std::size_t begin = 0; // of the paragraph
    for (std::size_t at = 0; at < bytes.size();) {
        const std::size_t end = std::min(bytes.find('\n', at), bytes.size());
        const std::string_view text = bytes.substr(at, end - at);
        ++line;
        if (!text::isUtf8(text)) {
            throw InputError({lineName(where, line), "is not UTF-8", "save the file as UTF-8"});
        }
        if (text::isBlank(text)) {
            addParagraph(rows, bytes.substr(begin, at - begin), limits, lineName(where, line));
            begin = std::min(end + 1, bytes.size());
        }
        at = end + 1;
    }
    addParagraph(rows, bytes.substr(begin), limits, lineName(where, line));
    return rows;
}

} // namespace

std::vector<Row> parseRows(std::string_view bytes, std::string_view kind, const std::string& where,
    const ColumnMapping& columns, const FileLimits& limits)
{
    if (bytes.substr(0, 3) == "\xEF\xBB\xBF") {
        bytes.remove_prefix(3);
    }
    RowBuilder builder(columns, limits);
    std::vector<Row> rows;
    if (kind == "jsonl" || kind == "ndjson") {
        rows = parseJsonLines(bytes, where, builder, limits);
    } else if (kind == "json") {
        rows = parseJsonArray(bytes, where, builder, limits);
    } else if (kind == "csv" || kind == "tsv") {
        rows = parseDelimited(bytes, kind == "csv" ? ',' : '\t', where, builder, limits);
    } else if (kind == "txt") {
        rows = parsePlainText(bytes, where, limits);
    } else if (kind == "parquet") {
        throw InputError({where, "Parquet files cannot be read here",
            "save it as JSON Lines: pandas.read_parquet(...).to_json(..., orient=\"records\", lines=True)"});
    } else {
        throw InputError({where, "its name does not tell what is in it", "name it .jsonl, .json, .csv, .tsv or .txt"});
    }
    if (rows.empty()) {
        throw InputError({where, "there is no row in it", "choose another file"});
    }
    return rows;
}

std::vector<Row> readRows(const std::filesystem::path& file, const ColumnMapping& columns, const FileLimits& limits)
{
    const formats::MappedFile mapped(file);
    const auto bytes = mapped.bytes();
    if (bytes.size() > limits.fileBytes) {
        throw InputError(
            {file.string(), "is larger than " + std::to_string(limits.fileBytes >> 20) + " MiB", "split it"});
    }
    std::string kind = file.extension().string();
    std::transform(kind.begin(), kind.end(), kind.begin(),
        [](char letter) { return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter; });
    return parseRows({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, kind.empty() ? kind : kind.substr(1),
        file.string(), columns, limits);
}

} // namespace ahascope::data
