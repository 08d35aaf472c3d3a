// Shows a run in the terminal.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "core/pipeline/run_event.h"
#include "core/rollout/generator.h"

namespace ahascope::cli {

// On a terminal: one line that is rewritten, with bar, ETA and the figures that matter, and a kept line per evaluation.
// Elsewhere: plain lines, one per evaluation and at most one per 5 seconds. Writes to standard error only.
class Progress {
public:
    Progress();
    void show(const pipeline::RunEvent& event, std::int64_t run);
    // Of an evaluation alone, on a terminal only; the line goes when all completions are finished.
    void show(const rollout::GenerationProgress& sampling);

private:
    void keep(const std::string& line);    // a line that stays
    void rewrite(const std::string& line); // the line that is replaced
    std::string stepLine(const pipeline::Position& at, const pipeline::Metrics& metrics) const;

    bool m_terminal = false;
    bool m_open = false; // a rewritten line stands at the bottom
    std::int64_t m_steps = 0;
    std::int64_t m_firstStep = -1;
    std::chrono::steady_clock::time_point m_firstTime = std::chrono::steady_clock::now();
    std::chrono::steady_clock::time_point m_lastPlain;
};

} // namespace ahascope::cli
