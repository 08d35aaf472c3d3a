// A byte-level tokenizer small enough to work its ids out by hand: 0 .. 255 are the bytes, then the merges' results
//   256 "he"  257 "ll"  258 "hell"  259 "hello"  260 " w"  261 "中"'s first two bytes  262 "中"
// and the added tokens 263 "<|end|>" (special) and 264 "<think>".
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "core/text/bpe_alphabet.h"

namespace ahascope::text {

inline nlohmann::json addedTokenJson(int id, const std::string& content, bool special)
{
    return {{"id", id}, {"content", content}, {"single_word", false}, {"lstrip", false}, {"rstrip", false},
        {"normalized", false}, {"special", special}};
}

inline nlohmann::json smallTokenizerJson()
{
    nlohmann::json vocabulary = nlohmann::json::object();
    for (int byte = 0; byte < 256; ++byte) {
        const char c = static_cast<char>(byte);
        vocabulary[spelledBytes({&c, 1})] = byte;
    }
    nlohmann::json merges = nlohmann::json::array();
    int id = 256;
    const auto merge = [&](const std::string& left, const std::string& right) {
        vocabulary[spelledBytes(left + right)] = id++;
        merges.push_back(spelledBytes(left) + " " + spelledBytes(right));
    };
    merge("h", "e");
    merge("l", "l");
    merge("he", "ll");
    merge("hell", "o");
    merge(" ", "w");
    merge("\xe4", "\xb8");
    merge("\xe4\xb8", "\xad");
    const nlohmann::json byteLevel{
        {"type", "ByteLevel"}, {"add_prefix_space", false}, {"trim_offsets", true}, {"use_regex", true}};
    nlohmann::json file;
    file["version"] = "1.0";
    file["added_tokens"] = {addedTokenJson(263, "<|end|>", true), addedTokenJson(264, "<think>", false)};
    file["normalizer"] = nullptr;
    file["pre_tokenizer"] = byteLevel;
    file["post_processor"] = nullptr;
    file["decoder"] = byteLevel;
    file["model"]
        = {{"type", "BPE"}, {"dropout", nullptr}, {"unk_token", nullptr}, {"vocab", vocabulary}, {"merges", merges}};
    return file;
}

} // namespace ahascope::text
