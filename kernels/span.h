// What surrounds every operation of a backend.
#pragma once

#include <chrono>

#include "kernels/backend.h"

namespace ahascope::kernels {

// Offers the fault hook, then counts a call, its cost and, with tracing, its time.
class Backend::Span {
public:
    Span(Backend& backend, std::string_view name, OpCost cost = {});
    ~Span();
    Span(const Span&) = delete;
    Span& operator=(const Span&) = delete;

private:
    using Clock = std::chrono::steady_clock;

    Backend& m_backend;
    std::string_view m_name;
    OpCost m_cost;
    Clock::time_point m_begin;
    Span* m_outer = nullptr;
    OpCost m_innerCost; // of the spans inside this one
    double m_innerSeconds = 0;
};

} // namespace ahascope::kernels
