// The rows of a set, ready to be used.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/data/row.h"
#include "core/data/tasks/task.h"

namespace ahascope::data {

class Dataset {
public:
    Dataset() = default;
    explicit Dataset(std::vector<Row> rows);

    std::size_t size() const { return m_rows.size(); }
    const Row& row(std::size_t index) const { return m_rows[index]; }
    std::span<const Row> rows() const { return m_rows; }
    // XXH3-128 of every row's text, as 32 hexadecimal digits: two sets with the same hash are the same.
    const std::string& hash() const { return m_hash; }

private:
    std::vector<Row> m_rows;
    std::string m_hash;
};

struct Selection {
    Split split = Split::All;
    double heldOutShare = 0.1;
    std::uint64_t rows = 0; // at most so many; 0 = all, of an endless task endlessTaskRows
    std::uint64_t seed = 0;
};

constexpr std::uint64_t endlessTaskRows = 10'000;
constexpr std::uint64_t mostRows = 20'000'000;

// Different problems of a task in an order drawn from the seed, so that any number of first rows is a fair sample.
// Throws InputError when there are none.
Dataset taskDataset(const Task& task, const Selection& selection);

// Rows of a file on one side of the split; with `rows` at most so many of them, drawn by the seed, in file order.
// Throws InputError when there are none.
Dataset selectRows(std::vector<Row> rows, const Selection& selection);

} // namespace ahascope::data
