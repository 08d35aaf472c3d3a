// A group of completions with all that the reader shows of them, made off the GUI thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/store/run_reader.h"
#include "core/text/completion_parser.h"

namespace ahascope::text {
class Tokenizer;
}

namespace ahascope::ui {

// A stretch of a completion with one look.
struct ReaderPiece {
    enum class Block { Before, Think, Between, Answer, After };
    std::string text;
    Block block = Block::Before;
    bool tag = false;            // <think>
    std::string reflection = {}; // "check (verification)"; empty: none
    std::string language = {};   // "zh"; empty: the main one
    std::string note = {};       // more to say of it under the pointer
};

struct ReaderToken {
    std::int32_t id = 0;
    std::string text;
    float logProb = 0;
    float entropy = 0;
};

struct ReaderMember {
    store::SampleDetail detail;
    std::vector<ReaderPiece> pieces;
    std::vector<ReaderToken> tokens; // empty without a tokenizer
    std::string formatReason;        // why the format is broken; empty: it is kept
    std::string mainLanguage;
};

struct ReaderContent {
    std::int64_t run = 0;
    std::vector<ReaderMember> members; // by index
    std::size_t chosen = 0;
    std::string noTokens; // why there are none
};

// Where tags, reflections and second languages are in a completion. Pieces put together are the completion.
std::vector<ReaderPiece> piecesOf(const pipeline::Sample& sample, const text::CompletionFormat& format,
    std::string& formatReason, std::string& mainLanguage);

// The pieces cut where tokens end, with each token's probability as note. `tokens` put together are the pieces.
std::vector<ReaderPiece> withProbabilities(
    const std::vector<ReaderPiece>& pieces, const std::vector<ReaderToken>& tokens);

// The group that sample `id` belongs to. `tokenizer` is kept between calls of one run; null at first.
ReaderContent readerContent(
    store::RunReader& reader, std::int64_t run, std::int64_t id, std::shared_ptr<const text::Tokenizer>& tokenizer);

} // namespace ahascope::ui
