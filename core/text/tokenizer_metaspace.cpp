#include "core/text/tokenizer_metaspace.h"

#include "core/formats/json.h"
#include "core/text/utf8.h"

namespace ahascope::text {

std::string singleCharacter(const formats::JsonObject& object, const char* key)
{
    std::string text = object.text(key);
    if (text.empty() || codePointAt(text, 0).bytes != text.size())
        object.refuse(key, "is not a single character");
    return text;
}

MetaspaceOptions readMetaspace(const nlohmann::json& section, const std::string& where)
{
    using Prefix = MetaspaceOptions::Prefix;
    const formats::JsonObject object(section, where);
    MetaspaceOptions options;
    options.mark = singleCharacter(object, "replacement");
    options.split = object.boolean("split", true);
    const std::string scheme = object.text("prepend_scheme", "always");
    if (scheme == "first")
        options.prefix = Prefix::First;
    else if (scheme == "never")
        options.prefix = Prefix::Never;
    else if (scheme != "always")
        object.refuse("prepend_scheme", "'" + scheme.substr(0, 80) + "' is not first, always or never");
    if (!object.boolean("add_prefix_space", true) && options.prefix != Prefix::Never)
        object.refuse("add_prefix_space", "is false, but prepend_scheme is not never");
    return options;
}

} // namespace ahascope::text
