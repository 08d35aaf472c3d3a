#include "core/pipeline/run_failure.h"

#include <new>
#include <stdexcept>
#include <string>
#include <vector>

#include "kernels/error.h"

namespace ahascope::pipeline {

namespace {

std::string checkpointText(const FailurePlace& place)
{
    if (!place.lastCheckpoint)
        return "nothing was saved yet";
    return "the last checkpoint, at step " + std::to_string(*place.lastCheckpoint) + ", is kept";
}

// What the stage could do with, of the things that it does not do yet.
std::string savings(const FailurePlace& place)
{
    const config::Experiment& experiment = place.experiment;
    if (static_cast<std::size_t>(place.stage) >= experiment.stages.size())
        return "a smaller model";
    const config::Stage& stage = experiment.stages[static_cast<std::size_t>(place.stage)];
    const config::Optimization& optimization = optimizationOf(stage);
    const bool samples = std::holds_alternative<config::GrpoStage>(stage.options);
    std::vector<std::string> ways{samples ? "a smaller max_completion_length" : "a smaller max_length"};
    if (!experiment.model.lora && experiment.model.adapter.empty())
        ways.emplace_back("an adapter ([model.lora])");
    if (!optimization.gradientCheckpointing)
        ways.emplace_back("gradient_checkpointing = true");
    if (optimization.optim != "adamw_8bit")
        ways.emplace_back("optim = \"adamw_8bit\"");
    if (experiment.model.dtype != "bf16")
        ways.emplace_back("[model] dtype = \"bf16\"");
    std::string text;
    for (const std::string& way : ways)
        text += (text.empty() ? "" : ", ") + way;
    return text;
}

} // namespace

Failure failureOf(const std::exception& error, const FailurePlace& place)
{
    const std::string what = error.what();
    const std::string saved = checkpointText(place);
    if (dynamic_cast<const kernels::OutOfMemory*>(&error) || dynamic_cast<const std::bad_alloc*>(&error))
        return {"there is too little memory: " + what + "; " + saved + "; less is needed with " + savings(place)
                + (place.lastCheckpoint ? ": fork the run from there, or start one, with such settings" : ""),
            ""};
    if (dynamic_cast<const kernels::DeviceError*>(&error))
        return {"the device has failed and cannot be used any more: " + what + "; " + saved
                + (place.lastCheckpoint ? ": look after the device, then resume the run"
                                        : ": look after the device, then start the run again"),
            ""};
    if (dynamic_cast<const std::logic_error*>(&error))
        return {"internal error; " + saved + (place.lastCheckpoint ? ", and resuming goes on from it" : ""), what};
    return {what, ""};
}

} // namespace ahascope::pipeline
