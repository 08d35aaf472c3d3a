// A tokenizer.json of every family's kind, hard texts, and what Hugging Face tokenizers made of them: see
// tests/parity/make_family_tokenizers.py.
#pragma once

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

namespace ahascope::text {

inline const nlohmann::json& familyGolden()
{
    static const auto all
        = nlohmann::json::parse(std::ifstream(std::string(AHASCOPE_SOURCE_DIR) + "/tests/parity/family_golden.json"));
    return all;
}

// A whole tokenizer.json, whose large parts are stored once for many.
inline nlohmann::json familyFile(const nlohmann::json& family)
{
    nlohmann::json file = family.at("file");
    file["model"] = familyGolden().at("models").at(family.at("style").get<std::string>());
    file["model"].update(family.at("options"));
    return file;
}

inline std::string bytesOfHex(const std::string& hex)
{
    std::string bytes;
    for (std::size_t i = 0; i < hex.size(); i += 2)
        bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
    return bytes;
}

} // namespace ahascope::text
