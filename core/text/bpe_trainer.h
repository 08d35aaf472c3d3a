// Tokenizers of our own: byte-pair merges learnt from a corpus, or a vocabulary of given words for tiny models.
// Both cut text as Qwen2 does, so that transformers, which rebuilds a Qwen2 folder's tokenizer from vocabulary, merges
// and added tokens alone, gives the same ids.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/text/tokenizer_json.h"

namespace ahascope::text {

struct BpeTrainerOptions {
    std::int32_t vocabularySize = 4096;                      // special tokens and the 256 bytes included
    std::int64_t minimumCount = 2;                           // of a pair that becomes a token
    std::vector<std::string> specialTokens{"<|endoftext|>"}; // ids 0, 1, ..
};

// Feed it with add(), then train(). The result depends on the words and their counts only, not on their order: of two
// pairs that are equally frequent the one with the smaller ids is merged first, as in Hugging Face tokenizers.
class BpeTrainer {
public:
    // Throws std::invalid_argument when the vocabulary has no room for the bytes and special tokens.
    explicit BpeTrainer(BpeTrainerOptions options);

    void add(std::string_view text);
    TokenizerSpec train() const;

private:
    BpeTrainerOptions m_options;
    TokenizerPipeline m_pipeline;
    std::unordered_map<std::string, std::int64_t> m_words;
};

// Everything that stands here is one token wherever it stands in a text, the longest first; all other text becomes
// bytes. Ids: the bytes 0 .. 255, then the tokens in the order below.
struct WordVocabulary {
    std::vector<std::string> specialTokens{"<|endoftext|>"};
    std::int32_t numbersBelow = 0;   // 0 .. n - 1, each by itself and with a space before it
    std::vector<std::string> words;  // likewise; by itself only where no longer word goes on
    std::vector<std::string> pieces; // exactly as they stand: "<think>", " = ", "等等"
};

// Throws std::invalid_argument when a word is empty. One that comes twice counts once.
TokenizerSpec wordTokenizer(const WordVocabulary& vocabulary);

} // namespace ahascope::text
