// The think and answer blocks of a completion, and whether it keeps the format rule. Linear in the text, any bytes.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace ahascope::text {

// Bytes [begin, end) of a text.
struct Span {
    std::size_t begin = 0;
    std::size_t end = 0;

    std::size_t size() const { return end - begin; }
    std::string_view of(std::string_view text) const { return text.substr(begin, end - begin); }
    bool operator==(const Span&) const = default;
};

struct Tags {
    std::string thinkOpen = "<think>";
    std::string thinkClose = "</think>";
    std::string answerOpen = "<answer>";
    std::string answerClose = "</answer>";

    bool operator==(const Tags&) const = default;
};

// What a template says of the completions it asks for.
struct CompletionFormat {
    Tags tags;
    std::string prefill; // stands at the end of the prompt and belongs to the completion's text

    bool operator==(const CompletionFormat&) const = default;
};

struct ParsedCompletion {
    std::string text; // prefill + completion; every span below is in bytes of this
    std::size_t prefillBytes = 0;

    // What the first think block holds, without its tags. One that is never closed reaches to the answer block after it
    // or to the end.
    std::optional<Span> think;
    // What the last closed answer block outside closed think blocks holds: the strict extraction.
    std::optional<Span> answer;
    // The chain of thought: the think block, else what stands before the answer, else everything.
    Span chain;

    // Exactly one think block, then exactly one answer block (each of the four tags once), only white space around
    // them, ended by itself.
    bool wellFormed = false;
    std::string formatReason; // why not; empty when well formed
    bool emptyThink = false;  // there is a closed think block and it holds white space only
};

// `endedByItself`: by a stop token or string, not cut off at a length. A stop string is part of the completion.
ParsedCompletion parseCompletion(
    std::string_view completion, const CompletionFormat& format = {}, bool endedByItself = true);

} // namespace ahascope::text
