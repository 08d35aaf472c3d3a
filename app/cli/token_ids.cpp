#include "app/cli/token_ids.h"

#include <nlohmann/json.hpp>

#include "core/problem.h"

namespace ahascope::cli {

std::vector<std::int32_t> tokenIds(const nlohmann::json& line, const model::ModelConfig& config)
{
    auto refuse = [](const std::string& message, const std::string& remedy) {
        throw InputError({"ids", message, remedy});
    };
    auto found = line.find("ids");
    if (found == line.end() || !found->is_array() || found->empty())
        refuse("the line has no list of token ids", "write {\"ids\": [1, 2, 3]}");
    if (found->size() > static_cast<std::size_t>(config.contextLength()))
        refuse(std::to_string(found->size()) + " tokens where the model has " + std::to_string(config.contextLength())
                + " positions",
            "send fewer");
    std::vector<std::int32_t> ids;
    for (const nlohmann::json& id : *found) {
        if (!id.is_number_integer() || id.get<std::int64_t>() < 0 || id.get<std::int64_t>() >= config.vocabSize)
            refuse(id.dump() + " is no token id",
                "ids are whole numbers from 0 to " + std::to_string(config.vocabSize - 1));
        ids.push_back(id.get<std::int32_t>());
    }
    return ids;
}

} // namespace ahascope::cli
