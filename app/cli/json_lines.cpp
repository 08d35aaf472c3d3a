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

// Throws Exit when nobody can get the answers any more: going on would lose them silently.
void writeLine(const nlohmann::ordered_json& out)
{
    std::cout << out.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << '\n' << std::flush;
    if (!std::cout) {
        std::cerr << "standard output: it cannot be written any more (is the disk full?)\n";
        throw Exit{Failed};
    }
}

// What was answered so far.
class Answers {
public:
    void write(const nlohmann::ordered_json& out)
    {
        ++m_lines;
        writeLine(out);
        if (const auto error = out.find("error"); error != out.end()) {
            if (m_errors++ == 0)
                m_first = "line " + std::to_string(m_lines) + ": " + error->get<std::string>();
        }
    }

    // Says what went wrong, if anything did.
    int exitCode() const
    {
        if (m_errors == 0)
            return Done;
        std::cerr << "standard input: " << m_errors << " of " << m_lines << " lines were answered with an error, first "
                  << m_first << '\n';
        return Failed;
    }

private:
    std::size_t m_lines = 0;
    std::size_t m_errors = 0;
    std::string m_first;
};

// Lines that wait for the last one of their group.
class LineGroup {
public:
    LineGroup(const AnswerGroup& answer, Answers& answers) : m_answer(answer), m_answers(answers) { }

    void add(nlohmann::json in, const std::string& key)
    {
        if (key.empty() || key != m_key || m_lines.size() >= mostLines)
            flush();
        m_lines.push_back(std::move(in));
        m_key = key;
        if (key.empty())
            flush();
    }

    void flush()
    {
        if (m_lines.empty())
            return;
        std::vector<nlohmann::ordered_json> out;
        try {
            out = m_answer(m_lines);
        } catch (const std::exception& error) {
            out.assign(m_lines.size(), errorAnswer(error));
        }
        m_lines.clear();
        for (const nlohmann::ordered_json& line : out)
            m_answers.write(line);
    }

private:
    static constexpr std::size_t mostLines = 65536;

    const AnswerGroup& m_answer;
    Answers& m_answers;
    std::vector<nlohmann::json> m_lines;
    std::string m_key;
};

} // namespace

nlohmann::ordered_json errorAnswer(const std::exception& error)
{
    return {{"error", text::repairedUtf8(error.what())}};
}

int filterJsonLines(const std::function<nlohmann::ordered_json(const nlohmann::json&)>& answer)
{
    return filterJsonLineGroups([](const nlohmann::json&) { return std::string(); },
        [&](const std::vector<nlohmann::json>& lines) { return std::vector{answer(lines.front())}; });
}

int filterTextLines(const std::function<nlohmann::ordered_json(const std::string&)>& answer)
{
    std::ios::sync_with_stdio(false);
    std::string line;
    bool tooLong = false;
    Answers answers;
    while (readLine(std::cin, line, tooLong)) {
        if (!tooLong && isEmpty(line))
            continue;
        nlohmann::ordered_json out;
        try {
            if (tooLong)
                throw InputError({"standard input", "a line is longer than 64 MiB", "split it"});
            out = answer(text::repairedUtf8(line));
        } catch (const std::exception& error) {
            out = errorAnswer(error);
        }
        answers.write(out);
    }
    return answers.exitCode();
}

int filterJsonLineGroups(const std::function<std::string(const nlohmann::json&)>& keyOf, const AnswerGroup& answer)
{
    std::ios::sync_with_stdio(false);
    std::string line;
    bool tooLong = false;
    Answers answers;
    LineGroup group(answer, answers);
    while (readLine(std::cin, line, tooLong)) {
        if (!tooLong && isEmpty(line))
            continue;
        nlohmann::json in;
        std::string key;
        try {
            in = parsedLine(line, tooLong);
            key = keyOf(in);
        } catch (const std::exception& error) {
            group.flush();
            answers.write(errorAnswer(error));
            continue;
        }
        group.add(std::move(in), key);
    }
    group.flush();
    return answers.exitCode();
}

} // namespace ahascope::cli
