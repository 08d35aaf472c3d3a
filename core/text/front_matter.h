// The optional head of a template file: TOML between two lines of +++.
//
//     +++
//     name = "R1-Zero"
//     stop = ["</answer>"]
//     think_tags = ["<think>", "</think>"]
//     answer_tags = ["<answer>", "</answer>"]
//     prefill = "<think>"
//     [chat]                                  the text below is a chat template; none: the model's own
//     system = "Put the answer into tags."
//     date = "2026-11-24"
//     variables = {enable_thinking = false}
//     +++
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/problem.h"
#include "core/text/chat_prompt.h"
#include "core/text/completion_parser.h"

namespace ahascope::text {

struct FrontMatter {
    std::string name;
    std::vector<std::string> stop; // strings at which a completion ends; they stay in it
    CompletionFormat format;
    std::optional<ChatSettings> chat;

    bool operator==(const FrontMatter&) const = default;
};

// What a file holds after its front matter, and the front matter; all of it when there is none. Problems are appended,
// with the line in the file; what could not be read keeps its default.
struct SplitTemplate {
    FrontMatter frontMatter;
    std::string_view body;
    std::size_t bodyLine = 1; // line of the file that the body begins on
};
SplitTemplate splitFrontMatter(std::string_view text, const std::string& where, std::vector<Problem>& problems);

// The front matter as text, its fences included.
std::string frontMatterText(const FrontMatter& frontMatter);

} // namespace ahascope::text
