#include "app/cli/progress.h"

#include <cstdio>
#include <unistd.h>

#include <fmt/format.h>

namespace ahascope::cli {

using namespace pipeline;
using Clock = std::chrono::steady_clock;

namespace {

std::string clockTime(double seconds)
{
    auto whole = static_cast<long long>(seconds + 0.5);
    if (whole >= 3600)
        return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
    return fmt::format("{}:{:02}", whole / 60, whole % 60);
}

std::string percent(std::optional<double> value)
{
    return value ? fmt::format("{:.1f} %", 100 * *value) : "-";
}

std::string number(std::optional<double> value, int digits)
{
    return value ? fmt::format("{:.{}f}", *value, digits) : "-";
}

std::string evaluationLine(const Position& at, const EvaluationFinished& evaluation)
{
    const Metrics& m = evaluation.metrics;
    std::string line = fmt::format("  step {:>4}  ", at.step);
    if (auto passed = find(m, "eval/pass@1")) {
        line += fmt::format("held-out pass@1 {:>6} [{}, {}]", percent(passed), percent(find(m, "eval/pass@1_low")),
            percent(find(m, "eval/pass@1_high")));
        line += fmt::format("  length {:>6}  reflections {:>5}", number(find(m, "eval/mean_length"), 1),
            number(find(m, "eval/reflection/per_completion"), 2));
    } else {
        line += "held-out loss " + number(find(m, "eval/loss"), 4);
    }
    return line + "  " + clockTime(at.seconds);
}

} // namespace

Progress::Progress() : m_terminal(isatty(STDERR_FILENO) == 1) { }

void Progress::keep(const std::string& line)
{
    std::fprintf(stderr, "%s%s\n", m_open ? "\r\x1b[K" : "", line.c_str());
    m_open = false;
}

void Progress::rewrite(const std::string& line)
{
    if (m_terminal) {
        std::fprintf(stderr, "\r\x1b[K%s", line.c_str());
        m_open = true;
        return;
    }
    if (Clock::now() - m_lastPlain < std::chrono::seconds(5))
        return;
    m_lastPlain = Clock::now();
    keep(line);
}

std::string Progress::stepLine(const Position& at, const Metrics& metrics) const
{
    std::string line = fmt::format("  {} {}/{}", at.stageName, at.step, m_steps);
    if (m_terminal && m_steps > 0) {
        const int width = 20;
        int full = static_cast<int>(width * at.step / m_steps);
        line += fmt::format(" [{}{}]", std::string(full, '='), std::string(width - full, ' '));
    }
    if (auto accuracy = find(metrics, "accuracy"))
        line += fmt::format(
            "  accuracy {}  length {}", percent(accuracy), number(find(metrics, "completions/mean_length"), 0));
    else if (auto loss = find(metrics, "loss"))
        line += fmt::format("  loss {:.4f}", *loss);
    if (at.step > m_firstStep) {
        double elapsed = std::chrono::duration<double>(Clock::now() - m_firstTime).count();
        line += "  ETA "
            + clockTime(elapsed / static_cast<double>(at.step - m_firstStep) * static_cast<double>(m_steps - at.step));
    }
    return line;
}

void Progress::show(const RunEvent& event, std::int64_t run)
{
    if (const auto* started = std::get_if<RunStarted>(&event.what)) {
        std::string from = started->resumedFrom < 0 ? "" : fmt::format(", from step {}", started->resumedFrom);
        keep(fmt::format("run {} on {}{}", run, started->device, from));
    } else if (const auto* stage = std::get_if<StageStarted>(&event.what)) {
        keep(fmt::format("stage {}: {} steps", event.at.stageName, stage->steps));
        m_steps = stage->steps;
        m_firstStep = event.at.step;
        m_firstTime = Clock::now();
    } else if (const auto* step = std::get_if<StepFinished>(&event.what)) {
        rewrite(stepLine(event.at, step->metrics));
    } else if (const auto* evaluation = std::get_if<EvaluationFinished>(&event.what)) {
        keep(evaluationLine(event.at, *evaluation));
    } else if (const auto* notice = std::get_if<Notice>(&event.what)) {
        keep((notice->level == Notice::Level::Warning ? "  warning: " : "  ") + notice->text);
    } else if (std::holds_alternative<RunPaused>(event.what)) {
        keep("  paused");
    } else if (const auto* finished = std::get_if<RunFinished>(&event.what)) {
        if (finished->failure)
            keep(finished->failure->summary);
        else
            keep(fmt::format("run {} {} after {}", run, finished->outcome == Outcome::Finished ? "finished" : "stopped",
                clockTime(event.at.seconds)));
    }
}

void Progress::show(const rollout::GenerationProgress& sampling)
{
    if (!m_terminal)
        return;
    if (sampling.finished == sampling.total) {
        std::fputs("\r\x1b[K", stderr);
        m_open = false;
        return;
    }
    double elapsed = std::chrono::duration<double>(Clock::now() - m_firstTime).count();
    std::string line = fmt::format("  {} of {} completions  {:.0f} tokens/s", sampling.finished, sampling.total,
        static_cast<double>(sampling.tokens) / elapsed);
    if (sampling.finished > 0)
        line += "  ETA "
            + clockTime(elapsed / static_cast<double>(sampling.finished)
                * static_cast<double>(sampling.total - sampling.finished));
    rewrite(line);
}

} // namespace ahascope::cli
