#include "core/text/unicode_class.h"

#include <algorithm>

namespace ahascope::text {

const UnicodeClasses& UnicodeClasses::instance()
{
    static const UnicodeClasses classes;
    return classes;
}

UnicodeClasses::UnicodeClasses() : m_values(0x110000, 0)
{
    for (std::size_t i = 0; i < UnicodeRangeCount; ++i) {
        const UnicodeRange& range = UnicodeRanges[i];
        std::fill(m_values.begin() + range.first, m_values.begin() + range.last + 1, range.value);
    }
}

} // namespace ahascope::text
