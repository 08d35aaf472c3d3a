// SentencePiece's way to write spaces: as U+2581, with one more before the text.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace ahascope::formats {
class JsonObject;
}

namespace ahascope::text {

// A Metaspace section of tokenizer.json, pre-tokenizer or decoder.
struct MetaspaceOptions {
    enum class Prefix { First, Always, Never }; // before the beginning of the text only, or every piece
    std::string mark;                           // the character that stands for a space
    Prefix prefix = Prefix::Always;
    bool split = true; // before every mark
};

// Both throw InputError with `where`.
MetaspaceOptions readMetaspace(const nlohmann::json& section, const std::string& where);
std::string singleCharacter(const formats::JsonObject& object, const char* key);

} // namespace ahascope::text
