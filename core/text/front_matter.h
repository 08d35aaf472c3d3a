// The optional head of a template file: TOML between two lines of +++.
//
//     +++
//     name = "R1-Zero"
//     stop = ["</answer>"]
//     think_tags = ["<think>", "</think>"]
//     answer_tags = ["<answer>", "</answer>"]
//     prefill = "<think>"
//     +++
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/problem.h"
#include "core/text/completion_parser.h"

namespace ahascope::text {

struct FrontMatter {
    std::string name;
    std::vector<std::string> stop; // strings at which a completion ends; they stay in it
    CompletionFormat format;

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

} // namespace ahascope::text
