// What "tokenizer.ggml.token_type" says of a token.
#pragma once

#include <cstdint>

namespace ahascope::formats {

enum class TokenType : std::int32_t { Normal = 1, Unknown, Control, UserDefined, Unused, Byte };

} // namespace ahascope::formats
