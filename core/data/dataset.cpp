#include "core/data/dataset.h"

#include <algorithm>
#include <numeric>
#include <unordered_set>

#include <xxhash.h>

namespace ahascope::data {

namespace {

constexpr std::uint64_t purposeRows = 0x726F7773; // keeps the draws apart from those of other uses of the seed
constexpr std::uint64_t purposeWords = 0x776F726473;
// An endless task counts as exhausted when so many draws for each known problem brought nothing new, and its side of
// the split after so many for each row asked for.
constexpr std::uint64_t mostDraws = 200;

class Hasher {
public:
    Hasher() : m_state(XXH3_createState()) { XXH3_128bits_reset(m_state); }
    ~Hasher() { XXH3_freeState(m_state); }
    Hasher(const Hasher&) = delete;
    Hasher& operator=(const Hasher&) = delete;

    // Lengths first, so that no two different rows give the same bytes.
    void add(std::string_view text)
    {
        const std::uint64_t size = text.size();
        XXH3_128bits_update(m_state, &size, sizeof size);
        XXH3_128bits_update(m_state, text.data(), text.size());
    }

    std::string digest() const
    {
        XXH128_canonical_t bytes;
        XXH128_canonicalFromHash(&bytes, XXH3_128bits_digest(m_state));
        std::string hex;
        for (const unsigned char byte : bytes.digest) {
            hex += "0123456789abcdef"[byte >> 4];
            hex += "0123456789abcdef"[byte & 15];
        }
        return hex;
    }

private:
    XXH3_state_t* m_state;
};

InputError noRow()
{
    return InputError({"data", "no problem is on this side of the split", "choose another split or share"});
}

Dataset finiteTask(const Task& task, std::uint64_t size, const Selection& selection)
{
    std::vector<std::uint64_t> order(size);
    std::iota(order.begin(), order.end(), 0);
    CounterRandom random{selection.seed, purposeRows};
    random.shuffle(order);
    std::vector<Row> rows;
    for (const std::uint64_t index : order) {
        if (selection.rows != 0 && rows.size() == selection.rows) {
            break;
        }
        const Instance instance = task.instance(index);
        const std::uint64_t id = problemId(task.canonical(instance));
        if (isIn(selection.split, id, selection.heldOutShare)) {
            CounterRandom words{id, purposeWords};
            rows.push_back(task.row(instance, words));
        }
    }
    if (rows.empty()) {
        throw noRow();
    }
    return Dataset(std::move(rows));
}

Dataset endlessTask(const Task& task, const Selection& selection)
{
    const std::uint64_t wanted = selection.rows == 0 ? endlessTaskRows : selection.rows;
    std::unordered_set<std::uint64_t> known; // of both sides of the split
    std::uint64_t inVain = 0;                // draws since the last that brought something new
    std::vector<Row> rows;
    for (std::uint64_t draw = 0;
         rows.size() < wanted && draw < wanted * mostDraws && inVain <= known.size() * mostDraws; ++draw) {
        CounterRandom random{selection.seed, purposeRows, draw};
        const Instance instance = task.draw(random);
        const std::uint64_t id = problemId(task.canonical(instance));
        inVain = known.insert(id).second ? 0 : inVain + 1;
        if (inVain == 0 && isIn(selection.split, id, selection.heldOutShare)) {
            CounterRandom words{id, purposeWords};
            rows.push_back(task.row(instance, words));
        }
    }
    if (rows.empty()) {
        throw noRow();
    }
    return Dataset(std::move(rows));
}

} // namespace

Dataset::Dataset(std::vector<Row> rows) : m_rows(std::move(rows))
{
    Hasher hasher;
    for (const Row& row : m_rows) {
        hasher.add(row.question);
        hasher.add(row.answer);
        hasher.add(std::to_string(row.columns.size()));
        for (const auto& [name, value] : row.columns) {
            hasher.add(name);
            hasher.add(value);
        }
    }
    m_hash = hasher.digest();
}

Dataset taskDataset(const Task& task, const Selection& selection)
{
    if (selection.rows > mostRows) {
        throw InputError({"rows", "more than " + std::to_string(mostRows), "choose fewer"});
    }
    const auto size = task.size();
    return size ? finiteTask(task, *size, selection) : endlessTask(task, selection);
}

Dataset selectRows(std::vector<Row> rows, const Selection& selection)
{
    std::erase_if(rows, [&](const Row& row) { return !isIn(selection.split, row.id, selection.heldOutShare); });
    if (rows.empty()) {
        throw noRow();
    }
    if (selection.rows != 0 && selection.rows < rows.size()) {
        std::vector<std::size_t> order(rows.size());
        std::iota(order.begin(), order.end(), 0);
        CounterRandom random{selection.seed, purposeRows};
        random.shuffle(order);
        order.resize(selection.rows);
        std::sort(order.begin(), order.end());
        std::vector<Row> chosen;
        chosen.reserve(order.size());
        for (const std::size_t index : order) {
            chosen.push_back(std::move(rows[index]));
        }
        rows = std::move(chosen);
    }
    return Dataset(std::move(rows));
}

} // namespace ahascope::data
