// Dataset files: any bytes are rows or an InputError. The first byte chooses the kind of file and the answer pattern.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "core/data/dataset_file.h"
#include "core/data/overlap.h"
#include "core/problem.h"
#include "core/text/utf8.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace ahascope;
    constexpr std::array<std::string_view, 5> kinds{"jsonl", "json", "csv", "tsv", "txt"};
    constexpr std::array<const char*, 3> patterns{"", "#### (.*)", "(a|b)*c"};
    if (size == 0) {
        return 0;
    }
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    data::ColumnMapping columns;
    columns.answerPattern = patterns[(data[0] / kinds.size()) % patterns.size()];
    data::FileLimits limits;
    limits.lineBytes = 4096;
    limits.columns = 20;
    limits.rows = 200;
    try {
        const auto rows = data::parseRows(bytes, kinds[data[0] % kinds.size()], "fuzz", columns, limits);
        if (rows.empty() || rows.size() > limits.rows) {
            std::abort();
        }
        for (const data::Row& row : rows) {
            if (!text::isUtf8(row.question) || !text::isUtf8(row.answer) || row.columns.size() > limits.columns + 1) {
                std::abort();
            }
        }
        data::findOverlap(rows, rows, 3);
    } catch (const InputError& error) {
        if (error.problems().empty() || error.problems().front().where.empty()) {
            std::abort();
        }
    }
    return 0;
}
