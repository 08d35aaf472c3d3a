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

nlohmann::ordered_json answered(
    const std::string& line, bool tooLong, const std::function<nlohmann::ordered_json(const nlohmann::json&)>& answer)
{
    if (tooLong)
        throw InputError({"standard input", "a line is longer than 64 MiB", "split it"});
    nlohmann::json in = formats::parseJson(text::repairedUtf8(line), "standard input");
    if (!in.is_object())
        throw InputError({"standard input", "the line is not a JSON object", "write one {...} per line"});
    return answer(in);
}

} // namespace

int filterJsonLines(const std::function<nlohmann::ordered_json(const nlohmann::json&)>& answer)
{
    std::ios::sync_with_stdio(false);
    std::string line;
    bool tooLong = false;
    bool failed = false;
    while (readLine(std::cin, line, tooLong)) {
        if (!tooLong && line.find_first_not_of(" \t\r") == std::string::npos)
            continue;
        nlohmann::ordered_json out;
        try {
            out = answered(line, tooLong, answer);
        } catch (const std::exception& error) {
            out = {{"error", text::repairedUtf8(error.what())}};
            failed = true;
        }
        std::cout << out.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << '\n' << std::flush;
    }
    return failed ? Failed : Done;
}

} // namespace ahascope::cli
