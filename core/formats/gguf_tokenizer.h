// tokenizer.json as GGUF metadata of llama.cpp ("tokenizer.ggml.*"), and back: byte-level BPE (model "gpt2") and
// SentencePiece-style BPE with byte fallback (model "llama"). Where these lose something, the tokenizer.json itself
// stands beside them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/formats/gguf_metadata.h"
#include "core/formats/gguf_writer.h"

namespace ahascope::formats {

// The whole tokenizer.json, in the GGUF specification's words.
constexpr const char* WholeTokenizerKey = "tokenizer.huggingface.json";

// The tokenizer.json that the metadata stands for. Throws InputError: another tokenizer model, an unknown split, arrays
// that do not fit each other, a token that comes twice.
std::string tokenizerFromGguf(const GgufMetadata& metadata);

// Adds a tokenizer (the text of a valid tokenizer.json) with `vocabularySize` tokens, unused ones included. Throws
// InputError with `where` when llama.cpp has no counterpart of its parts.
void addTokenizer(
    GgufFields& fields, std::string_view tokenizerJson, std::int64_t vocabularySize, const std::string& where);

} // namespace ahascope::formats
