#include "app/cli/json_lines.h"

#include <iostream>
#include <string>

#include "app/cli/command.h"
#include "core/formats/json.h"
#include "core/problem.h"
#include "core/text/utf8.h"

namespace ahascope::cli {

namespace {

constexpr std::size_t longestLine = std::size_t{64} << 20;

// One line without its end; false at the end of input. A line beyond the limit is read to its end and dropped.
bool readLine(std::istream& in, std::string& line, bool& tooLong)
{
    line.clear();
    tooLong = false;
    std::streambuf* buffer = in.rdbuf();
    bool any = false;
    for (int c = buffer->sbumpc(); c != std::char_traits<char>::eof(); c = buffer->sbumpc()) {
        any = true;
        if (c == '\n')
            return true;
        if (line.size() < longestLine)
            line.push_back(static_cast<char>(c));
        else
            tooLong = true;
    }
    return any;
}

nlohmann::json parsedLine(const std::string& line, bool tooLong)
{
    if (tooLong)
        throw InputError({"standard input", "a line is longer than 64 MiB", "split it"});
    nlohmann::json in = formats::parseJson(text::repairedUtf8(line), "standard input");
    if (!in.is_object())
        throw InputError({"standard input", "the line is not a JSON object", "write one {...} per line"});
    return in;
}

bool isEmpty(const std::string& line)
{
    return line.find_first_not_of(" \t\r") == std::string::npos;
}

nlohmann::ordered_json errorLine(const std::exception& error)
{
    return {{"error", text::repairedUtf8(error.what())}};
}

void writeLine(const nlohmann::ordered_json& out)
{
    std::cout << out.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << '\n' << std::flush;
}

// Lines that wait for the last one of their group.
class LineGroup {
public:
    using Answer = std::function<std::vector<nlohmann::ordered_json>(const std::vector<nlohmann::json>&)>;

    explicit LineGroup(const Answer& answer) : m_answer(answer) { }

    void add(nlohmann::json in, const std::string& key)
    {
        if (key.empty() || key != m_key || m_lines.size() >= mostLines)
            flush();
        m_lines.push_back(std::move(in));
        m_key = key;
        if (key.empty())
            flush();
    }

    void fail(const std::exception& error)
    {
        flush();
        writeLine(errorLine(error));
        m_failed = true;
    }

    void flush()
    {
        if (m_lines.empty())
            return;
        try {
            for (const nlohmann::ordered_json& out : m_answer(m_lines))
                writeLine(out);
        } catch (const std::exception& error) {
            for (std::size_t i = 0; i < m_lines.size(); ++i)
                writeLine(errorLine(error));
            m_failed = true;
        }
        m_lines.clear();
    }

    bool failed() const { return m_failed; }

private:
    static constexpr std::size_t mostLines = 65536;

    const Answer& m_answer;
    std::vector<nlohmann::json> m_lines;
    std::string m_key;
    bool m_failed = false;
};

} // namespace

int filterJsonLines(const std::function<nlohmann::ordered_json(const nlohmann::json&)>& answer)
{
    return filterJsonLineGroups([](const nlohmann::json&) { return std::string(); },
        [&](const std::vector<nlohmann::json>& lines) { return std::vector{answer(lines.front())}; });
}

int filterJsonLineGroups(const std::function<std::string(const nlohmann::json&)>& keyOf,
    const std::function<std::vector<nlohmann::ordered_json>(const std::vector<nlohmann::json>&)>& answer)
{
    std::ios::sync_with_stdio(false);
    std::string line;
    bool tooLong = false;
    LineGroup group(answer);
    while (readLine(std::cin, line, tooLong)) {
        if (!tooLong && isEmpty(line))
            continue;
        try {
            nlohmann::json in = parsedLine(line, tooLong);
            std::string key = keyOf(in);
            group.add(std::move(in), key);
        } catch (const std::exception& error) {
            group.fail(error);
        }
    }
    group.flush();
    return group.failed() ? Failed : Done;
}

} // namespace ahascope::cli
