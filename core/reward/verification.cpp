#include "core/reward/verification.h"

#include "core/text/utf8.h"

namespace ahascope::reward {

std::string shortened(std::string_view text, std::size_t bytes)
{
    const std::string_view dots = "...";
    if (text.size() <= bytes) {
        return std::string(text);
    }
    const std::string_view kept = text.substr(0, bytes - dots.size());
    return std::string(kept.substr(0, text::completeUtf8Length(kept))) + std::string(dots);
}

} // namespace ahascope::reward
