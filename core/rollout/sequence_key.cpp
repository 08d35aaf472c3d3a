#include "core/rollout/sequence_key.h"

#include <initializer_list>

namespace ahascope::rollout {

namespace {

std::uint64_t mix(std::uint64_t x)
{
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
    return x ^ (x >> 31);
}

} // namespace

std::uint64_t sequenceKey(const KeyParts& parts)
{
    std::uint64_t hash = 0;
    for (const std::uint64_t part :
        {parts.seed, parts.stage, static_cast<std::uint64_t>(parts.purpose), parts.step, parts.row, parts.sample})
        hash = mix(hash + part + 0x9e3779b97f4a7c15ULL);
    return hash;
}

} // namespace ahascope::rollout
