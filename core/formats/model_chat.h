// What a model folder says of conversations: its chat template and its special tokens.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>

#include "core/text/chat_prompt.h"

namespace ahascope::formats {

constexpr std::size_t MaxChatTemplate = 1u << 20; // bytes

// The template is chat_template.jinja, else "chat_template" of tokenizer_config.json: a text, or a list of which the
// one named "default" counts. The tokens ("bos_token" and its like) are those of tokenizer_config.json, texts or
// objects with their content, else of special_tokens_map.json. Files that are not there say nothing. A .gguf file says
// the same in its metadata. Throws InputError.
text::ModelChat readModelChat(const std::filesystem::path& model);
// The same of a folder's files that are read already, by name.
text::ModelChat modelChat(const std::map<std::string, std::string>& files, const std::filesystem::path& folder);

} // namespace ahascope::formats
