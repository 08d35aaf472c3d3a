// The completions of one prompt as two compressed blobs: what tables and searches read, and the tokens.
//
// A blob is its version (one byte), the size before compression (varint) and a zstd frame.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/pipeline/run_event.h"

namespace ahascope::store {

struct PackedGroup {
    std::string texts;  // question, answer, columns, prompt once; of each completion everything but tokens
    std::string tokens; // prompt ids once; ids, log-probabilities and entropies (f16) of each completion
};

// Keeps the compressor's memory from group to group, which makes it three times as fast. For one thread.
class GroupPacker {
public:
    GroupPacker();
    ~GroupPacker();
    GroupPacker(const GroupPacker&) = delete;
    GroupPacker& operator=(const GroupPacker&) = delete;

    // `samples` share their prompt: see sharesPrompt().
    PackedGroup pack(std::span<const pipeline::Sample> samples);

private:
    std::string compressed(const std::string& body);

    struct Context;
    std::unique_ptr<Context> m_context;
};

// A group is split before it has more tokens than this, so that a row always fits into memory (and is refused when it
// claims to be larger than any that was written).
inline constexpr std::size_t mostGroupTokens = 4U << 20;

// Whether `sample` may be stored in the group that `first` begins.
bool sharesPrompt(const pipeline::Sample& first, const pipeline::Sample& sample);

// What pack() was given, but for row, problem and group, which are columns, and for the ids and the floats, which
// unpackTokens() puts in. Throws BadBytes for anything that pack() did not make.
std::vector<pipeline::Sample> unpackTexts(std::string_view texts);
void unpackTokens(std::string_view tokens, std::vector<pipeline::Sample>& samples);

// The same after decompression.
std::vector<pipeline::Sample> readTexts(std::string_view body);
void readTokens(std::string_view body, std::vector<pipeline::Sample>& samples);

} // namespace ahascope::store
