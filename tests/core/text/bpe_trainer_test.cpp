#include "core/text/bpe_trainer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdexcept>

#include "core/text/tokenizer.h"

namespace ahascope::text {
namespace {

using testing::ElementsAre;

std::vector<std::string> texts(const Tokenizer& tokenizer, const std::string& text)
{
    std::vector<std::string> tokens;
    for (const std::int32_t id : tokenizer.encode(text))
        tokens.emplace_back(tokenizer.tokenText(id));
    return tokens;
}

// "low" 5 times, "lower" 2, "newest" 6, "widest" 3: the corpus of Sennrich et al. 2016. Counts by hand: es 9, then est
// 9 (s-t and e-s are equally frequent; e-s has the smaller ids), then lo 7, low 7, ne 6, new 6, newest 6, we is gone.
TEST(BpeTrainer, MergesTheMostFrequentPairFirst)
{
    BpeTrainer trainer({.vocabularySize = 257 + 6, .minimumCount = 1});
    for (const auto& [word, count] : {std::pair{"low", 5}, {"lower", 2}, {"newest", 6}, {"widest", 3}}) {
        for (int i = 0; i < count; ++i)
            trainer.add(word);
    }
    const TokenizerSpec spec = trainer.train();
    const std::vector<std::string> learnt(spec.tokens.begin() + 257, spec.tokens.end());
    EXPECT_THAT(learnt, ElementsAre("es", "est", "lo", "low", "ew", "new"));
}

TEST(BpeTrainer, DoesNotDependOnTheOrderOfTheTexts)
{
    const std::vector<std::string> corpus{"so we try again", "we try so again", "again 中文 so", "try 中文 中国"};
    BpeTrainer forward({.vocabularySize = 300, .minimumCount = 1});
    BpeTrainer backward({.vocabularySize = 300, .minimumCount = 1});
    for (std::size_t i = 0; i < corpus.size(); ++i) {
        forward.add(corpus[i]);
        backward.add(corpus[corpus.size() - 1 - i]);
    }
    EXPECT_EQ(forward.train().tokens, backward.train().tokens);
    EXPECT_EQ(forward.train().merges, backward.train().merges);
}

TEST(BpeTrainer, StopsAtPairsThatAreTooRare)
{
    BpeTrainer trainer({.vocabularySize = 1000, .minimumCount = 2});
    trainer.add("abc abc xyz");
    const TokenizerSpec spec = trainer.train(); // "ab", "abc" (twice); " abc" and everything of " xyz" come once
    EXPECT_EQ(spec.tokens.size(), 257u + 2u);
}

TEST(BpeTrainer, MakesATokenizerThatGivesEveryTextBack)
{
    BpeTrainer trainer({.vocabularySize = 320, .minimumCount = 1});
    trainer.add("hello hello hello world");
    const auto tokenizer = Tokenizer::fromSpec(trainer.train(), "trained");
    const auto again = Tokenizer::fromJson(tokenizer->toJson(), "saved");
    for (const std::string text : {"hello world", "unseen, 中文 👍 \x01\n", "x<|endoftext|>y"}) {
        EXPECT_EQ(tokenizer->decode(tokenizer->encode(text)), text);
        EXPECT_EQ(again->encode(text), tokenizer->encode(text));
    }
    EXPECT_EQ(tokenizer->idOf("<|endoftext|>"), 0);
    EXPECT_THAT(texts(*tokenizer, "hello world"), ElementsAre("hello", " world"));
}

TEST(BpeTrainer, RefusesAVocabularySmallerThanTheBytes)
{
    EXPECT_THROW(BpeTrainer({.vocabularySize = 256}), std::invalid_argument);
}

WordVocabulary tinyVocabulary()
{
    return {.numbersBelow = 100,
        .words = {"make", "using", "wait", "no", "not"},
        .pieces = {"<think>", " =", "等等", "不对"}};
}

TEST(WordTokenizer, MakesWholeWordsAndNumbersSingleTokens)
{
    const auto tokenizer = Tokenizer::fromSpec(wordTokenizer(tinyVocabulary()), "words");
    EXPECT_THAT(texts(*tokenizer, "make 22 using 3 8 11"), ElementsAre("make", " 22", " using", " 3", " 8", " 11"));
    EXPECT_THAT(texts(*tokenizer, "<think>8 - 3 = 5"), ElementsAre("<think>", "8", " ", "-", " 3", " =", " 5"));
    EXPECT_THAT(texts(*tokenizer, "等等不对 not no"), ElementsAre("等等", "不对", " not", " no"));
    EXPECT_EQ(tokenizer->idOf("<|endoftext|>"), 256);
    EXPECT_TRUE(tokenizer->isSpecial(256));
    EXPECT_FALSE(tokenizer->isSpecial(*tokenizer->idOf(" 22")));
}

TEST(WordTokenizer, SpellsEverythingElseInBytes)
{
    const auto tokenizer = Tokenizer::fromSpec(wordTokenizer(tinyVocabulary()), "words");
    EXPECT_THAT(texts(*tokenizer, "know"), ElementsAre("k", "n", "o", "w")); // "no" only at the end of a word
    EXPECT_THAT(texts(*tokenizer, " 123"), ElementsAre(" 12", "3"));
    EXPECT_THAT(tokenizer->encode("a中"), ElementsAre('a', 0xe4, 0xb8, 0xad));
    for (const std::string text : {"waiting 2024 等", "\n\t\x01", "e\u00e9 👍<think>"})
        EXPECT_EQ(tokenizer->decode(tokenizer->encode(text)), text);
}

TEST(WordTokenizer, CountsAWordThatComesTwiceOnce)
{
    WordVocabulary twice = tinyVocabulary();
    twice.words.push_back("wait");
    twice.pieces.push_back(" wait");
    EXPECT_EQ(wordTokenizer(twice).added, wordTokenizer(tinyVocabulary()).added);
    twice.words.push_back("");
    EXPECT_THROW(wordTokenizer(twice), std::invalid_argument);
}

TEST(WordTokenizer, ComesBackFromItsFile)
{
    const auto tokenizer = Tokenizer::fromSpec(wordTokenizer(tinyVocabulary()), "words");
    const auto again = Tokenizer::fromJson(tokenizer->toJson(), "saved");
    EXPECT_EQ(again->toJson(), tokenizer->toJson());
    EXPECT_EQ(again->encode("make 22 wait"), tokenizer->encode("make 22 wait"));
}

} // namespace
} // namespace ahascope::text
