#include "core/store/row_hash.h"

#include <xxhash.h>

namespace ahascope::store {

std::int64_t RowHash::value() const
{
    return static_cast<std::int64_t>(XXH3_64bits(m_bytes.data(), m_bytes.size()));
}

} // namespace ahascope::store
