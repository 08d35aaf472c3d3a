// Unicode normalisation form C.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ahascope::text {

// The text in form C, or nothing where it is already (almost always, and cheap to see). `text` is well-formed UTF-8.
// Characters younger than Unicode 9 are left as they stand: so does Hugging Face tokenizers, whose tables are of that
// age, and token ids must be equal.
std::optional<std::string> nfc(std::string_view text);

} // namespace ahascope::text
