#include "core/text/bpe_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <random>

#include "core/text/bpe_alphabet.h"

namespace ahascope::text {
namespace {

using testing::ElementsAre;

std::vector<std::int32_t> encode(const BpeModel& model, const std::string& word)
{
    BpeModel::Scratch scratch;
    std::vector<std::int32_t> ids;
    model.encodeWord(word, ids, scratch);
    return ids;
}

TEST(BpeAlphabet, SpellsEveryByteWithAPrintableCharacter)
{
    EXPECT_EQ(spelledBytes(" the\n"), "ĠtheĊ");
    EXPECT_EQ(spelledBytes(std::string_view("\0", 1)), "Ā");
    EXPECT_EQ(spelledBytes("\xad"), "Ń");
    std::string all;
    for (int byte = 0; byte < 256; ++byte)
        all += static_cast<char>(byte);
    EXPECT_EQ(bytesOfSpelling(spelledBytes(all)), all);
    EXPECT_EQ(bytesOfSpelling("a b"), std::nullopt); // a space is never spelled as itself
    EXPECT_EQ(bytesOfSpelling("中"), std::nullopt);
}

// ids: a 0, b 1, c 2, ab 3, bc 4, abc 5
const std::vector<std::string> Letters{"a", "b", "c", "ab", "bc", "abc"};

TEST(BpeModel, MergesByRankThenFromTheLeft)
{
    const std::vector<BpeMerge> bcFirst{{1, 2, 4}, {0, 1, 3}, {0, 4, 5}};
    const BpeModel model(Letters, {}, bcFirst, {});
    EXPECT_THAT(encode(model, "abc"), ElementsAre(5)); // bc, then a+bc
    EXPECT_THAT(encode(model, "abab"), ElementsAre(3, 3));
    EXPECT_THAT(encode(model, "bcab"), ElementsAre(4, 3));
    const std::vector<BpeMerge> abFirst{{0, 1, 3}, {1, 2, 4}, {0, 4, 5}};
    EXPECT_THAT(encode(BpeModel(Letters, {}, abFirst, {}), "abc"), ElementsAre(3, 2)); // ab first, c is left over
}

TEST(BpeModel, RemembersPerTokenWhetherItsOwnBytesGiveItBack)
{
    const std::vector<BpeMerge> abFirst{{0, 1, 3}, {1, 2, 4}, {0, 4, 5}};
    const BpeModel model(Letters, {}, abFirst, {});
    for (int twice = 0; twice < 2; ++twice) {
        EXPECT_THAT(encode(model, "abc"), ElementsAre(3, 2));
        EXPECT_THAT(encode(model, "ab"), ElementsAre(3));
    }
}

TEST(BpeModel, TakesWholeWordsWhenItIgnoresMerges)
{
    const std::vector<BpeMerge> abFirst{{0, 1, 3}};
    const BpeModel model(Letters, {}, abFirst, {.ignoreMerges = true});
    EXPECT_THAT(encode(model, "abc"), ElementsAre(5));
    EXPECT_THAT(encode(model, "abca"), ElementsAre(3, 2, 0));
}

TEST(BpeModel, HandlesBytesThatAreNoToken)
{
    EXPECT_THAT(encode(BpeModel(Letters, {}, {}, {}), "axxb"), ElementsAre(0, 1));
    EXPECT_THAT(encode(BpeModel(Letters, {}, {}, {.unknown = 2}), "axxb"), ElementsAre(0, 2, 2, 1));
    EXPECT_THAT(encode(BpeModel(Letters, {}, {}, {.unknown = 2, .fuseUnknown = true}), "axxb"), ElementsAre(0, 2, 1));
}

// The heap for long words and the scan for short ones must agree with the definition.
TEST(BpeModel, AgreesWithTheDefinitionOnRandomVocabularies)
{
    std::mt19937 random(1);
    for (int round = 0; round < 60; ++round) {
        std::vector<std::string> tokens{"a", "b", "c"};
        std::vector<BpeMerge> merges;
        while (merges.size() < 20) {
            const auto left = static_cast<std::int32_t>(random() % tokens.size());
            const auto right = static_cast<std::int32_t>(random() % tokens.size());
            const std::string both = tokens[left] + tokens[right];
            const bool known = std::any_of(
                merges.begin(), merges.end(), [&](const BpeMerge& m) { return m.left == left && m.right == right; });
            if (known)
                continue;
            auto found = std::find(tokens.begin(), tokens.end(), both);
            if (found == tokens.end())
                found = tokens.insert(tokens.end(), both);
            merges.push_back({left, right, static_cast<std::int32_t>(found - tokens.begin())});
        }
        const BpeModel model(tokens, {}, merges, {});
        std::string word;
        for (std::size_t length = 0; length < 120; ++length, word += static_cast<char>('a' + random() % 3)) {
            std::vector<std::int32_t> expected;
            for (const char c : word)
                expected.push_back(c - 'a');
            for (bool merged = true; merged;) {
                merged = false;
                for (std::size_t rank = 0; rank < merges.size() && !merged; ++rank) {
                    for (std::size_t i = 0; i + 1 < expected.size() && !merged; ++i) {
                        if (expected[i] == merges[rank].left && expected[i + 1] == merges[rank].right) {
                            expected[i] = merges[rank].merged;
                            expected.erase(expected.begin() + static_cast<std::ptrdiff_t>(i) + 1);
                            merged = true;
                        }
                    }
                }
            }
            ASSERT_EQ(encode(model, word), expected) << word;
        }
    }
}

} // namespace
} // namespace ahascope::text
