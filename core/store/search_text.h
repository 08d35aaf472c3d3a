// How text goes into the search index and how a person's words become a query of it.
//
// FTS5's unicode61 takes a run of letters as one word; Chinese, Japanese and Korean write without spaces. So spaces are
// put between their characters on the way in, and a word of several becomes a phrase on the way out.
#pragma once

#include <string>
#include <string_view>

namespace ahascope::store {

std::string toSearchText(std::string_view text);

// The FTS5 expression for words, "phrases in quotes" and beginnings* that must all occur. Everything else in `words` is
// taken literally; empty when nothing in it can be searched for.
std::string toSearchQuery(std::string_view words);

} // namespace ahascope::store
