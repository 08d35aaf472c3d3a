#include <limits>
#include <memory>

#include <CLI/CLI.hpp>

#include "app/cli/command.h"
#include "app/cli/json_lines.h"
#include "app/cli/tokenizer_argument.h"
#include "core/problem.h"

namespace ahascope::cli {

namespace {

struct Arguments {
    std::string model;
    bool skipSpecial = false;
};

nlohmann::ordered_json answer(const nlohmann::json& in, const text::Tokenizer& tokenizer, bool skipSpecial)
{
    const auto list = in.find("ids");
    if (list == in.end() || !list->is_array())
        throw InputError({"ids", "the line has no list of ids", "write {\"ids\": [1, 2]}"});
    std::vector<std::int32_t> ids;
    ids.reserve(list->size());
    for (const nlohmann::json& id : *list) {
        // Models have more outputs than their tokenizer has tokens; what has no token is no text, but not an error.
        constexpr std::uint64_t Largest = std::numeric_limits<std::int32_t>::max();
        if (!id.is_number_unsigned() || id.get<std::uint64_t>() > Largest)
            throw InputError({"ids", id.dump().substr(0, 40) + " is not a token id", "ids are whole numbers from 0"});
        ids.push_back(id.get<std::int32_t>());
    }
    return {{"text", tokenizer.decode(ids, {.skipSpecial = skipSpecial})}};
}

} // namespace

void addDetokenize(CLI::App& app, const Common&)
{
    auto arguments = std::make_shared<Arguments>();
    CLI::App* command = app.add_subcommand("detokenize", "JSON lines {ids} to {text}");
    addTokenizerOption(*command, arguments->model);
    command->add_flag("--skip-special", arguments->skipSpecial, "Leave special tokens out of the text");
    command->callback([arguments] {
        const auto tokenizer = loadTokenizer(arguments->model);
        throw Exit{
            filterJsonLines([&](const nlohmann::json& in) { return answer(in, *tokenizer, arguments->skipSpecial); })};
    });
}

} // namespace ahascope::cli
