#include "core/store/group_codec.h"

#include <cmath>
#include <random>

#include <gtest/gtest.h>

#include "core/store/byte_stream.h"
#include "core/store/half.h"
#include "tests/core/store/example_run.h"

namespace ahascope::store {

using namespace test;
using pipeline::Sample;

TEST(Half, RoundsToTheNearestAndTiesToEven)
{
    EXPECT_EQ(toHalf(0.0F), 0x0000);
    EXPECT_EQ(toHalf(-0.0F), 0x8000);
    EXPECT_EQ(toHalf(1.0F), 0x3c00);
    EXPECT_EQ(toHalf(-2.0F), 0xc000);
    EXPECT_EQ(toHalf(65504.0F), 0x7bff);
    EXPECT_EQ(toHalf(65520.0F), 0x7c00);        // halfway to 65536, which is infinity
    EXPECT_EQ(toHalf(65519.996F), 0x7bff);      // below halfway
    EXPECT_EQ(toHalf(0x1p-24F), 0x0001);        // least subnormal
    EXPECT_EQ(toHalf(0x1p-25F), 0x0000);        // tie: to even zero
    EXPECT_EQ(toHalf(0x1.8p-24F), 0x0002);      // tie: to even two
    EXPECT_EQ(toHalf(1.0F + 0x1p-11F), 0x3c00); // tie: to even
    EXPECT_EQ(toHalf(1.0F + 0x1.8p-10F), 0x3c02);
    EXPECT_EQ(toHalf(INFINITY), 0x7c00);
    EXPECT_TRUE(std::isnan(toFloat(toHalf(NAN))));
}

TEST(Half, GoesThereAndBackForEveryValue)
{
    for (unsigned bits = 0; bits < 0x10000; ++bits) {
        float value = toFloat(static_cast<std::uint16_t>(bits));
        if (!std::isnan(value)) {
            ASSERT_EQ(toHalf(value), bits);
        }
    }
}

TEST(GroupCodec, StoresThePromptOnce)
{
    auto samples = exampleSamples(3, {1, 8, 20});
    std::vector<Sample> longPrompt(samples->begin(), samples->end());
    std::string prompt;
    std::mt19937_64 random(5);
    while (prompt.size() < 4000)
        prompt += static_cast<char>(' ' + random() % 90);
    for (Sample& sample : longPrompt)
        sample.prompt = prompt;
    GroupPacker packer;
    std::size_t one = packer.pack(std::span(longPrompt).first(1)).texts.size();
    std::size_t eight = packer.pack(longPrompt).texts.size();
    EXPECT_LT(eight, one + 2000);
}

TEST(GroupCodec, BeginsAGroupWhereThePromptChanges)
{
    Sample first = exampleSamples(1)->front();
    Sample same = first;
    same.promptIds.clear();
    same.completion = "another";
    EXPECT_TRUE(sharesPrompt(first, same));
    for (auto change : std::initializer_list<void (*)(Sample&)>{[](Sample& s) { s.group = 9; },
             [](Sample& s) { s.row = 9; }, [](Sample& s) { s.problem = 9; }, [](Sample& s) { s.prompt = "x"; },
             [](Sample& s) { s.answer = "x"; }, [](Sample& s) { s.columns = "x"; }, [](Sample& s) { s.question = "x"; },
             [](Sample& s) { s.promptIds = {9}; }}) {
        Sample other = same;
        change(other);
        EXPECT_FALSE(sharesPrompt(first, other));
    }
}

TEST(GroupCodec, RefusesEveryTruncation)
{
    auto samples = exampleSamples(4, {1, 3, 9});
    PackedGroup packed = GroupPacker().pack(*samples);
    for (std::size_t size = 0; size < packed.texts.size(); ++size)
        EXPECT_THROW(unpackTexts(std::string_view(packed.texts).substr(0, size)), BadBytes);
    std::vector<Sample> unpacked = unpackTexts(packed.texts);
    for (std::size_t size = 0; size < packed.tokens.size(); ++size)
        EXPECT_THROW(unpackTokens(std::string_view(packed.tokens).substr(0, size), unpacked), BadBytes);
}

TEST(GroupCodec, SurvivesChangedBytes)
{
    auto samples = exampleSamples(4, {1, 3, 9});
    PackedGroup packed = GroupPacker().pack(*samples);
    int refused = 0;
    for (std::size_t bit = 0; bit < packed.texts.size() * 8; ++bit) {
        std::string changed = packed.texts;
        changed[bit / 8] ^= static_cast<char>(1 << bit % 8);
        try {
            unpackTexts(changed); // without its checksum a change may go unseen, but never out of bounds
        } catch (const BadBytes&) {
            ++refused;
        }
    }
    EXPECT_GT(refused, 0);
}

TEST(GroupCodec, RefusesASizeThatTheFrameDoesNotHave)
{
    std::string texts = GroupPacker().pack(*exampleSamples(4, {1, 1, 1})).texts;
    ByteWriter lie;
    lie.fixed<unsigned char>(1);
    lie.varint(std::uint64_t{1} << 40);
    ByteReader honest(texts);
    honest.raw(1);
    honest.varint();
    lie.raw(honest.rest());
    EXPECT_THROW(unpackTexts(lie.take()), BadBytes);
}

TEST(GroupCodec, MakesNoRoomForMoreThanAFrameCanHold)
{
    // A zstd frame whose header says 200 MiB (single segment, 4 bytes of size) and whose only block is empty.
    constexpr std::uint32_t claimed = 200U << 20;
    ByteWriter lie;
    lie.fixed<unsigned char>(1);
    lie.varint(std::uint64_t{claimed});
    lie.fixed<std::uint32_t>(0xfd2fb528);
    lie.fixed<unsigned char>(0xa0);
    lie.fixed<std::uint32_t>(claimed);
    lie.raw(std::string_view("\1\0\0", 3));
    try {
        unpackTexts(lie.take());
        FAIL();
    } catch (const BadBytes& bad) {
        EXPECT_STREQ(bad.what(), "the row's size is wrong"); // refused before the room for it is made
    }
}

TEST(GroupCodec, UnpacksWhatCompressesBest)
{
    auto samples = exampleSamples(4, {1, 1, 1});
    std::vector<pipeline::Sample> same(samples->begin(), samples->end());
    same[0].completion.assign(8U << 20, 'a');
    EXPECT_EQ(unpackTexts(GroupPacker().pack(same).texts)[0].completion, same[0].completion);
}

TEST(GroupCodec, RefusesAnotherVersion)
{
    std::string texts = GroupPacker().pack(*exampleSamples(4, {1, 1, 1})).texts;
    texts[0] = 2;
    EXPECT_THROW(unpackTexts(texts), BadBytes);
}

} // namespace ahascope::store
