#include "app/cli/run_json.h"

namespace ahascope::cli {

namespace {

void addFigure(nlohmann::ordered_json& out, const char* name, const std::optional<double>& value)
{
    out[name] = value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json(nullptr);
}

} // namespace

nlohmann::ordered_json toJson(const store::RunEntry& run)
{
    nlohmann::ordered_json out{{"run", run.number}, {"name", run.name}, {"uid", run.uid},
        {"state", store::toString(run.state)}, {"created", run.created}, {"notes", run.notes}, {"tags", run.tags},
        {"rating", run.rating}, {"folder", run.folder.string()}, {"bytes", run.bytes}, {"device", run.device},
        {"stage", run.figures.stage}, {"global_step", run.figures.globalStep}, {"total_steps", run.figures.totalSteps},
        {"seconds", run.figures.seconds}};
    if (run.parent)
        out["parent"] = {{"run", run.parent->run}, {"name", run.parent->name}, {"step", run.parent->step}};
    if (!run.failure.empty())
        out["failure"] = run.failure;
    if (!run.damage.empty())
        out["damage"] = run.damage;
    addFigure(out, "accuracy", run.figures.accuracy);
    addFigure(out, "reward", run.figures.reward);
    addFigure(out, "mean_length", run.figures.meanLength);
    addFigure(out, "eval_first", run.figures.evalFirst);
    addFigure(out, "eval_last", run.figures.evalLast);
    addFigure(out, "eval_best", run.figures.evalBest);
    return out;
}

std::string dump(const nlohmann::ordered_json& value)
{
    return value.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

} // namespace ahascope::cli
