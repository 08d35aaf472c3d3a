// A SampleQuery as SQL.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/store/run_reader.h"

namespace ahascope::store {

struct SampleSql {
    std::string sql; // selects id and sort key
    std::vector<std::variant<std::int64_t, double, std::string>> values;
    bool matchesNothing = false; // there is nothing in the text that could be searched for
};

SampleSql sampleSql(const SampleQuery& query, const std::optional<SampleCursor>& after, std::size_t limit);

} // namespace ahascope::store
