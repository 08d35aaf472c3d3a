#include "core/pipeline/event_lines.h"

#include <cmath>

#include <nlohmann/json.hpp>

namespace ahascope::pipeline {

namespace {

using Json = nlohmann::ordered_json;

Json object(const Metrics& metrics)
{
    Json out = Json::object();
    for (const auto& [name, value] : metrics)
        out[name] = std::isfinite(value) ? Json(value) : Json(nullptr);
    return out;
}

// What each kind of event adds to the common fields.
struct Describe {
    Json& out;

    void operator()(const RunStarted& started)
    {
        out["event"] = "run_started";
        out["device"] = started.device;
        if (started.resumedFrom >= 0)
            out["resumed_from"] = started.resumedFrom;
    }
    void operator()(const StageStarted& started)
    {
        out["event"] = "stage_started";
        out["steps"] = started.steps;
    }
    void operator()(const StepFinished& step)
    {
        out["event"] = "step";
        out["metrics"] = object(step.metrics);
    }
    void operator()(const EvaluationFinished& evaluation)
    {
        out["event"] = "evaluation";
        out["set"] = evaluation.set;
        out["metrics"] = object(evaluation.metrics);
    }
    void operator()(const CheckpointSaved& checkpoint)
    {
        out["event"] = "checkpoint";
        out["path"] = checkpoint.path;
        out["bytes"] = checkpoint.bytes;
    }
    void operator()(const Notice& notice)
    {
        out["event"] = "notice";
        out["level"] = notice.level == Notice::Level::Warning ? "warning" : "info";
        out["text"] = notice.text;
    }
    void operator()(const StageFinished&) { out["event"] = "stage_finished"; }
    void operator()(const RunPaused&) { (*this)(Notice{Notice::Level::Info, "paused"}); }
    void operator()(const RunContinued&) { (*this)(Notice{Notice::Level::Info, "continued"}); }
    void operator()(const RunFinished& finished)
    {
        out["event"] = "run_finished";
        out["outcome"] = finished.outcome == Outcome::Finished ? "finished"
            : finished.outcome == Outcome::Stopped             ? "stopped"
                                                               : "failed";
        if (finished.failure)
            out["failure"] = {{"summary", finished.failure->summary}, {"detail", finished.failure->detail}};
    }
};

} // namespace

std::string toJsonLine(const RunEvent& event, std::int64_t run)
{
    Json kind = Json::object();
    std::visit(Describe{kind}, event.what);
    Json out = Json::object();
    out["event"] = kind["event"];
    out["run"] = run;
    out["stage"] = event.at.stageName;
    out["step"] = event.at.step;
    out["global_step"] = event.at.globalStep;
    out["time"] = event.at.seconds;
    out.update(kind);
    if (!out.contains("metrics"))
        out["metrics"] = Json::object();
    return out.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

} // namespace ahascope::pipeline
