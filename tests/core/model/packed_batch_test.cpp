#include "core/model/packed_batch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdexcept>

namespace ahascope::model {
namespace {

using Ids = std::vector<std::int32_t>;
using kernels::Segment;
using testing::ElementsAre;

TEST(PackedBatch, ContinuesPositionsAfterASharedPrefix)
{
    PackedBatch batch;
    batch.addSequence(Ids{9});
    const std::size_t prompt = batch.addSequence(Ids{1, 2});
    batch.addContinuation(prompt, Ids{3});
    batch.addContinuation(prompt, Ids{4, 5});
    EXPECT_EQ(batch.positions, (Ids{0, 0, 1, 2, 2, 3}));
    EXPECT_THAT(batch.segments,
        ElementsAre(Segment{0, 1, 0, 0}, Segment{1, 2, 0, 0}, Segment{3, 1, 1, 2}, Segment{4, 2, 1, 2}));
}

TEST(PackedBatch, AsksForEveryTokenOfACompletionAfterTheOneBefore)
{
    PackedBatch batch;
    const std::size_t prompt = batch.addSequence(Ids{1, 2});
    batch.addCompletion(prompt, Ids{3, 4, 5});
    batch.addCompletion(prompt, Ids{6});
    batch.addCompletion(prompt, {});
    EXPECT_EQ(batch.ids, (Ids{1, 2, 3, 4}));
    EXPECT_EQ(batch.outputRows, (Ids{1, 2, 3, 1}));
    EXPECT_EQ(batch.targets, (Ids{3, 4, 5, 6}));
}

TEST(PackedBatch, RefusesEmptySequencesAndPrefixesOfPrefixes)
{
    PackedBatch batch;
    EXPECT_THROW(batch.addSequence({}), std::logic_error);
    const std::size_t prompt = batch.addSequence(Ids{1});
    const std::size_t tail = batch.addContinuation(prompt, Ids{2});
    EXPECT_THROW(batch.addContinuation(tail, Ids{3}), std::logic_error);
    EXPECT_THROW(batch.addOutput(2, 1), std::logic_error);
}

} // namespace
} // namespace ahascope::model
