#include "kernels/span.h"

#include <algorithm>

namespace ahascope::kernels {

Backend::Span::Span(Backend& backend, std::string_view name, OpCost cost)
    : m_backend(backend)
    , m_name(name)
    , m_cost(cost)
{
    if (backend.m_faultHook)
        backend.m_faultHook(name);
    m_outer = backend.m_span;
    backend.m_span = this;
    if (backend.m_tracing)
        m_begin = Clock::now();
}

Backend::Span::~Span()
{
    double seconds = 0;
    if (m_backend.m_tracing && m_begin != Clock::time_point{})
        seconds = std::chrono::duration<double>(Clock::now() - m_begin).count();
    OpTotals& totals = m_backend.m_totals[m_name];
    ++totals.calls;
    totals.cost.flops += std::max(0.0, m_cost.flops - m_innerCost.flops);
    totals.cost.bytes += std::max(0.0, m_cost.bytes - m_innerCost.bytes);
    totals.seconds += std::max(0.0, seconds - m_innerSeconds);
    m_backend.m_span = m_outer;
    if (m_outer == nullptr)
        return;
    m_outer->m_innerCost.flops += std::max(m_cost.flops, m_innerCost.flops);
    m_outer->m_innerCost.bytes += std::max(m_cost.bytes, m_innerCost.bytes);
    m_outer->m_innerSeconds += seconds;
}

} // namespace ahascope::kernels
