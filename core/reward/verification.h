// What a verifier found: a pure value, shared by every kind of answer.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace ahascope::reward {

struct Verification {
    std::optional<bool> equal; // null: the grader could not work, e.g. the gold answer is unreadable
    std::string extracted; // the part of the prediction that was graded, at most 4096 bytes; empty if there was none
    std::string reason;

    bool operator==(const Verification&) const = default;
};

// At most `bytes` of the text's beginning, cut between characters; with "..." if something is missing.
std::string shortened(std::string_view text, std::size_t bytes = 4096);

} // namespace ahascope::reward
