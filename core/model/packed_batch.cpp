#include "core/model/packed_batch.h"

namespace ahascope::model {

using kernels::expect;
using kernels::Segment;

std::size_t PackedBatch::addSequence(std::span<const std::int32_t> tokens)
{
    expect(!tokens.empty(), "a sequence has at least one token");
    segments.push_back({static_cast<std::int32_t>(rows()), static_cast<std::int32_t>(tokens.size()), 0, 0});
    for (std::size_t i = 0; i < tokens.size(); ++i)
        positions.push_back(static_cast<std::int32_t>(i));
    ids.insert(ids.end(), tokens.begin(), tokens.end());
    return segments.size() - 1;
}

std::size_t PackedBatch::addContinuation(std::size_t prefix, std::span<const std::int32_t> tokens)
{
    expect(prefix < segments.size() && segments[prefix].prefixLength == 0, "a prefix has no prefix of its own");
    if (tokens.empty())
        return prefix;
    const Segment before = segments[prefix];
    segments.push_back(
        {static_cast<std::int32_t>(rows()), static_cast<std::int32_t>(tokens.size()), before.begin, before.length});
    for (std::size_t i = 0; i < tokens.size(); ++i)
        positions.push_back(before.length + static_cast<std::int32_t>(i));
    ids.insert(ids.end(), tokens.begin(), tokens.end());
    return segments.size() - 1;
}

void PackedBatch::addOutput(std::int64_t row, std::int32_t target)
{
    expect(row >= 0 && row < rows(), "an output stands after a row of the batch");
    outputRows.push_back(static_cast<std::int32_t>(row));
    targets.push_back(target);
}

void PackedBatch::addCompletion(std::size_t prompt, std::span<const std::int32_t> completion)
{
    if (completion.empty())
        return;
    const Segment before = segments.at(prompt);
    const std::int64_t first = rows();
    addContinuation(prompt, completion.first(completion.size() - 1));
    addOutput(before.begin + before.length - 1, completion[0]);
    for (std::size_t i = 1; i < completion.size(); ++i)
        addOutput(first + static_cast<std::int64_t>(i) - 1, completion[i]);
}

void PackedBatch::clear()
{
    ids.clear();
    positions.clear();
    segments.clear();
    outputRows.clear();
    targets.clear();
}

} // namespace ahascope::model
