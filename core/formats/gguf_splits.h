// The names that llama.cpp gives to the ways in which byte-level tokenizers cut a text into words
// ("tokenizer.ggml.pre").
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace ahascope::formats {

// Sections of a tokenizer.json that a name stands for.
struct GgufSplit {
    bool known = false;
    bool nfc = false;          // normalisation
    bool ignoreMerges = false; // a word that is a token is taken as it is
    bool addBegin = false;     // where tokenizer.ggml.add_bos_token does not say
};
// `preTokenizer` receives the section when the name is known.
GgufSplit splitNamed(std::string_view name, nlohmann::json& preTokenizer);

// The name for the sections of a tokenizer.json; empty when llama.cpp has none.
std::string splitNameOf(const nlohmann::json& preTokenizer, bool nfc, bool ignoreMerges);

} // namespace ahascope::formats
