#include "core/data/row.h"

#include <xxhash.h>

#include "core/data/counter_random.h"
#include "core/text/white_space.h"

namespace ahascope::data {

std::uint64_t problemId(std::string_view canonical)
{
    return XXH3_64bits(canonical.data(), canonical.size());
}

std::uint64_t questionId(std::string_view question)
{
    return problemId(text::collapseWhiteSpace(question));
}

bool isHeldOut(std::uint64_t id, double share)
{
    // Mixed once more, so that the split is independent of every other use of the id.
    return static_cast<double>(mix64(id ^ 0x68656C645F6F7574u) >> 11) * 0x1p-53 < share;
}

bool isIn(Split split, std::uint64_t id, double heldOutShare)
{
    return split == Split::All || isHeldOut(id, heldOutShare) == (split == Split::HeldOut);
}

} // namespace ahascope::data
