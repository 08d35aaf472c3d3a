// The completions of one prompt as two compressed blobs: what tables and searches read, and the tokens.
//
// A blob is its version (one byte), the size before compression (varint) and a zstd frame.
#pragma once

#include <cstdint>
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

// `samples` share their prompt: see sharesPrompt().
PackedGroup packGroup(std::span<const pipeline::Sample> samples);

// Whether `sample` may be stored in the group that `first` begins.
bool sharesPrompt(const pipeline::Sample& first, const pipeline::Sample& sample);

// What packGroup() was given, but for row, problem and group, which are columns, and for the ids and the floats, which
// unpackTokens() puts in. Throws BadBytes for anything that packGroup() did not make.
std::vector<pipeline::Sample> unpackTexts(std::string_view texts);
void unpackTokens(std::string_view tokens, std::vector<pipeline::Sample>& samples);

} // namespace ahascope::store
