// Ends a completion at the first stop string in its text.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/text/tokenizer.h"

namespace ahascope::pipeline {

// Looks at the bytes of the tokens, so that a stop string split over tokens is found; it ends with the token that
// completes it.
class StopStrings {
public:
    StopStrings(std::shared_ptr<const text::Tokenizer> tokenizer, std::vector<std::string> strings);

    bool empty() const { return m_strings.empty(); }
    // True when a stop string ends in the last token. Safe from any thread.
    bool completedBy(std::span<const std::int32_t> tokens) const;

private:
    std::shared_ptr<const text::Tokenizer> m_tokenizer;
    std::vector<std::string> m_strings;
    std::size_t m_longest = 0; // bytes
};

} // namespace ahascope::pipeline
