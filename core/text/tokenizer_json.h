// tokenizer.json of Hugging Face tokenizers, version 1.0: BPE models, byte-level or SentencePiece-style, in and out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/text/bpe_model.h"
#include "core/text/tokenizer_added.h"
#include "core/text/tokenizer_decoder.h"
#include "core/text/tokenizer_normalizer.h"
#include "core/text/tokenizer_split.h"

namespace ahascope::text {

// Everything a tokenizer is made of, as plain data.
struct TokenizerSpec {
    // By id; empty where an id has no token or only an added one. Bytes if byte-level, else as the file spells them.
    std::vector<std::string> tokens;
    std::vector<bool> literal;    // by id: byte-level, but not spelled in that alphabet, so no text is encoded to it
    std::vector<BpeMerge> merges; // by rank
    BpeOptions options;
    std::vector<AddedToken> added;
    // The sections of the file as JSON; null or absent sections are "null".
    std::string normalizer = "null";
    std::string preTokenizer = R"({"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true})";
    std::string postProcessor = "null";
    std::string decoder = R"({"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true,"use_regex":true})";
};

// What the sections mean.
struct TokenizerPipeline {
    Normalizer normalizer;
    std::vector<SplitStep> steps;
    bool byteLevel = false;
    std::vector<std::int32_t> before; // ids that the post-processor puts around a text
    std::vector<std::int32_t> after;
    TokenDecoder decoder;
};

// Both throw InputError, naming `where` and the section, on a file that is damaged, contradicts itself or wants
// something that is not supported. Up to 64 MB, 4,000,000 tokens. Truncation and padding are settings of a call, not
// of a vocabulary, and are ignored.
TokenizerSpec parseTokenizerJson(std::string_view json, const std::string& where);
TokenizerPipeline parsePipeline(const TokenizerSpec& spec, const std::string& where);

// The token as the file spells it: "Ġthe", "▁the"; empty when the vocabulary has none.
std::string spellingOf(const TokenizerSpec& spec, std::int32_t id);

// A file that Hugging Face tokenizers loads to the same vocabulary and ids.
std::string tokenizerJson(const TokenizerSpec& spec);

} // namespace ahascope::text
