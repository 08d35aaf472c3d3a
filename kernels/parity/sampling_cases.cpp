// Drawing tokens. The hidden rows are chosen so that rounding decides nothing: then every backend has to draw the same.
#include <array>

#include "kernels/parity/cases.h"
#include "kernels/parity/clear_draw.h"
#include "kernels/parity/decode_scene.h"

namespace ahascope::kernels::parity {

namespace {

constexpr std::int64_t channels = 48;
constexpr std::int64_t slots = 9;
constexpr std::int32_t looks = 3; // draws of each slot, one position after the other

const Ids fed = {5, -1, 0, 7, -1, 2, 1, 0, 3}; // -1: the prompt was just computed
const Ids lengths = {6, 0, 3, 129, 0, 1, 16, 0, 40};
const Ids remaining = {5, 9, 0, 2, 1, 8, 9, 0, 7};
const Ids slotsOfRows = {8, 1, 2, 0, 7, 3, 6, 4, 5};

std::uint32_t positionOf(std::size_t slot)
{
    return static_cast<std::uint32_t>(lengths[slot] + (fed[slot] >= 0 ? 1 : 0));
}

// What lmHeadSample is given.
struct Scene {
    Scene(Desk& desk, std::int64_t vocabularySize, const SamplingOptions& sampling)
        : vocabulary(vocabularySize)
        , options(sampling)
    {
        const Floats values = desk.random(vocabulary * channels);
        head = desk.weight(vocabulary, channels, values);
        m_stored = desk.stored(values);
        for (PhiloxKey& key : m_keys)
            for (std::uint32_t& word : key)
                word = static_cast<std::uint32_t>(desk.randomIds(1, 1 << 30)[0]);
        makeState(desk);
        Floats rows;
        for (const std::int32_t slot : slotsOfRows) {
            const Floats row = clearRow(desk, static_cast<std::size_t>(slot));
            rows.insert(rows.end(), row.begin(), row.end());
        }
        hidden = desk.rowTensor(slots, channels, rows);
    }

    void keep(Desk& desk, std::int64_t step) const
    {
        desk.keep("tokens", state.outTokens.rowRange(step, 1));
        desk.keep("logProbs", state.outLogProbs.rowRange(step, 1));
        desk.keep("entropy", state.outEntropy.rowRange(step, 1));
        desk.keep("next token", state.token);
        desk.keep("length", state.length);
        desk.keep("remaining", state.remaining);
    }

    std::int64_t vocabulary;
    SamplingOptions options;
    Weight head;
    Tensor hidden;
    DecodeState state;

private:
    void makeState(Desk& desk)
    {
        Backend& backend = desk.backend();
        state = backend.makeDecodeState({slots, 0, 0, 2, 2});
        setIds(backend, state.rows, slotsOfRows);
        setIds(backend, state.token, fed);
        setIds(backend, state.length, lengths);
        setIds(backend, state.remaining, remaining);
        setIds(backend, state.ends, {1, 6});
        Ids words;
        for (const PhiloxKey& key : m_keys)
            words.insert(words.end(), {static_cast<std::int32_t>(key[0]), static_cast<std::int32_t>(key[1])});
        setIds(backend, state.key, words);
        for (const Tensor& out : {state.outLogProbs, state.outEntropy})
            backend.copy(out, desk.output(out.rows, out.columns));
        backend.fill(state.outTokens, -7.0f);
    }

    Floats clearRow(Desk& desk, std::size_t slot) const
    {
        for (int attempt = 0; attempt < 10000; ++attempt) {
            const Floats row = desk.stored(desk.random(channels));
            const std::vector<double> logits = logitsOf(row);
            bool clear = true;
            for (std::uint32_t look = 0; look < looks && clear; ++look)
                clear = isClear(logits, options, m_keys[slot], positionOf(slot) + look);
            if (clear)
                return row;
        }
        throw std::logic_error("parity: no draw of this case is clear");
    }

    std::vector<double> logitsOf(const Floats& row) const
    {
        std::vector<double> logits(static_cast<std::size_t>(vocabulary));
        for (std::size_t v = 0; v < logits.size(); ++v)
            for (std::size_t c = 0; c < row.size(); ++c)
                logits[v] += double{row[c]} * double{m_stored[v * row.size() + c]};
        return logits;
    }

    Floats m_stored;
    std::array<PhiloxKey, slots> m_keys{};
};

} // namespace

void addSamplingCases(Cases& cases)
{
    struct Way {
        const char* name;
        SamplingOptions options;
        std::int64_t vocabulary;
    };
    for (const Way& way : {Way{"temperature 1", {}, 3001}, {"temperature 0.7", {.temperature = 0.7f}, 700},
             {"greedy", {.temperature = 0.0f}, 3001}, {"three tokens", {}, 3}, {"top k", {.topK = 20}, 700},
             {"top p", {.temperature = 0.5f, .topP = 0.8f, .reportTemperature = 0.5f}, 257},
             {"top k and top p", {.temperature = 0.6f, .topK = 30, .topP = 0.9f, .reportTemperature = 0.8f}, 700}})
        cases.addWeighted("lmHeadSample", way.name, [way](Desk& desk) {
            Scene scene(desk, way.vocabulary, way.options);
            desk.backend().lmHeadSample(scene.state, 1, scene.hidden, scene.head, scene.options);
            scene.keep(desk, 1);
        });
    cases.addWeighted("lmHeadSample", "replayed", [](Desk& desk) {
        Scene scene(desk, 700, {});
        for (std::int32_t look = 0; look < looks; ++look) {
            desk.backend().replay(
                1, [&] { desk.backend().lmHeadSample(scene.state, 0, scene.hidden, scene.head, scene.options); });
            scene.keep(desk, 0);
        }
    });
}

} // namespace ahascope::kernels::parity
