#include "tests/gpu/decode_rig.h"

#include <numeric>
#include <vector>

#include "core/model/rope.h"

namespace ahascope::gpu {

using kernels::DType;
using kernels::Tensor;

namespace {

constexpr std::int64_t pageTokens = kernels::KvShape::pageTokens;

std::int64_t pagesOf(std::int64_t context)
{
    return (context + DecodeRig::stepsOfRun + pageTokens - 1) / pageTokens;
}

Tensor ropeTable(
    kernels::Backend& backend, const model::ModelConfig& config, std::int64_t positions, kernels::Buffer& memory)
{
    const std::vector<float> values = model::ropeValues(config, positions);
    memory = backend.allocate(values.size() * sizeof(float));
    const Tensor table{memory.get(), DType::F32, positions, config.headDim, config.headDim};
    backend.upload(table, values.data());
    backend.synchronize();
    return table;
}

} // namespace

DecodeRig::DecodeRig(model::Parameters& parameters, std::int64_t sequences, std::int64_t context)
    : m_parameters(parameters)
    , m_backend(parameters.backend())
    , m_sequences(sequences)
    , m_context(context)
    , m_steps(m_backend, parameters.config(), sequences, m_backend.rowType(parameters.stored()),
          ropeTable(m_backend, parameters.config(), context + stepsOfRun + 1, m_ropeMemory))
{
    const model::ModelConfig& config = parameters.config();
    const std::int64_t pages = pagesOf(context);
    m_cache = m_backend.makeKvCache(
        {config.layers, config.kvHeads, config.headDim, sequences * pages, m_backend.rowType(parameters.stored())});
    m_state = m_backend.makeDecodeState(
        {.slots = sequences, .prefixPages = 1, .ownPages = pages, .tokensPerChunk = stepsOfRun, .endTokens = 1});
    std::vector<std::int32_t> table(static_cast<std::size_t>(sequences * pages));
    std::iota(table.begin(), table.end(), 0);
    m_backend.upload(m_state.ownTable, table.data());
    std::vector<std::int32_t> rows(static_cast<std::size_t>(sequences));
    std::iota(rows.begin(), rows.end(), 0);
    m_backend.upload(m_state.rows, rows.data());
    std::vector<std::uint32_t> keys(static_cast<std::size_t>(2 * sequences));
    std::iota(keys.begin(), keys.end(), 1u);
    m_backend.upload(m_state.key, keys.data());
    m_backend.fill(m_state.ends, -1.0f);
    m_backend.synchronize();
}

void DecodeRig::setPlaces()
{
    m_backend.fill(m_state.token, 1.0f);
    m_backend.fill(m_state.length, static_cast<float>(m_context));
    m_backend.fill(m_state.remaining, static_cast<float>(stepsOfRun));
}

void DecodeRig::run()
{
    setPlaces();
    m_steps.run(m_parameters, *m_cache, m_state, m_sequences, 0, stepsOfRun, {});
    m_backend.synchronize();
}

} // namespace ahascope::gpu
